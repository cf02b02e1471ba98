package artifacts

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// contents are the files of an artifact in memory by name: *held[E] for tensors, []T for
// tables, []Param for weights, []byte for raw files.
type contents struct {
	mu    sync.Mutex
	files map[string]any
}

func (c *contents) put(name string, v any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files[name] = v
}

func (c *contents) get(name string) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.files[name]
}

// held is a tensor in memory, or in a file that is not the artifact's own.
type held[E Element] struct {
	shape  []int
	data   []E
	file   string // the data are there, from offset on
	offset int64
}

// InMemory starts an artifact that never reaches the disk: the input or the result of a
// stage that runs on a user's own files. name stands for its folder in messages. What is
// written is kept, not copied. Tensors may be float64 where the schema says float32, so
// that nothing is rounded on the way; the digest covers schema and provenance alone.
func InMemory(name string, schema Schema) (*Writer, error) {
	if err := schema.validate(); err != nil {
		return nil, fmt.Errorf("artifacts: schema %q: %w", schema.Name, err)
	}
	return &Writer{schema: schema, dir: name, files: map[string]bool{}, memory: &contents{files: map[string]any{}}}, nil
}

// commit checks that nothing is missing.
func (w *Writer) commitMemory(p Provenance) (*Artifact, error) {
	p, err := p.normalise()
	if err != nil {
		return nil, fmt.Errorf("artifacts: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return nil, ErrClosed
	}
	if w.err != nil {
		return nil, w.err
	}
	m := Manifest{Format: formatVersion, Schema: w.schema.Ref(), Provenance: p}
	found := map[string]bool{}
	for name, closed := range w.files {
		if !closed {
			return nil, fmt.Errorf("artifacts: %s: is still open; close it first", name)
		}
		spec, _ := w.schema.Spec(name)
		found[spec.Name] = true
		m.Files = append(m.Files, FileInfo{Name: name})
	}
	for _, f := range w.schema.Files {
		if !f.Optional && !found[f.Name] {
			return nil, fmt.Errorf("artifacts: %s: %w: missing, %s needs it", f.Name, ErrSchema, w.schema.Ref())
		}
	}
	slices.SortFunc(m.Files, func(a, b FileInfo) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	if m.Digest, err = m.computeDigest(); err != nil {
		return nil, fmt.Errorf("artifacts: %w", err)
	}
	w.done = true
	return &Artifact{dir: w.dir, manifest: m, checked: &checks{}, memory: w.memory}, nil
}

// start notes a file in memory.
func (w *Writer) start(name string, kind Kind) (FileSpec, error) {
	spec, err := w.admit(name, kind)
	if err != nil {
		return spec, fmt.Errorf("artifacts: write %s of %s: %w", name, w.schema.Ref(), err)
	}
	return spec, nil
}

// keep finishes a file in memory.
func (w *Writer) keep(name string, v any) {
	w.memory.put(name, v)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.files[name] = true
}

// fitsMemory is fits for an artifact in memory.
func (f FileSpec) fitsMemory(t DType, rank int) error {
	if f.DType == Float32 && t == Float64 {
		t = Float32
	}
	return f.fits(t, rank)
}

// keepTensor keeps a tensor of an artifact in memory.
func keepTensor[E Element](w *Writer, name string, t *held[E]) error {
	spec, err := w.start(name, KindTensor)
	if err != nil {
		return err
	}
	if err := spec.fitsMemory(dtypeOf[E](), len(t.shape)); err != nil {
		return fmt.Errorf("artifacts: write %s of %s: %w", name, w.schema.Ref(), err)
	}
	w.keep(name, t)
	return nil
}

// LinkTensor makes a tensor of an artifact in memory of values that stay where they are:
// in the file at path, from offset on, little-endian and in C order. The file must not
// change while the artifact is used.
func LinkTensor[E Element](w *Writer, name string, shape []int, path string, offset int64) error {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if err := checkShape(shape, n); err != nil {
		return fmt.Errorf("artifacts: write %s: %w", name, err)
	}
	if w.memory == nil {
		return fmt.Errorf("artifacts: write %s: only an artifact in memory has links", name)
	}
	return keepTensor(w, name, &held[E]{shape: slices.Clone(shape), file: path, offset: offset})
}

// open maps the file of a linked tensor.
func (h *held[E]) open() (*Tensor[E], error) {
	size, err := rowSize(h.shape[1:])
	if err != nil {
		return nil, err
	}
	t := &Tensor[E]{Shape: slices.Clone(h.shape), Data: h.data, size: size}
	if h.file == "" {
		return t, nil
	}
	f, err := os.Open(h.file)
	if err != nil {
		return nil, err
	}
	data, err := mapFile(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: cannot be mapped: %w", h.file, err)
	}
	var e E
	n := int64(h.shape[0]*size) * int64(dtypeOf[E]().Size())
	if h.offset < 0 || h.offset+n > int64(len(data)) {
		f.Close()
		return nil, fmt.Errorf("%s: no longer holds %v values of type %T", h.file, h.shape, e)
	}
	t.Data, t.mapped, t.file, t.offset = elementsOf[E](data[h.offset:h.offset+n]), data, f, h.offset
	return t, nil
}

func (c *contents) tensorInfo(name string) (DType, []int, error) {
	switch t := c.get(name).(type) {
	case *held[uint8]:
		return Uint8, t.shape, nil
	case *held[int32]:
		return Int32, t.shape, nil
	case *held[int64]:
		return Int64, t.shape, nil
	case *held[float32]:
		return Float32, t.shape, nil
	case *held[float64]:
		return Float64, t.shape, nil
	}
	return "", nil, fmt.Errorf("artifacts: no tensor %q: %w", name, ErrNotFound)
}

// heldAs finds a file of an artifact in memory.
func heldAs[T any](a *Artifact, name string) (T, error) {
	v := a.memory.get(name)
	t, ok := v.(T)
	switch {
	case v == nil:
		return t, fmt.Errorf("artifacts: %s has no file %q: %w", a.dir, name, ErrNotFound)
	case !ok:
		return t, fmt.Errorf("artifacts: read %s of %s: %w: it holds %T, want %T", name, a.dir, ErrSchema, v, t)
	}
	return t, nil
}

// memoryFile is a raw file of an artifact in memory.
type memoryFile struct {
	bytes.Buffer
	w    *Writer
	name string
}

func (f *memoryFile) Close() error {
	f.w.keep(f.name, f.Bytes())
	return nil
}

// ReadFile returns the content of a raw file.
func ReadFile(a *Artifact, name string) ([]byte, error) {
	if a.memory != nil {
		return heldAs[[]byte](a, name)
	}
	f, err := a.openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(a.dir, name), err)
	}
	return text, nil
}

// Floats is a tensor of float32 or float64: an artifact in memory may have either where
// its schema says float32.
type Floats struct {
	Shape  []int
	Single *Tensor[float32] // one of the two is nil
	Double *Tensor[float64]
}

// OpenFloats maps a tensor of float32 or float64.
func OpenFloats(a *Artifact, name string) (*Floats, error) {
	if a.memory != nil {
		if _, double := a.memory.get(name).(*held[float64]); double {
			t, err := OpenTensor[float64](a, name)
			if err != nil {
				return nil, err
			}
			return &Floats{Shape: t.Shape, Double: t}, nil
		}
	}
	t, err := OpenTensor[float32](a, name)
	if err != nil {
		return nil, err
	}
	return &Floats{Shape: t.Shape, Single: t}, nil
}

// Float64 gives the values, without a copy when they are float64.
func (f *Floats) Float64() []float64 {
	if f.Double != nil {
		return f.Double.Data
	}
	out := make([]float64, len(f.Single.Data))
	for i, v := range f.Single.Data {
		out[i] = float64(v)
	}
	return out
}

// Close unmaps the file.
func (f *Floats) Close() error {
	if f.Single != nil {
		return f.Single.Close()
	}
	return f.Double.Close()
}

// WriteFloats writes a float32 tensor, rounded to the nearest; in memory it stays float64.
func WriteFloats(w *Writer, name string, shape []int, data []float64) error {
	if w.memory != nil {
		return WriteTensor(w, name, shape, data)
	}
	single := make([]float32, len(data))
	for i, v := range data {
		single[i] = float32(v)
	}
	return WriteTensor(w, name, shape, single)
}
