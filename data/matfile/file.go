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

// Read opens a .mat file of version 5, 7 or 7.3.
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
		return f, f.parse73(h)
	} else if bytes.HasPrefix(raw, []byte("MATLAB 7.3")) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(raw) < headerSize {
		return nil, ErrNotMAT
	}
	var order binary.ByteOrder
	switch string(raw[126:128]) {
	case "IM":
		order = binary.LittleEndian
	case "MI":
		order = binary.BigEndian
	default:
		return nil, ErrNotMAT
	}
	if v := order.Uint16(raw[124:]); v != 0x0100 {
		return nil, unsupported("file version %#04x", v)
	}
	return f, f.parse5(raw[headerSize:], order)
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
