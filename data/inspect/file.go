package inspect

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"realnet/data/hdf5"
	"realnet/data/images"
	"realnet/data/torch"
)

// ErrUnknown is returned when a file is of no format that realnet reads.
var ErrUnknown = errors.New("inspect: unknown format")

// reader reads the arrays of a file of one format.
type reader func(path string) ([]Array, error)

var readers = map[string]reader{
	"npy":         npyFile,
	"npz":         npzFile,
	"torch":       torchFile,
	"safetensors": safetensorsFile,
	"nifti":       niftiFile,
	"hdf5":        hdf5File,
	"matlab":      matlabFile,
	"jpeg":        imageFile,
	"png":         imageFile,
	"gif":         imageFile,
	"bmp":         imageFile,
	"webp":        imageFile,
}

// File reports on the file at path. ErrUnknown if the format is not known; else the
// errors of the package that reads the format.
func File(path string) (Report, error) {
	format, err := Format(path)
	if err != nil {
		return Report{}, err
	}
	read, ok := readers[format]
	if !ok {
		return Report{}, fmt.Errorf("%s: %w: %s", path, ErrUnknown, format)
	}
	arrays, err := read(path)
	if err != nil {
		if !strings.Contains(err.Error(), path) {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return Report{}, err
	}
	return Report{path, format, append([]Array{}, arrays...)}, nil
}

// Format returns the name of the format that the content of a file shows.
func Format(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		return "", fmt.Errorf("%s: %w: it is a folder", path, ErrUnknown)
	}
	head := make([]byte, 352)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("\x93NUMPY")):
		return "npy", nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return zipFormat(path, f, info.Size())
	case torch.IsLegacy(head):
		return "torch", nil
	case bytes.HasPrefix(head, []byte("\x1f\x8b")): // gzip
		return "nifti", nil
	case n >= 348 && (string(head[344:348]) == "n+1\x00" || string(head[344:348]) == "ni1\x00"),
		n >= 8 && (string(head[4:8]) == "n+2\x00" || string(head[4:8]) == "ni2\x00"):
		return "nifti", nil
	case bytes.HasPrefix(head, []byte("MATLAB 5.0 MAT-file")):
		return "matlab", nil
	case images.Format(head) != "":
		return images.Format(head), nil
	case n > 8 && head[8] == '{' && bytes.Equal(head[5:8], []byte{0, 0, 0}):
		return "safetensors", nil // a JSON header of less than 2^40 bytes
	}
	if _, err := hdf5.New(f, info.Size()); !errors.Is(err, hdf5.ErrNotHDF5) {
		return "hdf5", nil // its signature may lie behind a user block
	}
	if strings.HasSuffix(path, ".img") {
		return "nifti", nil
	}
	return "", fmt.Errorf("%s: %w: neither numpy, PyTorch, safetensors, NIfTI, HDF5, MATLAB nor an image", path, ErrUnknown)
}

// zipFormat tells .npz from PyTorch's zip form.
func zipFormat(path string, r io.ReaderAt, size int64) (string, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return "", fmt.Errorf("%s: damaged zip archive: %w", path, err)
	}
	format := "npz"
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/data.pkl") {
			return "torch", nil
		}
		if !strings.HasSuffix(f.Name, ".npy") {
			format = ""
		}
	}
	if format == "" {
		return "", fmt.Errorf("%s: %w: a zip archive of neither numpy nor PyTorch", path, ErrUnknown)
	}
	return format, nil
}
