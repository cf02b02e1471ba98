package artifacts

import (
	"fmt"
	"io"
	"math"
	"os"

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
func ReadWeights(a *Artifact, name string) ([]Param, error) {
	f, err := a.openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readWeights(f, f.Name())
}

func readWeights(r ipc.ReadAtSeeker, path string) (params []Param, err error) {
	defer guard(path, &err)
	f, err := openWeights(r, path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	for i := range f.NumRecords() {
		record, err := f.RecordAt(i)
		if err != nil {
			return nil, &DamageError{Path: path, Reason: fmt.Sprintf("record batch %d", i), Err: err}
		}
		for j := range int(record.NumRows()) {
			params = append(params, paramOf(record, j))
		}
		record.Release()
	}
	if err := checkParams(params); err != nil {
		return nil, fmt.Errorf("artifacts: read %s: %w", path, err)
	}
	return params, nil
}

func paramOf(record arrow.Record, row int) Param {
	p := Param{Name: string([]byte(record.Column(0).(*array.String).Value(row)))}
	shape := record.Column(1).(*array.List)
	start, end := shape.ValueOffsets(row)
	for _, d := range shape.ListValues().(*array.Int64).Int64Values()[start:end] {
		p.Shape = append(p.Shape, int(d))
	}
	values := record.Column(2).(*array.List)
	start, end = values.ValueOffsets(row)
	p.Values = append([]float32{}, values.ListValues().(*array.Float32).Float32Values()[start:end]...)
	return p
}

func openWeights(r ipc.ReadAtSeeker, path string) (*ipc.FileReader, error) {
	f, err := ipc.NewFileReader(r)
	if err != nil {
		return nil, &DamageError{Path: path, Reason: "not an Arrow IPC file", Err: err}
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

func checkWeights(path string) (err error) {
	defer guard(path, &err)
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	f, err := openWeights(file, path)
	if err != nil {
		return err
	}
	return f.Close()
}
