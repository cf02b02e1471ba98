package nifti

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"realnet/data/internal/inflate"
)

// Image is a NIfTI file whose header has been read. It holds no open file: every
// read opens it again, so one Image may be read several times and concurrently.
type Image struct {
	Header
	Path string // as given to Open

	dataPath string
	fileSize int64 // of dataPath, in bytes
	open     opener
}

type opener func(path string) (fs.File, error)

// Open reads the header and extensions of a NIfTI file; of a pair either file may be
// named. It fails when the file cannot hold the voxels that the header declares.
func Open(path string) (*Image, error) {
	im, err := openImage(path, func(p string) (fs.File, error) { return os.Open(p) })
	if err != nil {
		return nil, fmt.Errorf("nifti: %w", err)
	}
	return im, nil
}

func openImage(path string, open opener) (*Image, error) {
	headerPath, pairData := pairOf(path)
	src, err := openSource(headerPath, open)
	if errors.Is(err, fs.ErrNotExist) && pairData {
		src, err = openSource(otherCompression(headerPath), open)
	}
	if err != nil {
		return nil, err
	}
	defer src.file.Close()

	raw, err := src.Peek(headerSize2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, readError(src.path, corrupt(err), "header")
	}
	h, single, err := parseHeader(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.path, err)
	}
	im := &Image{Header: *h, Path: path, dataPath: src.path, open: open}
	if err := im.readExtensions(src, single); err != nil {
		return nil, err
	}
	limit := src.limit
	im.fileSize = src.size
	if !single {
		if limit, err = im.findData(path, src.path, pairData); err != nil {
			return nil, err
		}
	}
	size, err := im.dataBytes()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.path, err)
	}
	if im.DataOffset > limit || size > limit-im.DataOffset {
		return nil, fmt.Errorf("%s: %w: shape %v of %v needs %d bytes after offset %d, the file holds at most %d",
			im.dataPath, ErrTruncated, im.Shape, im.Type, size, im.DataOffset, limit)
	}
	return im, nil
}

// findData locates the voxels of a pair and returns how many bytes they can have.
func (im *Image) findData(path, headerPath string, given bool) (limit int64, err error) {
	im.dataPath = path
	if !given {
		im.dataPath = swapExtension(headerPath, ".hdr", ".img")
		if im.dataPath == headerPath {
			return 0, fmt.Errorf("%s: %w: it is one half of a pair, and is not named .hdr", headerPath, ErrHeader)
		}
	}
	src, err := openSource(im.dataPath, im.open)
	if errors.Is(err, fs.ErrNotExist) && !given {
		if other, e := openSource(otherCompression(im.dataPath), im.open); e == nil {
			src, err, im.dataPath = other, nil, other.path
		}
	}
	if err != nil {
		return 0, fmt.Errorf("voxels of %s: %w", headerPath, err)
	}
	defer src.file.Close()
	im.fileSize = src.size
	return src.limit, nil
}

// readExtensions reads the sections between the fixed header and the voxels.
func (im *Image) readExtensions(src *source, single bool) error {
	size := int64(headerSize1)
	if im.Version == 2 {
		size = headerSize2
	}
	left := src.limit - size
	if single {
		left = im.DataOffset - size
	}
	raw, err := src.Peek(int(size) + 4)
	if left < 4 || err != nil || raw[size] == 0 {
		return nil // no extender: older programs leave it out
	}
	if _, err := src.Discard(int(size) + 4); err != nil {
		return readError(src.path, err, "header extensions")
	}
	for left -= 4; left >= 8; {
		raw, err := src.Peek(8)
		if err != nil && len(raw) == 0 && !single {
			return nil
		} else if err != nil {
			return readError(src.path, corrupt(err), "header extension %d", len(im.Extensions)+1)
		}
		n := int64(int32(im.Order.Uint32(raw)))
		code := int(int32(im.Order.Uint32(raw[4:])))
		if single && n == 0 { // padding up to vox_offset
			return nil
		}
		if n < 8 || n > left {
			return fmt.Errorf("%s: %w: extension %d says it has %d bytes, %d are left", src.path, ErrHeader, len(im.Extensions)+1, n, left)
		}
		var data bytes.Buffer
		if _, err := io.CopyN(&data, src, n); err != nil {
			return readError(src.path, corrupt(err), "header extension %d", len(im.Extensions)+1)
		}
		im.Extensions = append(im.Extensions, Extension{Code: code, Data: data.Bytes()[8:]})
		left -= n
	}
	return nil
}

// source is a file, inflated when it is compressed.
type source struct {
	*bufio.Reader
	path  string
	size  int64 // of the file
	limit int64 // no more bytes than this can come out
	gz    bool
	file  io.Closer
}

// maxInflation is the largest ratio that deflate can reach.
const maxInflation = 1032

func openSource(path string, open opener) (*source, error) {
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	s := &source{Reader: bufio.NewReaderSize(file, 64<<10), path: path, file: file}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s: %w: it is a folder", path, ErrNotNIfTI)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.size, s.limit = info.Size(), info.Size()
	if magic, _ := s.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		inflater, err := inflate.NewGzip(s.Reader)
		if err != nil {
			return nil, errors.Join(readError(path, corrupt(err), "gzip header"), s.Close())
		}
		s.Reader, s.gz, s.limit = bufio.NewReaderSize(inflater, 4<<10), true, maxInflation*info.Size()
	}
	return s, nil
}

func (s *source) Close() error { return s.file.Close() }

// corrupt marks errors of the inflater; those of the disk stay as they are.
func corrupt(err error) error {
	if errors.Is(err, inflate.ErrChecksum) || errors.Is(err, inflate.ErrHeader) || errors.Is(err, inflate.ErrCorrupt) {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

// pairOf returns the header file to read for a path, and whether path named the
// voxels of a pair.
func pairOf(path string) (header string, isData bool) {
	header = swapExtension(path, ".img", ".hdr")
	return header, header != path
}

func swapExtension(path, from, to string) string {
	for _, gz := range []string{"", ".gz"} {
		if base, ok := strings.CutSuffix(path, from+gz); ok {
			return base + to + gz
		}
	}
	return path
}

func otherCompression(path string) string {
	if base, ok := strings.CutSuffix(path, ".gz"); ok {
		return base
	}
	return path + ".gz"
}
