package artifacts

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	flatbuffers "github.com/google/flatbuffers/go"
)

// The Arrow library allocates what a file claims to hold before it looks whether it is
// there, follows fields that contain themselves until the stack is full, and copies what
// it reads. Hence the few numbers that say where things are are read here first, from the
// flatbuffers of the footer and the record batches (Arrow format/File.fbs, Schema.fbs and
// Message.fbs): claims are checked against the bytes that are there, and a tensor can be
// mapped in place.

// ipcFile is an Arrow IPC file in memory whose claims were checked.
type ipcFile struct {
	*ipc.FileReader
	batches []batch
}

// batch is a record batch. What it holds points into the file.
type batch struct {
	rows    int64
	nodes   []node
	buffers [][]byte
}

// node says how long an array is and how many of its elements are null.
type node struct{ length, nulls int64 }

// openIPC opens a file. What is read through it allocates at most a small multiple of the
// file's size.
func openIPC(data []byte, path string) (_ *ipcFile, err error) {
	defer guard(path, &err)
	footer, err := footerOf(data)
	if err != nil {
		return nil, &DamageError{Path: path, Reason: "not an Arrow IPC file", Err: err}
	}
	if err := checkSchema(footer); err != nil {
		return nil, &DamageError{Path: path, Reason: "its schema cannot be read", Err: err}
	}
	f := &ipcFile{}
	if f.batches, err = batchesOf(footer, data); err != nil {
		return nil, &DamageError{Path: path, Reason: err.Error()}
	}
	if f.FileReader, err = ipc.NewFileReader(bytes.NewReader(data)); err != nil {
		return nil, &DamageError{Path: path, Reason: "not an Arrow IPC file", Err: err}
	}
	return f, nil
}

// Offsets of fields in the vtables: 4 + 2*id.
const (
	footerSchema        = 6
	footerDictionaries  = 8
	footerRecordBatches = 10

	schemaFields   = 6
	schemaMetadata = 8

	fieldName       = 4
	fieldDictionary = 12
	fieldChildren   = 14
	fieldMetadata   = 16

	pairKey   = 4
	pairValue = 6

	messageHeaderType = 6
	messageHeader     = 8

	batchLength      = 4
	batchNodes       = 6
	batchBuffers     = 8
	batchCompression = 10

	headerIsRecordBatch = 3

	magic      = "ARROW1"
	maxNesting = 8 // of nested fields; ours have one level
)

func rootTable(b []byte) flatbuffers.Table {
	return flatbuffers.Table{Bytes: b, Pos: flatbuffers.GetUOffsetT(b)}
}

// footerOf finds the footer: the file ends with it, its size in 4 bytes and the magic.
func footerOf(file []byte) (flatbuffers.Table, error) {
	end := len(file) - len(magic) - 4
	if end < 0 || string(file[end+4:]) != magic {
		return flatbuffers.Table{}, errors.New("does not end with " + magic)
	}
	size := int64(binary.LittleEndian.Uint32(file[end:]))
	if size < 4 || size > int64(end) {
		return flatbuffers.Table{}, fmt.Errorf("a footer of %d bytes does not fit into %d", size, end)
	}
	return rootTable(file[end-int(size) : end]), nil
}

// vector finds a vector of elements of size bytes, whose claimed length must fit.
func vector(t flatbuffers.Table, field flatbuffers.VOffsetT, size int) (at flatbuffers.UOffsetT, n int, err error) {
	o := flatbuffers.UOffsetT(t.Offset(field))
	if o == 0 {
		return 0, 0, nil
	}
	at, n = t.Vector(o), t.VectorLen(o)
	if n > (len(t.Bytes)-int(at))/size {
		return 0, 0, fmt.Errorf("claims %d elements of %d bytes where %d bytes are left", n, size, len(t.Bytes)-int(at))
	}
	return at, n, nil
}

// checkSchema visits every field and key that the library will.
func checkSchema(footer flatbuffers.Table) error {
	if _, n, err := vector(footer, footerDictionaries, 24); err != nil || n > 0 {
		return errors.New("has dictionaries, artifacts use none")
	}
	o := footer.Offset(footerSchema)
	if o == 0 {
		return errors.New("has none")
	}
	schema := flatbuffers.Table{Bytes: footer.Bytes, Pos: footer.Indirect(footer.Pos + flatbuffers.UOffsetT(o))}
	v := schemaVisit{left: 4 * len(footer.Bytes)}
	return errors.Join(v.fields(schema, schemaFields, maxNesting), v.pairs(schema, schemaMetadata))
}

// schemaVisit bounds what a schema expands to: flatbuffers may refer to one field or
// string many times.
type schemaVisit struct{ left int }

func (v *schemaVisit) spend(n int) error {
	if v.left -= n; v.left < 0 {
		return errors.New("repeats its parts without end")
	}
	return nil
}

func (v *schemaVisit) fields(t flatbuffers.Table, slot flatbuffers.VOffsetT, depth int) error {
	return v.tables(t, slot, func(field flatbuffers.Table) error {
		if depth == 0 {
			return fmt.Errorf("fields are nested more than %d deep", maxNesting)
		}
		if field.Offset(fieldDictionary) != 0 {
			return errors.New("has a dictionary, artifacts use none")
		}
		return errors.Join(v.text(field, fieldName), v.pairs(field, fieldMetadata), v.fields(field, fieldChildren, depth-1))
	})
}

func (v *schemaVisit) pairs(t flatbuffers.Table, slot flatbuffers.VOffsetT) error {
	return v.tables(t, slot, func(pair flatbuffers.Table) error {
		return errors.Join(v.text(pair, pairKey), v.text(pair, pairValue))
	})
}

func (v *schemaVisit) text(t flatbuffers.Table, slot flatbuffers.VOffsetT) error {
	_, n, err := vector(t, slot, 1)
	return errors.Join(err, v.spend(n))
}

func (v *schemaVisit) tables(t flatbuffers.Table, slot flatbuffers.VOffsetT, visit func(flatbuffers.Table) error) error {
	at, n, err := vector(t, slot, 4)
	for i := 0; i < n && err == nil; i++ {
		if err = v.spend(4); err == nil {
			err = visit(flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(at + flatbuffers.UOffsetT(4*i))})
		}
	}
	return err
}

// batchesOf reads where the record batches are: struct Block of File.fbs.
func batchesOf(footer flatbuffers.Table, file []byte) ([]batch, error) {
	at, n, err := vector(footer, footerRecordBatches, 24)
	if err != nil {
		return nil, fmt.Errorf("record batches: %w", err)
	}
	var batches []batch
	left := int64(len(file))
	for i := range n {
		p := at + flatbuffers.UOffsetT(24*i)
		offset, meta, body := footer.GetInt64(p), int64(footer.GetInt32(p+8)), footer.GetInt64(p+16)
		b, err := parseBatch(file, offset, meta, body)
		if left -= meta + body; err == nil && left < 0 {
			err = errors.New("shares bytes with another")
		}
		if err != nil {
			return nil, fmt.Errorf("record batch %d: %w", i, err)
		}
		batches = append(batches, b)
	}
	return batches, nil
}

// parseBatch reads a record batch from its message, meta bytes at offset, which body
// bytes of values follow.
func parseBatch(file []byte, offset, meta, body int64) (b batch, err error) {
	n := int64(len(file))
	if offset < 0 || meta < 8 || body < 0 || offset > n-meta || body > n-meta-offset || offset%8 != 0 || meta%8 != 0 {
		return b, errors.New("is outside the file")
	}
	head, values := file[offset:offset+meta], file[offset+meta:offset+meta+body]
	if binary.LittleEndian.Uint32(head) == 0xFFFFFFFF { // continuation mark, then the size
		head = head[4:]
	}
	message := rootTable(head[4:])
	if o := message.Offset(messageHeaderType); o == 0 || message.GetByte(message.Pos+flatbuffers.UOffsetT(o)) != headerIsRecordBatch {
		return b, errors.New("is not a record batch")
	}
	var t flatbuffers.Table
	message.Union(&t, flatbuffers.UOffsetT(message.Offset(messageHeader)))
	if t.Offset(batchCompression) != 0 {
		return b, errors.New("is compressed; write it uncompressed")
	}
	if o := t.Offset(batchLength); o != 0 {
		b.rows = t.GetInt64(t.Pos + flatbuffers.UOffsetT(o))
	}
	err = structs(t, batchNodes, func(length, nulls int64) error {
		b.nodes = append(b.nodes, node{length, nulls})
		return nil
	})
	if err != nil {
		return b, err
	}
	return b, structs(t, batchBuffers, func(at, length int64) error {
		if at < 0 || length < 0 || at > body || length > body-at || (offset+meta+at)%8 != 0 {
			return fmt.Errorf("%d bytes at %d are outside its %d bytes, or not at a multiple of 8", length, at, body)
		}
		b.buffers = append(b.buffers, values[at:at+length])
		return nil
	})
}

// structs visits a vector of structs of two int64 each.
func structs(t flatbuffers.Table, field flatbuffers.VOffsetT, visit func(a, b int64) error) error {
	at, n, err := vector(t, field, 16)
	for i := 0; i < n && err == nil; i++ {
		p := at + flatbuffers.UOffsetT(16*i)
		err = visit(t.GetInt64(p), t.GetInt64(p+8))
	}
	return err
}
