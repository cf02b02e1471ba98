package matfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"

	"realnet/data/hdf5"
)

// File is a .mat file: variables by name.
type File struct {
	names []string
	vars  map[string]func() (*Array, error)
}

// Read opens a .mat file of version 4, 5, 7 or 7.3.
func Read(name string) (*File, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f, err := Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// Parse reads a .mat file from memory. The file keeps raw.
func Parse(raw []byte) (*File, error) {
	f := &File{vars: map[string]func() (*Array, error){}}
	if h, err := hdf5.New(bytes.NewReader(raw), int64(len(raw))); err == nil {
		return f, f.parse73(h, len(raw))
	} else if bytes.HasPrefix(raw, []byte("MATLAB 7.3")) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	order := order5(raw)
	if order == nil {
		if is4(raw) {
			return f, f.parse4(raw)
		}
		return nil, ErrNotMAT
	}
	if v := order.Uint16(raw[124:]); v != 0x0100 {
		return nil, unsupported("file version %#04x", v)
	}
	return f, f.parse5(raw[headerSize:], order)
}

// order5 is the byte order that the header of version 5 names, nil without one.
func order5(raw []byte) binary.ByteOrder {
	if len(raw) >= headerSize {
		switch string(raw[126:128]) {
		case "IM":
			return binary.LittleEndian
		case "MI":
			return binary.BigEndian
		}
	}
	return nil
}

// Detect reports whether a file that begins with head (256 bytes are enough) can be a
// .mat file of version 4 or 5. Those of version 7.3 are HDF5.
func Detect(head []byte) bool {
	if order := order5(head); order != nil && order.Uint16(head[124:]) == 0x0100 {
		return true
	}
	return is4(head)
}

// Names are the variables in the order of the file.
func (f *File) Names() []string { return f.names }

// Var decodes a variable.
func (f *File) Var(name string) (*Array, error) {
	read, ok := f.vars[name]
	if !ok {
		return nil, fmt.Errorf("%w: variable %q (there are %q)", ErrNotFound, name, f.names)
	}
	a, err := read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return a, nil
}

func (f *File) add(name string, read func() (*Array, error)) error {
	if _, twice := f.vars[name]; twice {
		return formatErr("two variables are called %q", name)
	}
	f.names = append(f.names, name)
	f.vars[name] = read
	return nil
}
