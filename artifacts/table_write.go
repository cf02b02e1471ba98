package artifacts

import (
	"fmt"
	"reflect"
	"slices"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/schema"
)

// A row group ends at whichever comes first. Both depend on the rows alone, so the
// same rows give the same bytes however they were appended.
const (
	rowGroupRows  = 64 << 10
	rowGroupBytes = 32 << 20
)

// WriteTable writes rows as a Parquet file. T is as for TableOf.
func WriteTable[T any](w *Writer, name string, rows []T) error {
	t, err := NewTableWriter[T](w, name)
	if err != nil {
		return err
	}
	_ = t.Append(rows...) // Close returns the first error
	return t.Close()
}

// TableWriter writes a table row by row. It holds one row group in memory, at most
// 32 MiB and one row.
type TableWriter[T any] struct {
	out     *fileWriter
	parquet *file.Writer
	fields  []field
	chunks  []chunk
	rows    int
	bytes   int
	err     error

	w    *Writer // of an artifact in memory, with what was appended
	name string
	held []T
}

// NewTableWriter starts a table. Its columns must be those of the schema.
func NewTableWriter[T any](w *Writer, name string) (*TableWriter[T], error) {
	fields, err := fieldsOf(reflect.TypeFor[T]())
	if err != nil {
		return nil, fmt.Errorf("artifacts: write %s: %w", name, err)
	}
	if spec, ok := w.schema.Spec(name); ok && len(spec.Columns) > 0 {
		same := func(f field, c Column) bool { return f.Name == c.Name && f.Type == c.Type }
		if !slices.EqualFunc(fields, spec.Columns, same) {
			return nil, fmt.Errorf("artifacts: write %s of %s: %w: row type %s does not have the columns %s", name,
				w.schema.Ref(), ErrSchema, reflect.TypeFor[T](), listColumns(spec.Columns))
		}
	}
	if w.memory != nil {
		_, err := w.start(name, KindTable)
		return &TableWriter[T]{w: w, name: name}, err
	}
	out, _, err := w.create(name, KindTable)
	if err != nil {
		return nil, err
	}
	t := &TableWriter[T]{out: out, fields: fields}
	properties := []parquet.WriterProperty{
		parquet.WithCreatedBy("realnet"), // nothing in the file may vary
		parquet.WithCompression(compress.Codecs.Snappy),
		parquet.WithDictionaryDefault(false),
		parquet.WithStats(false), // NaN spoils them
	}
	nodes := make(schema.FieldList, len(fields))
	for i, f := range fields {
		nodes[i] = parquetNode(f.Column)
		t.chunks = append(t.chunks, newChunk(f.Type))
		if f.Type == ColString {
			properties = append(properties, parquet.WithDictionaryFor(f.Name, true))
		}
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, nodes, -1)
	if err != nil {
		return nil, out.finish(fmt.Errorf("artifacts: write %s: %w", name, err))
	}
	t.parquet = file.NewParquetWriter(noClose{out}, root, file.WithWriterProps(parquet.NewWriterProperties(properties...)))
	return t, nil
}

// noClose keeps the Parquet writer from closing the file, which it does even when
// it failed.
type noClose struct{ *fileWriter }

func (noClose) Close() error { return nil }

// Append adds rows. It copies what it needs of them.
func (t *TableWriter[T]) Append(rows ...T) error {
	if t.w != nil {
		t.held = append(t.held, rows...)
		return nil
	}
	for i := range rows {
		if t.err != nil {
			return t.err
		}
		row := reflect.ValueOf(&rows[i]).Elem()
		for c, f := range t.fields {
			n, err := t.chunks[c].add(row.FieldByIndex(f.index))
			if err != nil {
				t.fail(fmt.Errorf("column %s: %w", f.Name, err))
				return t.err
			}
			t.bytes += n
		}
		t.rows++
		if t.rows >= rowGroupRows || t.bytes >= rowGroupBytes {
			t.flush()
		}
	}
	return t.err
}

// Close writes the last rows and the footer.
func (t *TableWriter[T]) Close() error {
	if t.w != nil {
		t.w.keep(t.name, t.held)
		return nil
	}
	if t.parquet == nil {
		return t.err
	}
	if t.rows > 0 && t.err == nil {
		t.flush()
	}
	t.fail(t.parquet.Close())
	t.parquet = nil
	t.fail(t.out.Close())
	return t.err
}

func (t *TableWriter[T]) fail(err error) {
	if err != nil && t.err == nil {
		t.err = fmt.Errorf("artifacts: write %s: %w", t.out.Name(), err)
		t.out.note(t.err) // so that the artifact cannot be committed
	}
}

// flush writes the rows at hand as one row group.
func (t *TableWriter[T]) flush() {
	defer func() {
		if r := recover(); r != nil { // the library panics on some failed writes
			t.fail(fmt.Errorf("%v", r))
		}
	}()
	group := t.parquet.AppendRowGroup()
	for _, c := range t.chunks {
		column, err := group.NextColumn()
		if err == nil {
			err = c.write(column)
		}
		if err == nil {
			err = column.Close()
		}
		if err != nil {
			t.fail(err)
			return
		}
	}
	t.fail(group.Close())
	t.rows, t.bytes = 0, 0
}

// parquetNode is the one place where column types become Parquet types. Scalars are
// required; a list is optional with optional elements, the form that every reader
// takes. There is no fixed-size list: Arrow v17 loses its values.
func parquetNode(c Column) schema.Node {
	required := parquet.Repetitions.Required
	switch c.Type {
	case ColString:
		return schema.MustPrimitive(schema.NewPrimitiveNodeLogical(c.Name, required, schema.StringLogicalType{}, parquet.Types.ByteArray, -1, -1))
	case ColBool:
		return schema.NewBooleanNode(c.Name, required, -1)
	case ColInt32:
		return schema.NewInt32Node(c.Name, required, -1)
	case ColInt64:
		return schema.NewInt64Node(c.Name, required, -1)
	case ColFloat32:
		return schema.NewFloat32Node(c.Name, required, -1)
	case ColFloat64:
		return schema.NewFloat64Node(c.Name, required, -1)
	}
	element := schema.NewFloat32Node("element", parquet.Repetitions.Optional, -1)
	return schema.MustGroup(schema.ListOfWithName(c.Name, element, parquet.Repetitions.Optional, -1))
}

// chunk collects the values of one column of a row group.
type chunk interface {
	add(v reflect.Value) (bytes int, err error)
	write(w file.ColumnChunkWriter) error
}

func newChunk(t ColumnType) chunk {
	switch t {
	case ColString:
		return &texts{}
	case ColBool:
		return &scalars[bool]{get: reflect.Value.Bool}
	case ColInt32:
		return &scalars[int32]{get: func(v reflect.Value) int32 { return int32(v.Int()) }}
	case ColInt64:
		return &scalars[int64]{get: reflect.Value.Int}
	case ColFloat32:
		return &scalars[float32]{get: func(v reflect.Value) float32 { return float32(v.Float()) }}
	case ColFloat64:
		return &scalars[float64]{get: reflect.Value.Float}
	}
	return &lists{}
}

// batchWriter is what the library's typed column writers have in common.
type batchWriter[V any] interface {
	WriteBatch(values []V, defLevels, repLevels []int16) (int64, error)
}

func writeBatch[V any](w file.ColumnChunkWriter, values []V, def, rep []int16) error {
	_, err := w.(batchWriter[V]).WriteBatch(values, def, rep)
	return err
}

type scalars[V any] struct {
	get    func(reflect.Value) V
	values []V
}

func (c *scalars[V]) add(v reflect.Value) (int, error) {
	c.values = append(c.values, c.get(v))
	return 8, nil
}

func (c *scalars[V]) write(w file.ColumnChunkWriter) error {
	err := writeBatch(w, c.values, nil, nil)
	c.values = c.values[:0]
	return err
}

// texts refer to the bytes of the strings that were added; nothing changes them.
type texts struct{ values []parquet.ByteArray }

func (c *texts) add(v reflect.Value) (int, error) {
	s := v.String()
	if !utf8.ValidString(s) {
		return 0, fmt.Errorf("%q is not UTF-8", s)
	}
	c.values = append(c.values, unsafe.Slice(unsafe.StringData(s), len(s)))
	return 24 + len(s), nil
}

func (c *texts) write(w file.ColumnChunkWriter) error {
	err := writeBatch(w, c.values, nil, nil)
	c.values = c.values[:0]
	return err
}

// Definition levels of a nullable list with nullable elements.
const (
	levelNull  = 0 // the list is null
	levelEmpty = 1 // the list has no elements
	levelValue = 3 // an element; 2 would be a null element, which is never written
)

type lists struct {
	values   []float32
	def, rep []int16
}

func (c *lists) add(v reflect.Value) (int, error) {
	switch {
	case v.IsNil():
		c.def, c.rep = append(c.def, levelNull), append(c.rep, 0)
	case v.Len() == 0:
		c.def, c.rep = append(c.def, levelEmpty), append(c.rep, 0)
	}
	c.values = append(c.values, unsafe.Slice((*float32)(v.UnsafePointer()), v.Len())...)
	for i := range v.Len() {
		c.def, c.rep = append(c.def, levelValue), append(c.rep, int16(min(i, 1)))
	}
	return 8 + 8*v.Len(), nil
}

func (c *lists) write(w file.ColumnChunkWriter) error {
	err := writeBatch(w, c.values, c.def, c.rep)
	c.values, c.def, c.rep = c.values[:0], c.def[:0], c.rep[:0]
	return err
}
