package safetensors

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"realnet/data/array"
	"realnet/data/internal/openfile"
)

// ErrFormat is returned when a file is no well-formed safetensors file.
var ErrFormat = errors.New("safetensors: damaged or not a safetensors file")

var typeNames = map[string]array.DType{
	"F64": array.Float64, "F32": array.Float32, "F16": array.Float16, "BF16": array.BFloat16,
	"I64": array.Int64, "I32": array.Int32, "I16": {Kind: array.Int, Size: 2}, "I8": {Kind: array.Int, Size: 1},
	"U64": {Kind: array.Uint, Size: 8}, "U32": {Kind: array.Uint, Size: 4}, "U16": {Kind: array.Uint, Size: 2},
	"U8": array.Uint8, "BOOL": array.Bool8,
}

// info is what the header says of one tensor.
type info struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// File is an open safetensors file. Tensors are in the order of their bytes.
type File struct {
	io.Closer
	Tensors  []array.Named
	Metadata map[string]string

	// Unsupported are tensors of types that are not read, such as 8-bit floats; the
	// others stand without them.
	Unsupported []Unsupported
}

// Unsupported is a tensor that cannot be read.
type Unsupported struct {
	Name, DType string
	Shape       []int
}

// Err says why it cannot be read.
func (u Unsupported) Err() error {
	return fmt.Errorf("safetensors: tensor %q of type %q is not supported", u.Name, u.DType)
}

// Open opens a file. The tensors are read when they are asked for.
func Open(path string) (*File, error) {
	s, f, err := openfile.Sized(path, Read)
	if err != nil {
		return nil, err
	}
	s.Closer = f
	return s, nil
}

// maxHeader is the limit of the reference implementation.
const maxHeader = 100 << 20

// Read reads the header of the file of size bytes in r.
func Read(r io.ReaderAt, size int64) (*File, error) {
	var head [8]byte
	if n, err := r.ReadAt(head[:], 0); n < len(head) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	n := binary.LittleEndian.Uint64(head[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, fmt.Errorf("%w: header of %d bytes in a file of %d", ErrFormat, n, size)
	}
	text := make([]byte, n)
	if k, err := r.ReadAt(text, 8); k < len(text) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	var header map[string]jsontext.Value
	if err := json.Unmarshal(text, &header); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	s := &File{Closer: io.NopCloser(nil)}
	if m, ok := header["__metadata__"]; ok {
		if err := json.Unmarshal(m, &s.Metadata); err != nil {
			return nil, fmt.Errorf("%w: metadata: %w", ErrFormat, err)
		}
		delete(header, "__metadata__")
	}
	infos := map[string]info{}
	var names []string
	for name, raw := range header {
		var t info
		if err := json.Unmarshal(raw, &t, json.RejectUnknownMembers(true)); err != nil {
			return nil, fmt.Errorf("%w: tensor %q: %w", ErrFormat, name, err)
		}
		infos[name] = t
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(infos[a].Offsets[0], infos[b].Offsets[0]), cmp.Compare(infos[a].Offsets[1], infos[b].Offsets[1]), cmp.Compare(a, b))
	})
	at := int64(0)
	data := 8 + int64(n)
	for _, name := range names {
		t := infos[name]
		if t.Offsets[0] != at || t.Offsets[1] < at || t.Offsets[1] > size-data {
			return nil, fmt.Errorf("%w: tensor %q at bytes %v, expected at %d of %d", ErrFormat, name, t.Offsets, at, size-data)
		}
		dt, ok := typeNames[t.DType]
		if !ok {
			s.Unsupported = append(s.Unsupported, Unsupported{name, t.DType, t.Shape})
			at = t.Offsets[1]
			continue
		}
		a, err := array.New(dt, t.Shape, false, array.Section(r, data+at, t.Offsets[1]-at))
		if err != nil {
			return nil, fmt.Errorf("%w: tensor %q: %w", ErrFormat, name, err)
		}
		at = t.Offsets[1]
		s.Tensors = append(s.Tensors, array.Named{Name: name, Array: a})
	}
	if at != size-data {
		return nil, fmt.Errorf("%w: %d bytes that belong to no tensor", ErrFormat, size-data-at)
	}
	return s, nil
}

// Write writes tensors and metadata (which may be nil).
func Write(w io.Writer, tensors []array.Named, metadata map[string]string) error {
	sorted := slices.Clone(tensors)
	slices.SortFunc(sorted, func(a, b array.Named) int { return cmp.Compare(a.Name, b.Name) })
	header := map[string]any{}
	if metadata != nil {
		header["__metadata__"] = metadata
	}
	at := int64(0)
	for _, t := range sorted {
		name, err := typeName(t.DType)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		if _, twice := header[t.Name]; twice {
			return fmt.Errorf("safetensors: two tensors named %q", t.Name)
		}
		end := at + int64(t.Len())*int64(t.DType.Size)
		header[t.Name] = info{name, append([]int{}, t.Shape...), [2]int64{at, end}}
		at = end
	}
	text, err := json.Marshal(header, json.Deterministic(true))
	if err != nil {
		return err
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	if _, err := w.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)); err != nil {
		return err
	}
	for _, t := range sorted {
		if err := t.Encode(w); err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
	}
	return nil
}

// WriteFile writes a new file, or over an old one.
func WriteFile(path string, tensors []array.Named, metadata map[string]string) (err error) {
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
	if err := Write(b, tensors, metadata); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return b.Flush()
}

func typeName(dt array.DType) (string, error) {
	for name, known := range typeNames {
		if known.Kind == dt.Kind && known.Size == dt.Size {
			return name, nil
		}
	}
	return "", fmt.Errorf("safetensors: %s cannot be written", dt)
}
