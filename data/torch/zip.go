package torch

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"

	"realnet/data/array"
	"realnet/data/pickle"
)

// readZip reads the form "archive/data.pkl" with one entry "archive/data/KEY" for
// the bytes of each storage.
func readZip(r io.ReaderAt, size int64) (any, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	entries := map[string]array.Source{}
	var top string
	for _, f := range z.File {
		if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 {
			return nil, fmt.Errorf("%w: compressed entry %q; torch stores entries as they are", ErrUnsupported, f.Name)
		}
		if f.UncompressedSize64 > uint64(size) {
			return nil, fmt.Errorf("%w: entry %q of %d bytes", ErrFormat, f.Name, f.UncompressedSize64)
		}
		off, err := f.DataOffset()
		if err != nil || off > size-int64(f.UncompressedSize64) {
			return nil, fmt.Errorf("%w: entry %q is outside the file", ErrFormat, f.Name)
		}
		if name, ok := strings.CutSuffix(f.Name, "/data.pkl"); ok && top == "" {
			top = name
		}
		if strings.HasSuffix(f.Name, "/constants.pkl") {
			return nil, fmt.Errorf("%w: TorchScript archive; save its state_dict", ErrUnsupported)
		}
		n := int64(f.UncompressedSize64)
		entries[f.Name] = array.Checked(f.Open, n, io.NewSectionReader(r, off, n))
	}
	main, ok := entries[top+"/data.pkl"]
	if !ok {
		return nil, fmt.Errorf("%w: a zip archive without data.pkl", ErrFormat)
	}
	big, err := bigEndian(entries[top+"/byteorder"])
	if err != nil {
		return nil, err
	}
	seen := map[string]*storage{}
	p := pickle.NewReader(array.ReaderAt(main), 0, main.Size(), allow())
	p.Persistent = func(id any) (any, error) {
		s, key, err := newStorage(id)
		if unknown := (*unknownClass)(nil); errors.As(err, &unknown) {
			return unknown.unread, nil
		}
		if err != nil {
			return nil, err
		}
		if old, ok := seen[key]; ok && old.dtype == s.dtype && old.numel == s.numel {
			return old, nil
		}
		data, ok := entries[top+"/data/"+key]
		if !ok || data.Size() != s.numel*int64(s.dtype.Size) {
			return nil, fmt.Errorf("%w: storage %q is missing or not of %d values", ErrFormat, key, s.numel)
		}
		s.dtype.Big = big
		s.source = data
		seen[key] = s
		return s, nil
	}
	return p.Load()
}

// bigEndian reads the entry "byteorder", which older archives lack.
func bigEndian(src array.Source) (bool, error) {
	if src == nil {
		return false, nil
	}
	text, err := pickle.Bytes{R: array.ReaderAt(src), N: min(src.Size(), 16)}.All()
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	switch string(text) {
	case "little":
		return false, nil
	case "big":
		return true, nil
	}
	return false, fmt.Errorf("%w: byte order %q", ErrFormat, text)
}
