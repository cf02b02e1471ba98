package file

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"realnet/data/fiff"
	"realnet/data/hdf5"
	"realnet/data/images"
	"realnet/data/matfile"
	"realnet/data/torch"
)

// ErrUnknown is returned for files of no format that realnet reads.
var ErrUnknown = errors.New("unknown format")

// Formats that Format returns, beside the names of image formats.
const (
	NPY         = "npy"
	NPZ         = "npz"
	Torch       = "torch"
	Safetensors = "safetensors"
	NIfTI       = "nifti"
	HDF5        = "hdf5"
	MATLAB      = "matlab"
	FIFF        = "fiff" // epochs of MNE
	Parquet     = "parquet"
	GIFTI       = "gifti"
	Text        = "text" // numbers in lines
)

// headBytes is how much of a file Format looks at.
const headBytes = 4096

// Format returns the name of the format that the content of a file shows. Text is
// any text; whether it holds numbers shows when it is opened.
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
	head := make([]byte, headBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("\x93NUMPY")):
		return NPY, nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return zipFormat(path, f, info.Size())
	case torch.IsLegacy(head):
		return Torch, nil
	case bytes.HasPrefix(head, []byte("\x1f\x8b")): // gzip
		return NIfTI, nil
	case n >= 348 && (string(head[344:348]) == "n+1\x00" || string(head[344:348]) == "ni1\x00"),
		n >= 8 && (string(head[4:8]) == "n+2\x00" || string(head[4:8]) == "ni2\x00"):
		return NIfTI, nil
	case fiff.IsFIFF(head):
		return FIFF, nil
	case matfile.Detect(head):
		return MATLAB, nil
	case bytes.HasPrefix(head, []byte("PAR1")):
		return Parquet, nil
	case bytes.HasPrefix(bytes.TrimSpace(head), []byte("<")) && bytes.Contains(head, []byte("<GIFTI")):
		return GIFTI, nil
	case images.Format(head) != "":
		return images.Format(head), nil
	case n > 8 && head[8] == '{' && bytes.Equal(head[5:8], []byte{0, 0, 0}):
		return Safetensors, nil // a JSON header of less than 2^40 bytes
	}
	if _, err := hdf5.New(f, info.Size()); !errors.Is(err, hdf5.ErrNotHDF5) {
		return HDF5, nil // its signature may follow a user block
	}
	if strings.HasSuffix(path, ".img") {
		return NIfTI, nil
	}
	if isText(head, int64(n) == info.Size()) {
		return Text, nil
	}
	return "", fmt.Errorf("%s: %w: neither numpy, PyTorch, safetensors, NIfTI, GIFTI, FIFF, HDF5, MATLAB, Parquet, an image nor text", path, ErrUnknown)
}

// zipFormat distinguishes .npz from PyTorch's zip form.
func zipFormat(path string, r io.ReaderAt, size int64) (string, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return "", fmt.Errorf("%s: damaged zip archive: %w", path, err)
	}
	format := NPZ
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/data.pkl") {
			return Torch, nil
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

// isText says whether the beginning of a file is text: UTF-8 or UTF-16 with its
// mark, or bytes of an 8-bit encoding, without control characters.
func isText(head []byte, whole bool) bool {
	if len(head) == 0 {
		return false
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return true
	}
	for len(head) > 0 {
		r, size := utf8.DecodeRune(head)
		if r < ' ' && !strings.ContainsRune("\t\n\r\f", r) || r == 0x7f {
			return false
		}
		if r == utf8.RuneError && size == 1 && !whole && len(head) < utf8.UTFMax {
			return true // a character cut off by the end of the head
		}
		head = head[size:]
	}
	return true
}
