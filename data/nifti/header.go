package nifti

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

const (
	headerSize1 = 348 // NIfTI-1
	headerSize2 = 540 // NIfTI-2
	maxDims     = 7
)

// Header is what a NIfTI header says, in the widths of NIfTI-2.
type Header struct {
	Version int              // 1 or 2
	Order   binary.ByteOrder // of the file

	Shape      []int      // voxels along x, y, z, t, ...; 1 to 7 axes
	PixDim     [8]float64 // [0] is qfac, 1 or -1; [i] the step along axis i (mm, then TR)
	XYZTUnits  int        // code of the units of PixDim
	Type       DataType   // stored type of a voxel
	Slope      float64    // as stored; Scaling says what they mean
	Inter      float64
	DataOffset int64 // where voxels begin in their file

	QFormCode int        // > 0: the quaternion describes the space
	Quatern   [3]float64 // b, c, d
	QOffset   [3]float64
	SFormCode int // > 0: SRow is the affine
	SRow      [3][4]float64

	IntentCode   int
	IntentParams [3]float64
	IntentName   string
	CalMin       float64
	CalMax       float64
	SliceCode    int
	SliceStart   int
	SliceEnd     int
	SliceDur     float64
	TimeOffset   float64
	DimInfo      byte
	Description  string
	AuxFile      string

	Extensions []Extension
}

// Extension is a section between header and voxels that another program left
// there. Data may end in padding zeros.
type Extension struct {
	Code int
	Data []byte
}

// VolumeSize is the number of voxels of one volume (the first three axes).
func (h *Header) VolumeSize() int { return product(h.Shape[:min(3, len(h.Shape))]) }

// NumVolumes is the number of volumes: the product of all axes after the third.
func (h *Header) NumVolumes() int { return product(h.Shape[min(3, len(h.Shape)):]) }

// Grid is the shape of a volume; axes that the image lacks are 1.
func (h *Header) Grid() [3]int {
	grid := [3]int{1, 1, 1}
	copy(grid[:], h.Shape)
	return grid
}

// VoxelSize is the step along x, y and z, in the units of XYZTUnits (mm in
// practice).
func (h *Header) VoxelSize() [3]float64 {
	return [3]float64{h.PixDim[1], h.PixDim[2], h.PixDim[3]}
}

// RepetitionTime is the time between volumes in seconds, 0 when the header gives
// none. A header without a unit of time is taken to mean seconds.
func (h *Header) RepetitionTime() float64 {
	if len(h.Shape) < 4 {
		return 0
	}
	switch h.XYZTUnits & 0x38 {
	case 16:
		return h.PixDim[4] / 1e3
	case 24:
		return h.PixDim[4] / 1e6
	case 0, 8:
		return h.PixDim[4]
	default: // Hz, ppm, rad/s: the fourth axis is not time
		return 0
	}
}

// Scaling is the slope and intercept of real values, and whether there are any.
func (h *Header) Scaling() (slope, inter float64, ok bool) {
	if h.Slope == 0 || math.IsNaN(h.Slope) || math.IsInf(h.Slope, 0) {
		return 1, 0, false
	}
	return h.Slope, h.Inter, h.Slope != 1 || h.Inter != 0
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// dataBytes is the number of bytes that the voxels take, or an error when it
// overflows.
func (h *Header) dataBytes() (int64, error) {
	n := int64(h.Type.Size())
	for _, d := range h.Shape {
		if int64(d) > math.MaxInt64/4/n {
			return 0, fmt.Errorf("%w: shape %v is too large", ErrHeader, h.Shape)
		}
		n *= int64(d)
	}
	return n, nil
}

// check is the invariant of every header that is returned or written.
func (h *Header) check() error {
	if len(h.Shape) < 1 || len(h.Shape) > maxDims {
		return fmt.Errorf("%w: %d axes, want 1 to %d", ErrHeader, len(h.Shape), maxDims)
	}
	for i, d := range h.Shape {
		if d < 1 {
			return fmt.Errorf("%w: axis %d has %d voxels (shape %v)", ErrHeader, i+1, d, h.Shape)
		}
	}
	info, ok := types[h.Type]
	if !ok {
		return fmt.Errorf("%w: code %d is not a NIfTI data type", ErrType, h.Type)
	}
	if !info.real {
		return fmt.Errorf("%w: %s (code %d) has no real value for each voxel", ErrType, h.Type, h.Type)
	}
	if _, _, on := h.Scaling(); on && (math.IsNaN(h.Inter) || math.IsInf(h.Inter, 0)) {
		return fmt.Errorf("%w: scl_slope is %g but scl_inter is %g", ErrHeader, h.Slope, h.Inter)
	}
	_, err := h.dataBytes()
	return err
}

// parseHeader reads the fixed part. single says whether voxels follow in the same
// file.
func parseHeader(raw []byte) (h *Header, single bool, err error) {
	if len(raw) < headerSize1 {
		return nil, false, fmt.Errorf("%w: %d bytes are too few for a header", ErrNotNIfTI, len(raw))
	}
	h = &Header{}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(raw) {
		case headerSize1:
			h.Version, h.Order = 1, order
		case headerSize2:
			h.Version, h.Order = 2, order
		}
	}
	switch h.Version {
	case 1:
		single, err = h.parse1(raw)
	case 2:
		if len(raw) < headerSize2 {
			return nil, false, fmt.Errorf("%w: NIfTI-2 header ends after %d bytes", ErrTruncated, len(raw))
		}
		single, err = h.parse2(raw)
	default:
		err = fmt.Errorf("%w: header size is neither %d nor %d", ErrNotNIfTI, headerSize1, headerSize2)
	}
	if err != nil {
		return nil, false, err
	}
	h.repair()
	return h, single, h.check()
}

func (h *Header) parse1(raw []byte) (single bool, err error) {
	switch string(raw[344:348]) {
	case "n+1\x00":
		single = true
	case "ni1\x00":
	default:
		return false, fmt.Errorf("%w: magic %q (ANALYZE 7.5 is not read)", ErrNotNIfTI, raw[344:348])
	}
	f := fields{raw, h.Order}
	dims := make([]int64, 8)
	for i := range dims {
		dims[i] = int64(f.i16(40 + 2*i))
	}
	meant, err := freeSurfer(dims, int64(f.i32(144)))
	if err != nil {
		return false, err
	}
	if err := h.setShape(meant); err != nil {
		return false, err
	}
	h.DimInfo = raw[39]
	for i := range h.IntentParams {
		h.IntentParams[i] = f.f32(56 + 4*i)
	}
	h.IntentCode = int(f.i16(68))
	h.Type = DataType(f.i16(70))
	h.SliceStart = int(f.i16(74))
	for i := range h.PixDim {
		h.PixDim[i] = f.f32(76 + 4*i)
	}
	offset := f.f32(108)
	if !(offset >= 0 && offset < 1<<40) || offset != math.Trunc(offset) {
		return false, fmt.Errorf("%w: vox_offset is %g", ErrHeader, offset)
	}
	h.DataOffset = int64(offset)
	h.Slope, h.Inter = f.f32(112), f.f32(116)
	h.SliceEnd = int(f.i16(120))
	h.SliceCode, h.XYZTUnits = int(raw[122]), int(raw[123])
	h.CalMax, h.CalMin = f.f32(124), f.f32(128)
	h.SliceDur, h.TimeOffset = f.f32(132), f.f32(136)
	h.Description, h.AuxFile = f.text(148, 80), f.text(228, 24)
	h.QFormCode, h.SFormCode = int(f.i16(252)), int(f.i16(254))
	for i := range 3 {
		h.Quatern[i], h.QOffset[i] = f.f32(256+4*i), f.f32(268+4*i)
		for j := range 4 {
			h.SRow[i][j] = f.f32(280 + 16*i + 4*j)
		}
	}
	h.IntentName = f.text(328, 16)
	return single, h.checkOffset(single, headerSize1)
}

func (h *Header) parse2(raw []byte) (single bool, err error) {
	switch string(raw[4:12]) {
	case "n+2\x00\r\n\x1a\n":
		single = true
	case "ni2\x00\r\n\x1a\n":
	default:
		return false, fmt.Errorf("%w: NIfTI-2 magic %q", ErrNotNIfTI, raw[4:12])
	}
	f := fields{raw, h.Order}
	h.Type = DataType(f.i16(12))
	dims := make([]int64, 8)
	for i := range dims {
		dims[i] = f.i64(16 + 8*i)
	}
	if err := h.setShape(dims); err != nil {
		return false, err
	}
	for i := range h.IntentParams {
		h.IntentParams[i] = f.f64(80 + 8*i)
	}
	for i := range h.PixDim {
		h.PixDim[i] = f.f64(104 + 8*i)
	}
	h.DataOffset = f.i64(168)
	h.Slope, h.Inter = f.f64(176), f.f64(184)
	h.CalMax, h.CalMin = f.f64(192), f.f64(200)
	h.SliceDur, h.TimeOffset = f.f64(208), f.f64(216)
	h.SliceStart, h.SliceEnd = int(f.i64(224)), int(f.i64(232))
	h.Description, h.AuxFile = f.text(240, 80), f.text(320, 24)
	h.QFormCode, h.SFormCode = int(f.i32(344)), int(f.i32(348))
	for i := range 3 {
		h.Quatern[i], h.QOffset[i] = f.f64(352+8*i), f.f64(376+8*i)
		for j := range 4 {
			h.SRow[i][j] = f.f64(400 + 32*i + 8*j)
		}
	}
	h.SliceCode, h.XYZTUnits, h.IntentCode = int(f.i32(496)), int(f.i32(500)), int(f.i32(504))
	h.IntentName = f.text(508, 16)
	h.DimInfo = raw[524]
	return single, h.checkOffset(single, headerSize2)
}

func (h *Header) setShape(dims []int64) error {
	n := dims[0]
	if n < 1 || n > maxDims {
		return fmt.Errorf("%w: dim[0] is %d, want 1 to %d axes", ErrHeader, n, maxDims)
	}
	for i, d := range dims[1 : 1+n] {
		if d < 1 || d > math.MaxInt32*64 {
			return fmt.Errorf("%w: axis %d has %d voxels", ErrHeader, i+1, d)
		}
		h.Shape = append(h.Shape, int(d))
	}
	return nil
}

func (h *Header) checkOffset(single bool, size int64) error {
	switch {
	case single && h.DataOffset == 0: // common in files of old programs
		h.DataOffset = size + 4
	case single && h.DataOffset < size, h.DataOffset < 0:
		return fmt.Errorf("%w: vox_offset %d is inside the header", ErrHeader, h.DataOffset)
	}
	return nil
}

// fields reads numbers at byte offsets of a header.
type fields struct {
	raw   []byte
	order binary.ByteOrder
}

func (f fields) i16(at int) int16 { return int16(f.order.Uint16(f.raw[at:])) }
func (f fields) i32(at int) int32 { return int32(f.order.Uint32(f.raw[at:])) }
func (f fields) i64(at int) int64 { return int64(f.order.Uint64(f.raw[at:])) }
func (f fields) f32(at int) float64 {
	return float64(math.Float32frombits(f.order.Uint32(f.raw[at:])))
}
func (f fields) f64(at int) float64 { return math.Float64frombits(f.order.Uint64(f.raw[at:])) }

func (f fields) text(at, n int) string {
	s, _, _ := strings.Cut(string(f.raw[at:at+n]), "\x00")
	return s
}
