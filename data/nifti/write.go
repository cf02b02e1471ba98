package nifti

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// NewHeader describes an image of float32 voxels with the given shape (x, y, z, t),
// voxel size in mm and repetition time in seconds (0 without a time axis). Its space
// is scanner space with the origin in the first voxel.
func NewHeader(shape []int, voxelSize [3]float64, repetitionTime float64) *Header {
	h := &Header{Version: 1, Shape: shape, Type: Float32, XYZTUnits: 2 | 8, SFormCode: 1}
	h.PixDim = [8]float64{1, voxelSize[0], voxelSize[1], voxelSize[2], repetitionTime}
	for i := range 3 {
		h.SRow[i][i] = voxelSize[i]
	}
	return h
}

// Write stores data, in Fortran order, as a single file: .nii, or .nii.gz when path
// ends so. The voxel type follows from S; Slope and Inter are stored as they are in
// h and not applied. Files are little-endian, NIfTI-1 unless h.Version is 2 or an axis
// is longer than 32767. Equal arguments give equal bytes. The file appears under its
// name only when it is whole.
func Write[S Voxel](path string, h *Header, data []S) (err error) {
	if err := h.writable(TypeOf[S](), len(data)); err != nil {
		return fmt.Errorf("nifti: write %s: %w", path, err)
	}
	compress := strings.HasSuffix(path, ".nii.gz")
	if !compress && !strings.HasSuffix(path, ".nii") {
		return fmt.Errorf("nifti: write %s: name must end in .nii or .nii.gz", path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".nifti-*")
	if err != nil {
		return fmt.Errorf("nifti: write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			file.Close()
			err = fmt.Errorf("nifti: write %s: %w", path, errors.Join(err, os.Remove(file.Name())))
		}
	}()
	var w io.Writer = file
	var z *gzip.Writer
	if compress {
		z = gzip.NewWriter(file) // its header has no name and no time
		w = z
	}
	err = encode(w, h, data)
	if err == nil && compress {
		err = z.Close()
	}
	if err == nil {
		err = errors.Join(file.Chmod(0o644), file.Sync(), file.Close())
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	return err
}

// Encode writes an uncompressed single file to w, as Write does to a path.
func Encode[S Voxel](w io.Writer, h *Header, data []S) error {
	if err := h.writable(TypeOf[S](), len(data)); err != nil {
		return fmt.Errorf("nifti: %w", err)
	}
	return encode(w, h, data)
}

// writable says whether n voxels of a type make an image of the header's shape.
func (h *Header) writable(t DataType, n int) error {
	out := *h
	out.Type = t
	if err := out.check(); err != nil {
		return err
	}
	if want := product(h.Shape); want != n {
		return fmt.Errorf("%w: shape %v has %d voxels, data have %d", ErrShape, h.Shape, want, n)
	}
	return nil
}

func encode[S Voxel](w io.Writer, h *Header, data []S) error {
	out := *h
	out.Type, out.Order = TypeOf[S](), binary.LittleEndian
	buffered := bufio.NewWriterSize(w, chunkBytes)
	_, err := buffered.Write(out.encode())
	if err == nil {
		err = writeVoxels(buffered, data)
	}
	if err == nil {
		err = buffered.Flush()
	}
	return err
}

func writeVoxels[S Voxel](w io.Writer, data []S) error {
	const n = 16 << 10
	for len(data) > 0 {
		k := min(n, len(data))
		if err := binary.Write(w, binary.LittleEndian, data[:k]); err != nil {
			return err
		}
		data = data[k:]
	}
	return nil
}

// encode is the header up to the first voxel.
func (h *Header) encode() []byte {
	version := max(h.Version, 1)
	for _, d := range h.Shape {
		if d > math.MaxInt16 {
			version = 2
		}
	}
	var extensions []byte
	for _, e := range h.Extensions {
		n := (8 + len(e.Data) + 15) / 16 * 16
		section := make([]byte, n)
		binary.LittleEndian.PutUint32(section, uint32(n))
		binary.LittleEndian.PutUint32(section[4:], uint32(int32(e.Code)))
		copy(section[8:], e.Data)
		extensions = append(extensions, section...)
	}
	var raw []byte
	if version == 1 {
		raw = h.encode1(len(extensions))
	} else {
		raw = h.encode2(len(extensions))
	}
	if len(extensions) > 0 {
		raw[len(raw)-4] = 1
	}
	return append(raw, extensions...)
}

func (h *Header) encode1(extra int) []byte {
	raw := make([]byte, headerSize1+4)
	le := binary.LittleEndian
	i16 := func(at, v int) { le.PutUint16(raw[at:], uint16(int16(v))) }
	f32 := func(at int, v float64) { le.PutUint32(raw[at:], math.Float32bits(float32(v))) }
	le.PutUint32(raw, headerSize1)
	raw[38], raw[39] = 'r', h.DimInfo
	i16(40, len(h.Shape))
	for i := range maxDims {
		d := 1
		if i < len(h.Shape) {
			d = h.Shape[i]
		}
		i16(42+2*i, d)
	}
	for i, v := range h.IntentParams {
		f32(56+4*i, v)
	}
	i16(68, h.IntentCode)
	i16(70, int(h.Type))
	i16(72, 8*h.Type.Size())
	i16(74, h.SliceStart)
	for i, v := range h.PixDim {
		f32(76+4*i, v)
	}
	f32(108, float64(len(raw)+extra))
	f32(112, h.Slope)
	f32(116, h.Inter)
	i16(120, h.SliceEnd)
	raw[122], raw[123] = byte(h.SliceCode), byte(h.XYZTUnits)
	f32(124, h.CalMax)
	f32(128, h.CalMin)
	f32(132, h.SliceDur)
	f32(136, h.TimeOffset)
	copy(raw[148:148+79], h.Description)
	copy(raw[228:228+23], h.AuxFile)
	i16(252, h.QFormCode)
	i16(254, h.SFormCode)
	for i := range 3 {
		f32(256+4*i, h.Quatern[i])
		f32(268+4*i, h.QOffset[i])
		for j := range 4 {
			f32(280+16*i+4*j, h.SRow[i][j])
		}
	}
	copy(raw[328:328+15], h.IntentName)
	copy(raw[344:], "n+1\x00")
	return raw
}

func (h *Header) encode2(extra int) []byte {
	raw := make([]byte, headerSize2+4)
	le := binary.LittleEndian
	i32 := func(at, v int) { le.PutUint32(raw[at:], uint32(int32(v))) }
	i64 := func(at, v int) { le.PutUint64(raw[at:], uint64(int64(v))) }
	f64 := func(at int, v float64) { le.PutUint64(raw[at:], math.Float64bits(v)) }
	le.PutUint32(raw, headerSize2)
	copy(raw[4:], "n+2\x00\r\n\x1a\n")
	le.PutUint16(raw[12:], uint16(h.Type))
	le.PutUint16(raw[14:], uint16(8*h.Type.Size()))
	i64(16, len(h.Shape))
	for i := range maxDims {
		d := 1
		if i < len(h.Shape) {
			d = h.Shape[i]
		}
		i64(24+8*i, d)
	}
	for i, v := range h.IntentParams {
		f64(80+8*i, v)
	}
	for i, v := range h.PixDim {
		f64(104+8*i, v)
	}
	i64(168, len(raw)+extra)
	f64(176, h.Slope)
	f64(184, h.Inter)
	f64(192, h.CalMax)
	f64(200, h.CalMin)
	f64(208, h.SliceDur)
	f64(216, h.TimeOffset)
	i64(224, h.SliceStart)
	i64(232, h.SliceEnd)
	copy(raw[240:240+79], h.Description)
	copy(raw[320:320+23], h.AuxFile)
	i32(344, h.QFormCode)
	i32(348, h.SFormCode)
	for i := range 3 {
		f64(352+8*i, h.Quatern[i])
		f64(376+8*i, h.QOffset[i])
		for j := range 4 {
			f64(400+32*i+8*j, h.SRow[i][j])
		}
	}
	i32(496, h.SliceCode)
	i32(500, h.XYZTUnits)
	i32(504, h.IntentCode)
	copy(raw[508:508+15], h.IntentName)
	raw[524] = h.DimInfo
	return raw
}
