package file

import (
	"context"
	"fmt"

	"realnet/data/array"
	"realnet/data/matfile"
)

// maxDepth bounds the nesting of cells and structs that is followed.
const maxDepth = 8

// openMATLAB gives every variable, and those in cells and structs by their path
// ("RDMs(2).RDM", "names{1}", counted from 1 in MATLAB's order).
func (f *File) openMATLAB() error {
	m, err := matfile.Read(f.Path)
	if err != nil {
		return err
	}
	for _, name := range m.Names() {
		v, err := m.Var(name)
		if err != nil {
			f.failed(name, nil, "object", err)
			continue
		}
		f.matlab(name, v, 0)
	}
	return nil
}

func (f *File) matlab(name string, v *matfile.Array, depth int) {
	each := func(before, after string, get func(i int) (*matfile.Array, error)) {
		for i := range v.Len() {
			at := fmt.Sprint(name, before, i+1, after)
			if inner, err := get(i); err != nil {
				f.failed(at, nil, "object", err)
			} else {
				f.matlab(at, inner, depth+1)
			}
		}
	}
	switch {
	case v.Class == "char":
		f.add(name, v.Shape, "string", &matrix{v: v})
	case depth > maxDepth:
		f.failed(name, v.Shape, "object", fmt.Errorf("nested more than %d deep", maxDepth))
	case v.Class == "cell":
		each("{", "}", v.Cell)
	case v.Class == "struct":
		for _, field := range v.Fields() {
			each("(", ")."+field, func(i int) (*matfile.Array, error) { return v.Field(field, i) })
		}
	case v.Imag != nil:
		f.failed(name, v.Shape, "object", fmt.Errorf("complex numbers are not read"))
	default:
		f.add(name, v.Shape, matlabType(v.Class), &matrix{v: v})
	}
}

// matlabType names a MATLAB class as numpy does.
func matlabType(class string) string {
	switch class {
	case "double":
		return "float64"
	case "single":
		return "float32"
	case "logical":
		return "bool"
	}
	return class
}

// matrix is a MATLAB array, turned to C order when its values are first asked for.
type matrix struct {
	v      *matfile.Array
	values *array.Array
}

func (m *matrix) rowMajor() (stored, error) {
	if m.values == nil {
		values, err := m.v.RowMajor()
		if err != nil {
			return stored{}, err
		}
		m.values = array.Of(m.v.Shape, values)
	}
	return stored{m.values}, nil
}

func (m *matrix) scan(ctx context.Context, at []int, fn func([]float64, int) error) ([]float64, error) {
	s, err := m.rowMajor()
	if err != nil {
		return nil, err
	}
	return s.scan(ctx, at, fn)
}

func (m *matrix) part64(ctx context.Context, start, count []int) ([]float64, error) {
	s, err := m.rowMajor()
	if err != nil {
		return nil, err
	}
	return s.part64(ctx, start, count)
}

func (m *matrix) part32(ctx context.Context, start, count []int) ([]float32, error) {
	s, err := m.rowMajor()
	if err != nil {
		return nil, err
	}
	return s.part32(ctx, start, count)
}

func (m *matrix) texts() ([]string, error) { return m.v.Rows() }

func (m *matrix) section() (int64, bool) { return 0, false }
