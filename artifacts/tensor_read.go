package artifacts

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/endian"
	exact "github.com/go-json-experiment/json"
)

// Tensor is a memory-mapped tensor. Its memory is read-only: a write to it ends the
// program. It must not be used after Close.
type Tensor[E Element] struct {
	// Shape has the rows on axis 0.
	Shape []int
	// Data has all elements in C order. It is the mapped file itself, unless the file
	// has several record batches (ours have from 1<<30 elements on): then it is a copy.
	Data []E

	size   int
	mapped []byte
	file   *os.File // where Data is, from offset on; nil when it is not one piece
	offset int64
}

// OpenTensor maps a tensor of element type E.
func OpenTensor[E Element](a *Artifact, name string) (*Tensor[E], error) {
	if a.memory != nil {
		h, err := heldAs[*held[E]](a, name)
		if err != nil {
			return nil, err
		}
		return h.open()
	}
	f, err := a.openFile(name)
	if err != nil {
		return nil, err
	}
	data, err := mapFile(f)
	if err != nil {
		f.Close()
		return nil, a.damage(name, "cannot be mapped", err)
	}
	t, err := parseTensor[E](data, f.Name())
	if err != nil {
		f.Close()
		_ = unmap(data)
		return nil, err
	}
	t.mapped, t.file = data, f
	return t, nil
}

// Section is where the elements are in a file, in C order and little-endian, for code that
// reads them piece by piece instead of mapping them. It is valid until Close; false when
// they are in memory or in several pieces.
func (t *Tensor[E]) Section() (r io.ReaderAt, offset int64, ok bool) {
	return t.file, t.offset, t.file != nil && t.offset > 0
}

// Rows returns the number of rows, Shape[0].
func (t *Tensor[E]) Rows() int { return t.Shape[0] }

// Row returns row i without copying.
func (t *Tensor[E]) Row(i int) []E { return t.Data[i*t.size : (i+1)*t.size : (i+1)*t.size] }

// Forget gives back the memory that a mapped file takes, for those who are done with most
// of it for a while: Data stays, and is read again when it is touched.
func (t *Tensor[E]) Forget() {
	if t.mapped != nil {
		forget(t.mapped)
	}
}

// Close unmaps the file. Slices of Data must not be used afterwards.
func (t *Tensor[E]) Close() error {
	data := t.mapped
	t.Data, t.mapped = nil, nil
	if t.file != nil {
		t.file.Close()
		t.file = nil
	}
	if data == nil {
		return nil
	}
	return unmap(data)
}

// ReadTensor copies a tensor into memory, for tensors that are small or outlive their
// artifact. That of an artifact in memory is the artifact's own: it must not be changed.
func ReadTensor[E Element](a *Artifact, name string) (shape []int, data []E, err error) {
	t, err := OpenTensor[E](a, name)
	if err != nil {
		return nil, nil, err
	}
	if t.mapped == nil { // of an artifact in memory, where nothing changes it
		return t.Shape, t.Data, nil
	}
	data = slices.Clone(t.Data)
	return t.Shape, data, t.Close()
}

// TensorInfo returns dtype and shape of a tensor, for readers that take several.
func TensorInfo(a *Artifact, name string) (DType, []int, error) {
	if a.memory != nil {
		return a.memory.tensorInfo(name)
	}
	f, err := a.openFile(name)
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	h, err := tensorHeadOf(f.Name())
	if err != nil {
		return "", nil, err
	}
	return h.dtype, append([]int{h.rows}, h.rowShape...), nil
}

func parseTensor[E Element](data []byte, path string) (*Tensor[E], error) {
	h, err := parseTensorHead(data, path)
	if err != nil {
		return nil, err
	}
	if h.dtype != dtypeOf[E]() {
		return nil, fmt.Errorf("artifacts: read %s: %w: dtype is %s, want %s", path, ErrSchema, h.dtype, dtypeOf[E]())
	}
	t := &Tensor[E]{Shape: append([]int{h.rows}, h.rowShape...), size: h.size}
	if len(h.batches) == 1 {
		t.Data = elementsOf[E](h.batches[0])
		t.offset = pieceOffset(data, h.batches[0])
		return t, nil
	}
	for _, b := range h.batches {
		t.Data = append(t.Data, elementsOf[E](b)...)
	}
	return t, nil
}

// tensorHead is what an IPC file says about its tensor. batches point into the file.
type tensorHead struct {
	dtype    DType
	rowShape []int
	size     int // elements of a row
	rows     int
	batches  [][]byte
}

func tensorHeadOf(path string) (h tensorHead, err error) {
	err = withMapped(path, func(data []byte) error {
		h, err = parseTensorHead(data, path)
		h.batches = nil
		return err
	})
	return h, err
}

func parseTensorHead(data []byte, path string) (h tensorHead, err error) {
	f, err := openIPC(data, path)
	if err != nil {
		return h, err
	}
	defer func() { _ = f.Close() }()
	if err := h.readType(f.Schema()); err != nil {
		return h, fmt.Errorf("artifacts: read %s: %w: %w", path, ErrSchema, err)
	}
	for i, b := range f.batches {
		values, err := h.values(b)
		if err != nil {
			return h, &DamageError{Path: path, Reason: fmt.Sprintf("record batch %d", i), Err: err}
		}
		h.rows += int(b.rows)
		h.batches = append(h.batches, values)
	}
	return h, nil
}

// values returns the elements of a record batch, which has two nodes, the list and its
// elements, and three buffers: their validity and the values.
func (h *tensorHead) values(b batch) ([]byte, error) {
	if len(b.nodes) != 2 || len(b.buffers) != 3 {
		return nil, fmt.Errorf("has %d nodes and %d buffers, want 2 and 3", len(b.nodes), len(b.buffers))
	}
	if b.nodes[0].nulls != 0 || b.nodes[1].nulls != 0 {
		return nil, errors.New("has nulls")
	}
	values, row := b.buffers[2], int64(h.size)*int64(h.dtype.Size())
	if b.rows < 0 || b.rows > int64(len(values))/row {
		return nil, fmt.Errorf("%d bytes do not hold %d rows of %v %s", len(values), b.rows, h.rowShape, h.dtype)
	}
	return values[:b.rows*row], nil
}

// readType takes dtype and row shape from the Arrow schema.
func (h *tensorHead) readType(s *arrow.Schema) error {
	if s.NumFields() != 1 {
		return fmt.Errorf("has %d columns, a tensor has one", s.NumFields())
	}
	if s.Endianness() != endian.NativeEndian {
		return fmt.Errorf("has another byte order than this machine")
	}
	field := s.Field(0)
	list, ok := field.Type.(*arrow.FixedSizeListType)
	if !ok {
		return fmt.Errorf("column is %s, want a fixed-size list", field.Type)
	}
	h.dtype = DType(list.Elem().Name())
	if arrowType(h.dtype) == nil {
		return fmt.Errorf("elements are %s, want one of uint8, int32, int64, float32, float64", list.Elem())
	}
	if name, _ := field.Metadata.GetValue(extensionName); name != fixedShapeTensor {
		return fmt.Errorf("%s is %q, want %q", extensionName, name, fixedShapeTensor)
	}
	text, _ := field.Metadata.GetValue(extensionMetadata)
	var extension struct {
		Shape       []int `json:"shape"`
		Permutation []int `json:"permutation"`
	}
	if err := exact.Unmarshal([]byte(text), &extension); err != nil {
		return fmt.Errorf("%s: %w", extensionMetadata, err)
	}
	for i, p := range extension.Permutation {
		if i != p {
			return fmt.Errorf("has permuted axes %v; write it in C order", extension.Permutation)
		}
	}
	size, err := rowSize(extension.Shape)
	if err != nil {
		return err
	}
	if int32(size) != list.Len() {
		return fmt.Errorf("shape %v does not hold lists of %d", extension.Shape, list.Len())
	}
	h.rowShape, h.size = extension.Shape, size
	return nil
}

// pieceOffset is where a part of data begins in it.
func pieceOffset(data, part []byte) int64 {
	if len(part) == 0 {
		return 0
	}
	return int64(uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(data))))
}
