package artifacts

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Element is what tensors are made of.
type Element interface {
	uint8 | int32 | int64 | float32 | float64
}

// maxBatch bounds the elements of one record batch. Tensors up to it, 1<<30 elements,
// are one contiguous piece in their file.
const maxBatch = 1 << 30

// WriteTensor writes a dense C-ordered tensor as an Arrow IPC file. shape includes
// axis 0, which may be 0; other axes may not. len(data) must be the product of shape.
func WriteTensor[E Element](w *Writer, name string, shape []int, data []E) error {
	if err := checkShape(shape, len(data)); err != nil {
		return fmt.Errorf("artifacts: write %s: %w", name, err)
	}
	if w.memory != nil {
		return keepTensor(w, name, &held[E]{shape: slices.Clone(shape), data: data})
	}
	out, spec, err := w.create(name, KindTensor)
	if err != nil {
		return err
	}
	if err := spec.fits(dtypeOf[E](), len(shape)); err != nil {
		return out.finish(fmt.Errorf("artifacts: write %s of %s: %w", name, w.schema.Ref(), err))
	}
	return out.finish(writeTensor(out, shape, data))
}

func (f FileSpec) fits(t DType, rank int) error {
	if f.DType != "" && f.DType != t {
		return fmt.Errorf("%w: dtype %s, want %s", ErrSchema, t, f.DType)
	}
	if f.Rank != 0 && f.Rank != rank {
		return fmt.Errorf("%w: %d axes, want %d", ErrSchema, rank, f.Rank)
	}
	return nil
}

// checkShape checks that shape is one that Arrow can hold and has n elements.
func checkShape(shape []int, n int) error {
	if len(shape) == 0 {
		return fmt.Errorf("%w: a tensor needs at least one axis", ErrSchema)
	}
	size, err := rowSize(shape[1:])
	if err != nil {
		return err
	}
	if shape[0] < 0 || n%size != 0 || n/size != shape[0] {
		return fmt.Errorf("%w: shape %v does not hold %d elements", ErrSchema, shape, n)
	}
	return nil
}

// rowSize returns the elements of one row.
func rowSize(rowShape []int) (int, error) {
	size := 1
	for _, n := range rowShape {
		if n < 1 || n > math.MaxInt32 || size > math.MaxInt32/n {
			return 0, fmt.Errorf("%w: row shape %v: every axis must be from 1, and a row at most %d elements", ErrSchema, rowShape, math.MaxInt32)
		}
		size *= n
	}
	return size, nil
}

func writeTensor[E Element](out *fileWriter, shape []int, data []E) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("artifacts: write %s: %w", out.Name(), err)
		}
	}()
	schema, err := tensorSchema(dtypeOf[E](), shape[1:])
	if err != nil {
		return err
	}
	f, err := ipc.NewFileWriter(out, ipc.WithSchema(schema))
	if err != nil {
		return err
	}
	size, _ := rowSize(shape[1:])
	rows := max(1, maxBatch/size)
	for i := 0; i < shape[0]; i += rows {
		n := min(rows, shape[0]-i)
		record := tensorRecord(schema, n, data[i*size:(i+n)*size])
		err := f.Write(record)
		record.Release()
		if err != nil {
			return err
		}
	}
	return f.Close()
}

// tensorSchema is one column of fixed-size lists with the extension type's metadata.
func tensorSchema(t DType, rowShape []int) (*arrow.Schema, error) {
	size, err := rowSize(rowShape)
	if err != nil {
		return nil, err
	}
	extension, err := json.Marshal(struct {
		Shape []int `json:"shape"`
	}{append([]int{}, rowShape...)})
	if err != nil {
		return nil, err
	}
	return arrow.NewSchema([]arrow.Field{{
		Name:     "tensor",
		Type:     arrow.FixedSizeListOfNonNullable(int32(size), arrowType(t)),
		Metadata: arrow.NewMetadata([]string{extensionName, extensionMetadata}, []string{fixedShapeTensor, string(extension)}),
	}}, nil), nil
}

const (
	extensionName     = "ARROW:extension:name"
	extensionMetadata = "ARROW:extension:metadata"
	fixedShapeTensor  = "arrow.fixed_shape_tensor"
)

// tensorRecord wraps rows without copying them.
func tensorRecord[E Element](schema *arrow.Schema, rows int, data []E) arrow.Record {
	list := schema.Field(0).Type.(*arrow.FixedSizeListType)
	values := array.NewData(list.Elem(), len(data), []*memory.Buffer{nil, memory.NewBufferBytes(bytesOf(data))}, nil, 0, 0)
	lists := array.NewData(list, rows, []*memory.Buffer{nil}, []arrow.ArrayData{values}, 0, 0)
	defer values.Release()
	defer lists.Release()
	column := array.MakeFromData(lists)
	defer column.Release()
	return array.NewRecord(schema, []arrow.Array{column}, int64(rows))
}

func dtypeOf[E Element]() DType { return DType(reflect.TypeFor[E]().Kind().String()) }

func arrowType(t DType) arrow.DataType {
	return map[DType]arrow.DataType{
		Uint8: arrow.PrimitiveTypes.Uint8, Int32: arrow.PrimitiveTypes.Int32, Int64: arrow.PrimitiveTypes.Int64,
		Float32: arrow.PrimitiveTypes.Float32, Float64: arrow.PrimitiveTypes.Float64,
	}[t]
}

func bytesOf[E Element](data []E) []byte {
	if len(data) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), len(data)*int(unsafe.Sizeof(data[0])))
}

func elementsOf[E Element](data []byte) []E {
	if len(data) == 0 {
		return nil
	}
	var zero E
	return unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/int(unsafe.Sizeof(zero)))
}

// TensorWriter writes a tensor whose number of rows is not known beforehand. Rows are
// spooled to a scratch file without a name; Close copies them from there, so that the
// file is the same as WriteTensor's, contiguous whatever the pieces. It holds no more
// than a buffer in memory, and twice the tensor on the disk until Close returns.
type TensorWriter[E Element] struct {
	out      *fileWriter
	spool    *os.File
	buffer   *bufio.Writer
	rowShape []int
	size     int // elements of a row
	elements int
	err      error
	closed   bool

	w    *Writer // of an artifact in memory, with what was appended
	name string
	held []E
}

// NewTensorWriter starts a tensor with rows of rowShape, [] for scalars.
func NewTensorWriter[E Element](w *Writer, name string, rowShape []int) (*TensorWriter[E], error) {
	size, err := rowSize(rowShape)
	if err != nil {
		return nil, fmt.Errorf("artifacts: write %s: %w", name, err)
	}
	if w.memory != nil {
		return &TensorWriter[E]{w: w, name: name, rowShape: slices.Clone(rowShape), size: size}, nil
	}
	if spec, ok := w.schema.Spec(name); ok && spec.Kind == KindTensor {
		if err := spec.fits(dtypeOf[E](), 1+len(rowShape)); err != nil {
			return nil, fmt.Errorf("artifacts: write %s of %s: %w", name, w.schema.Ref(), err)
		}
	}
	out, _, err := w.create(name, KindTensor)
	if err != nil {
		return nil, err
	}
	spool, err := os.CreateTemp(w.temp, ".spool-*")
	if err == nil {
		err = os.Remove(spool.Name())
	}
	if err != nil {
		return nil, out.finish(fmt.Errorf("artifacts: write %s: %w", name, err))
	}
	return &TensorWriter[E]{
		out: out, spool: spool, buffer: bufio.NewWriterSize(spool, 1<<20),
		rowShape: slices.Clone(rowShape), size: size,
	}, nil
}

// Append adds rows, one after the other in C order.
func (t *TensorWriter[E]) Append(rows []E) error {
	if t.err == nil && len(rows)%t.size != 0 {
		t.fail(fmt.Errorf("%w: %d elements are not whole rows of shape %v", ErrSchema, len(rows), t.rowShape))
	}
	if t.err != nil {
		return t.err
	}
	if t.w != nil {
		t.held = append(t.held, rows...)
		return nil
	}
	_, err := t.buffer.Write(bytesOf(rows))
	t.fail(err)
	t.elements += len(rows)
	return t.err
}

func (t *TensorWriter[E]) fail(err error) {
	if err == nil || t.err != nil {
		return
	}
	if t.w != nil {
		t.err = fmt.Errorf("artifacts: write %s: %w", t.name, err)
		return
	}
	t.err = fmt.Errorf("artifacts: write %s: %w", t.out.Name(), err)
	t.out.note(t.err)
}

// Close writes the tensor.
func (t *TensorWriter[E]) Close() error {
	if t.closed {
		return t.err
	}
	t.closed = true
	if t.w != nil {
		if t.err == nil {
			t.err = keepTensor(t.w, t.name, &held[E]{shape: append([]int{len(t.held) / t.size}, t.rowShape...), data: t.held})
		}
		return t.err
	}
	defer t.spool.Close()
	t.fail(t.buffer.Flush())
	if t.err == nil {
		t.fail(t.copy())
	}
	return t.out.finish(t.err)
}

func (t *TensorWriter[E]) copy() error {
	shape := append([]int{t.elements / t.size}, t.rowShape...)
	if t.elements == 0 {
		return writeTensor[E](t.out, shape, nil)
	}
	data, err := mapFile(t.spool)
	if err != nil {
		return err
	}
	return errors.Join(writeTensor(t.out, shape, elementsOf[E](data)), unmap(data))
}
