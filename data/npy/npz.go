package npy

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"

	"realnet/data/array"
	"realnet/data/internal/openfile"
)

// Archive is an open .npz file: named arrays in a zip archive.
type Archive struct {
	io.Closer
	Names []string // without ".npy", in the order of the archive
	files map[string]*zip.File
	r     io.ReaderAt
}

// OpenArchive opens a .npz file, deflated or not.
func OpenArchive(path string) (*Archive, error) {
	a, f, err := openfile.Sized(path, ReadArchive)
	if err != nil {
		return nil, err
	}
	a.Closer = f
	return a, nil
}

// ReadArchive returns the archive of size bytes in r.
func ReadArchive(r io.ReaderAt, size int64) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	a := &Archive{Closer: io.NopCloser(nil), files: map[string]*zip.File{}, r: r}
	for _, f := range z.File {
		name := strings.TrimSuffix(f.Name, ".npy")
		if _, twice := a.files[name]; twice {
			return nil, fmt.Errorf("%w: two arrays named %q", ErrFormat, name)
		}
		a.Names = append(a.Names, name)
		a.files[name] = f
	}
	return a, nil
}

// maxDeflate is more than deflate can gain: 1032 to 1.
const maxDeflate = 1100

// Array returns the named array. The values of a deflated array are inflated each
// time they are asked for. Values are given only of entries whose checksum is right,
// ErrFormat (or the error of archive/zip) otherwise.
func (a *Archive) Array(name string) (*array.Array, error) {
	f, ok := a.files[name]
	if !ok {
		return nil, fmt.Errorf("npy: no array %q in the archive, which has %q", name, a.Names)
	}
	arr, err := a.read(f)
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	return arr, nil
}

func (a *Archive) read(f *zip.File) (*array.Array, error) {
	if f.UncompressedSize64 > maxDeflate*(f.CompressedSize64+1) {
		return nil, fmt.Errorf("%w: %d bytes cannot inflate to %d", ErrFormat, f.CompressedSize64, f.UncompressedSize64)
	}
	var direct io.ReaderAt
	if f.Method == zip.Store && f.CompressedSize64 == f.UncompressedSize64 {
		off, err := f.DataOffset()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		direct = io.NewSectionReader(a.r, off, int64(f.UncompressedSize64))
	}
	src := array.Checked(f.Open, int64(f.UncompressedSize64), direct)
	rc, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	defer rc.Close()
	h, err := readHeader(rc)
	if err != nil {
		return nil, err
	}
	if h.dtype.Kind == array.Object {
		return a.objects(src, h.size)
	}
	return newArray(h, array.After(src, h.size))
}

// maxObjects bounds the bytes of an object array in an archive: they are read whole.
const maxObjects = 1 << 30

func (a *Archive) objects(src array.Source, skip int64) (*array.Array, error) {
	if src.Size() > maxObjects {
		return nil, fmt.Errorf("%w: object array of %d bytes in an archive; save it as .npy", ErrType, src.Size())
	}
	rc, err := src.Open(0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	raw, err := io.ReadAll(rc)
	if e := rc.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return readObjects(bytes.NewReader(raw), skip, int64(len(raw)))
}
