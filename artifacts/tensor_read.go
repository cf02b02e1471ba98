package artifacts

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/endian"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	flatbuffers "github.com/google/flatbuffers/go"
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
}

// OpenTensor maps a tensor of element type E.
func OpenTensor[E Element](a *Artifact, name string) (*Tensor[E], error) {
	f, err := a.openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := mapFile(f)
	if err != nil {
		return nil, a.damage(name, "cannot be mapped", err)
	}
	t, err := parseTensor[E](data, f.Name())
	if err != nil {
		_ = unmap(data)
		return nil, err
	}
	t.mapped = data
	return t, nil
}

// Rows returns the number of rows, Shape[0].
func (t *Tensor[E]) Rows() int { return t.Shape[0] }

// Row returns row i without copying.
func (t *Tensor[E]) Row(i int) []E { return t.Data[i*t.size : (i+1)*t.size : (i+1)*t.size] }

// Close unmaps the file. Slices of Data must not be used afterwards.
func (t *Tensor[E]) Close() error {
	data := t.mapped
	t.Data, t.mapped = nil, nil
	if data == nil {
		return nil
	}
	return unmap(data)
}

// ReadTensor copies a tensor into memory, for tensors that are small or outlive their
// artifact.
func ReadTensor[E Element](a *Artifact, name string) (shape []int, data []E, err error) {
	t, err := OpenTensor[E](a, name)
	if err != nil {
		return nil, nil, err
	}
	data = slices.Clone(t.Data)
	return t.Shape, data, t.Close()
}

// TensorInfo returns dtype and shape of a tensor, for readers that take several.
func TensorInfo(a *Artifact, name string) (DType, []int, error) {
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

func parseTensor[E Element](data []byte, path string) (_ *Tensor[E], err error) {
	defer guard(path, &err)
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
	f, err := os.Open(path)
	if err != nil {
		return h, err
	}
	defer f.Close()
	data, err := mapFile(f)
	if err != nil {
		return h, err
	}
	defer func() { _ = unmap(data) }()
	defer guard(path, &err)
	h, err = parseTensorHead(data, path)
	h.batches = nil
	return h, err
}

func parseTensorHead(data []byte, path string) (h tensorHead, err error) {
	damaged := func(format string, args ...any) error {
		return &DamageError{Path: path, Reason: fmt.Sprintf(format, args...)}
	}
	f, err := ipc.NewFileReader(bytes.NewReader(data))
	if err != nil {
		return h, &DamageError{Path: path, Reason: "not an Arrow IPC file", Err: err}
	}
	defer func() { _ = f.Close() }()
	if err := h.readType(f.Schema()); err != nil {
		return h, fmt.Errorf("artifacts: read %s: %w: %w", path, ErrSchema, err)
	}
	blocks := footerBlocks(data)
	for i, b := range blocks {
		rows, body, err := b.tensorBody(data)
		if err != nil {
			return h, damaged("record batch %d: %v", i, err)
		}
		want := int64(h.size) * int64(h.dtype.Size())
		if rows < 0 || rows > int64(len(data)) || int64(len(body)) < rows*want {
			return h, damaged("record batch %d: %d bytes do not hold %d rows of %v %s", i, len(body), rows, h.rowShape, h.dtype)
		}
		h.rows += int(rows)
		h.batches = append(h.batches, body[:rows*want])
	}
	return h, nil
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
	if err := json.Unmarshal([]byte(text), &extension); err != nil {
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

// The Arrow library copies what it reads from a file. To map a tensor instead, the
// few numbers that say where its buffers are are read here from the flatbuffers of
// the footer and the record batches (Arrow format/File.fbs and format/Message.fbs).

// block is where a record batch is: struct Block of File.fbs.
type block struct{ offset, meta, body int64 }

// Offsets of fields in the vtables: 4 + 2*id.
const (
	footerRecordBatches = 10
	messageHeaderType   = 6
	messageHeader       = 8
	batchLength         = 4
	batchNodes          = 6
	batchBuffers        = 8
	batchCompression    = 10

	headerIsRecordBatch = 3
)

// footerBlocks lists the record batches of a file whose footer was found valid.
// Indexing out of range panics, which the caller turns into an error.
func footerBlocks(file []byte) []block {
	end := len(file) - 10 // footer, its size in 4 bytes, "ARROW1"
	size := int(binary.LittleEndian.Uint32(file[end:]))
	footer := rootTable(file[end-size : end])
	o := footer.Offset(footerRecordBatches)
	if o == 0 {
		return nil
	}
	n, at := footer.VectorLen(flatbuffers.UOffsetT(o)), footer.Vector(flatbuffers.UOffsetT(o))
	var blocks []block
	for i := range n {
		p := at + flatbuffers.UOffsetT(24*i)
		blocks = append(blocks, block{footer.GetInt64(p), int64(footer.GetInt32(p + 8)), footer.GetInt64(p + 16)})
	}
	return blocks
}

func rootTable(b []byte) flatbuffers.Table {
	return flatbuffers.Table{Bytes: b, Pos: flatbuffers.GetUOffsetT(b)}
}

// tensorBody returns the rows of a record batch and the bytes of its values.
func (b block) tensorBody(file []byte) (rows int64, values []byte, err error) {
	n := int64(len(file))
	if b.offset < 0 || b.meta < 8 || b.body < 0 || b.offset > n-b.meta || b.body > n-b.meta-b.offset || b.offset%8 != 0 || b.meta%8 != 0 {
		return 0, nil, fmt.Errorf("lies outside the file")
	}
	meta, body := file[b.offset:b.offset+b.meta], file[b.offset+b.meta:b.offset+b.meta+b.body]
	if binary.LittleEndian.Uint32(meta) == 0xFFFFFFFF { // continuation mark, then the size
		meta = meta[4:]
	}
	message := rootTable(meta[4:])
	if o := message.Offset(messageHeaderType); o == 0 || message.GetByte(message.Pos+flatbuffers.UOffsetT(o)) != headerIsRecordBatch {
		return 0, nil, fmt.Errorf("is not a record batch")
	}
	var batch flatbuffers.Table
	message.Union(&batch, flatbuffers.UOffsetT(message.Offset(messageHeader)))
	if batch.Offset(batchCompression) != 0 {
		return 0, nil, fmt.Errorf("is compressed; tensors are mapped, write it uncompressed")
	}
	if o := batch.Offset(batchLength); o != 0 {
		rows = batch.GetInt64(batch.Pos + flatbuffers.UOffsetT(o))
	}
	// Nodes: the list and its elements, each (length, nulls).
	for _, node := range structs(batch, batchNodes, 2) {
		if node[1] != 0 {
			return 0, nil, fmt.Errorf("has nulls")
		}
	}
	// Buffers, each (offset, length): validity of the list, of the elements, values.
	at := structs(batch, batchBuffers, 3)[2]
	if at[0] < 0 || at[1] < 0 || at[0] > b.body || at[1] > b.body-at[0] || (b.offset+b.meta+at[0])%8 != 0 {
		return 0, nil, fmt.Errorf("values lie outside the batch")
	}
	return rows, body[at[0] : at[0]+at[1]], nil
}

// structs reads a vector of n structs of two int64 each.
func structs(t flatbuffers.Table, field flatbuffers.VOffsetT, n int) [][2]int64 {
	o := flatbuffers.UOffsetT(t.Offset(field))
	if o == 0 || t.VectorLen(o) != n {
		panic(fmt.Sprintf("want %d nodes or buffers", n))
	}
	list := make([][2]int64, n)
	for i := range list {
		p := t.Vector(o) + flatbuffers.UOffsetT(16*i)
		list[i] = [2]int64{t.GetInt64(p), t.GetInt64(p + 8)}
	}
	return list
}
