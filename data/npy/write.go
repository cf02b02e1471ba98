package npy

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"

	"realnet/data/array"
)

// Write writes an array as .npy, version 1, little-endian, C order. ErrType for
// strings, objects and bfloat16.
func Write(w io.Writer, a *array.Array) error {
	if err := WriteHeader(w, a.DType, a.Shape); err != nil {
		return err
	}
	return a.Encode(w)
}

// WriteHeader begins a .npy whose values, little-endian and in C order, the
// caller writes behind it as they come.
func WriteHeader(w io.Writer, dt array.DType, shape []int) error {
	d, err := descr(dt)
	if err != nil {
		return err
	}
	return writeHeader(w, d, shape)
}

// WriteFile writes an array to a new file, or over an old one.
func WriteFile(path string, a *array.Array) error {
	return create(path, func(w io.Writer) error { return Write(w, a) })
}

func create(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	b := bufio.NewWriterSize(f, 1<<18)
	if err := write(b); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return b.Flush()
}

// writeHeader writes the header padded so that the values begin at a multiple of 64.
func writeHeader(w io.Writer, descr string, shape []int) error {
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, pythonTuple(shape))
	pad := 63 - (10+len(text))%64
	text += strings.Repeat(" ", pad) + "\n"
	head := append([]byte(magic), 1, 0)
	head = binary.LittleEndian.AppendUint16(head, uint16(len(text)))
	_, err := w.Write(append(head, text...))
	return err
}

func pythonTuple(shape []int) string {
	var parts []string
	for _, d := range shape {
		parts = append(parts, fmt.Sprint(d))
	}
	if len(parts) == 1 {
		return "(" + parts[0] + ",)"
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// Entry is one key of a dict to be written. Exactly one of Array, Strings is set.
type Entry struct {
	Key     string
	Array   *array.Array
	Strings []string
}

// WriteDict writes a dict as numpy.save(path, {...}) does: a 0-d object array,
// pickled with protocol 3 (4 when an array is of 4 GiB or more).
// numpy.load(path, allow_pickle=True).item() returns it. Nothing is buffered.
func WriteDict(w io.Writer, entries []Entry) error {
	if err := writeHeader(w, "|O", nil); err != nil {
		return err
	}
	return pickleDict(w, entries)
}

// WriteDictFile writes a dict to a new file, or over an old one.
func WriteDictFile(path string, entries []Entry) error {
	return create(path, func(w io.Writer) error { return WriteDict(w, entries) })
}
