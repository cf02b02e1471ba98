package artifacts

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Param is one named tensor of a network.
type Param struct {
	Name   string
	Shape  []int // [] for a scalar
	Values []float32
}

var weightsSchema = arrow.NewSchema([]arrow.Field{
	{Name: "name", Type: arrow.BinaryTypes.String},
	{Name: "shape", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Int64)},
	{Name: "values", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Float32)},
}, nil)

// WriteWeights writes the parameters of a network in the order given, one record batch
// of one row each. Names must be unique.
func WriteWeights(w *Writer, name string, params []Param) error {
	if err := checkParams(params); err != nil {
		return fmt.Errorf("artifacts: write %s: %w", name, err)
	}
	if w.memory != nil {
		_, err := w.start(name, KindWeights)
		if err == nil {
			w.keep(name, params)
		}
		return err
	}
	out, _, err := w.create(name, KindWeights)
	if err != nil {
		return err
	}
	err = writeWeights(out, params)
	if err != nil {
		err = fmt.Errorf("artifacts: write %s: %w", out.Name(), err)
	}
	return out.finish(err)
}

func checkParams(params []Param) error {
	seen := map[string]bool{}
	for _, p := range params {
		if p.Name == "" || seen[p.Name] {
			return fmt.Errorf("%w: parameter %q: needs a name of its own", ErrSchema, p.Name)
		}
		seen[p.Name] = true
		n := 1
		for _, d := range p.Shape {
			if d < 0 || d > 0 && n > math.MaxInt32/d {
				return fmt.Errorf("%w: parameter %s: shape %v: negative, or more than %d elements", ErrSchema, p.Name, p.Shape, math.MaxInt32)
			}
			n *= d
		}
		if n != len(p.Values) {
			return fmt.Errorf("%w: parameter %s: shape %v does not hold %d values", ErrSchema, p.Name, p.Shape, len(p.Values))
		}
	}
	return nil
}

func writeWeights(out io.WriteSeeker, params []Param) error {
	f, err := ipc.NewFileWriter(out, ipc.WithSchema(weightsSchema))
	if err != nil {
		return err
	}
	for _, p := range params {
		record := paramRecord(p)
		err := f.Write(record)
		record.Release()
		if err != nil {
			return err
		}
	}
	return f.Close()
}

// paramRecord makes a row without copying the values.
func paramRecord(p Param) arrow.Record {
	name := array.NewStringBuilder(memory.DefaultAllocator)
	defer name.Release()
	name.Append(p.Name)
	shape := make([]int64, len(p.Shape))
	for i, d := range p.Shape {
		shape[i] = int64(d)
	}
	columns := []arrow.Array{
		name.NewArray(),
		oneList(weightsSchema.Field(1).Type, shape),
		oneList(weightsSchema.Field(2).Type, p.Values),
	}
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	return array.NewRecord(weightsSchema, columns, 1)
}

func oneList[E Element](t arrow.DataType, values []E) arrow.Array {
	elements := array.NewData(t.(*arrow.ListType).Elem(), len(values), []*memory.Buffer{nil, memory.NewBufferBytes(bytesOf(values))}, nil, 0, 0)
	defer elements.Release()
	offsets := memory.NewBufferBytes(bytesOf([]int32{0, int32(len(values))}))
	list := array.NewData(t, 1, []*memory.Buffer{nil, offsets}, []arrow.ArrayData{elements}, 0, 0)
	defer list.Release()
	return array.MakeFromData(list)
}

// ReadWeights reads the parameters of a network in the order of the file.
func ReadWeights(a *Artifact, name string) (params []Param, err error) {
	if a.memory != nil {
		return heldAs[[]Param](a, name)
	}
	path, err := a.Path(name)
	if err != nil {
		return nil, err
	}
	err = withMapped(path, func(data []byte) error {
		params, err = readWeights(data, path)
		return err
	})
	return params, err
}

func readWeights(data []byte, path string) ([]Param, error) {
	f, err := openWeights(data, path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var params []Param
	for i, b := range f.batches {
		rows, err := paramsOf(b)
		if err != nil {
			return nil, &DamageError{Path: path, Reason: fmt.Sprintf("record batch %d", i), Err: err}
		}
		params = append(params, rows...)
	}
	if err := checkParams(params); err != nil {
		return nil, fmt.Errorf("artifacts: read %s: %w", path, err)
	}
	return params, nil
}

// paramsOf copies the rows of a record batch. Its nodes are name, shape and its elements,
// values and its elements; its buffers the validity of each and, after those of name,
// shape and values, their offsets.
func paramsOf(b batch) ([]Param, error) {
	if len(b.nodes) != 5 || len(b.buffers) != 11 {
		return nil, fmt.Errorf("has %d nodes and %d buffers, want 5 and 11", len(b.nodes), len(b.buffers))
	}
	for _, n := range b.nodes {
		if n.nulls != 0 {
			return nil, errors.New("has nulls")
		}
	}
	names, err1 := listsOf[uint8](b.rows, b.buffers[1], b.buffers[2])
	shapes, err2 := listsOf[int64](b.rows, b.buffers[4], b.buffers[6])
	values, err3 := listsOf[float32](b.rows, b.buffers[8], b.buffers[10])
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	params := make([]Param, len(names))
	for i := range params {
		p := Param{Name: string(names[i]), Values: append([]float32{}, values[i]...)}
		for _, d := range shapes[i] {
			p.Shape = append(p.Shape, int(d))
		}
		params[i] = p
	}
	return params, nil
}

// listsOf cuts elements into rows at offsets, rows+1 int32 that must ascend.
func listsOf[E Element](rows int64, offsets, elements []byte) ([][]E, error) {
	at, all := elementsOf[int32](offsets), elementsOf[E](elements)
	if rows < 0 || rows > 0 && rows >= int64(len(at)) {
		return nil, fmt.Errorf("%d offsets do not hold %d rows", len(at), rows)
	}
	lists := make([][]E, rows)
	for i := range lists {
		start, end := at[i], at[i+1]
		if start < 0 || start > end || int(end) > len(all) {
			return nil, fmt.Errorf("row %d has the elements %d to %d of %d", i, start, end, len(all))
		}
		lists[i] = all[start:end]
	}
	return lists, nil
}

func openWeights(data []byte, path string) (*ipcFile, error) {
	f, err := openIPC(data, path)
	if err != nil {
		return nil, err
	}
	s := f.Schema()
	for i, want := range weightsSchema.Fields() {
		if s.NumFields() != weightsSchema.NumFields() || s.Field(i).Name != want.Name || !sameType(s.Field(i).Type, want.Type) {
			_ = f.Close()
			return nil, fmt.Errorf("artifacts: read %s: %w: want columns name string, shape list<int64>, values list<float32>; it has %v", path, ErrSchema, s.Fields())
		}
	}
	return f, nil
}

// sameType compares types without regard to whether list elements may be null.
func sameType(a, b arrow.DataType) bool {
	la, ok1 := a.(*arrow.ListType)
	lb, ok2 := b.(*arrow.ListType)
	if ok1 && ok2 {
		return arrow.TypeEqual(la.Elem(), lb.Elem())
	}
	return arrow.TypeEqual(a, b)
}

func checkWeights(path string) error {
	return withMapped(path, func(data []byte) error {
		f, err := openWeights(data, path)
		if err != nil {
			return err
		}
		return f.Close()
	})
}
