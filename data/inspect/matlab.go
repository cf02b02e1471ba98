package inspect

import (
	"fmt"

	"realnet/data/matfile"
)

// maxDepth bounds the nesting of cells and structs that is followed.
const maxDepth = 8

// matlabFile reports every numeric variable, and those in cells and structs by their
// path ("RDMs(2).RDM", "names{1}", counted from 1 in MATLAB's order). One that is
// not read is listed with the error.
func matlabFile(path string) ([]Array, error) {
	f, err := matfile.Read(path)
	if err != nil {
		return nil, err
	}
	var out []Array
	for _, name := range f.Names() {
		v, err := f.Var(name)
		if err != nil {
			out = append(out, failed(name, nil, err))
			continue
		}
		out = describeMatlab(out, name, v, 0)
	}
	return out, nil
}

func failed(name string, shape []int, err error) Array {
	a := blank(name, shape, "object")
	a.Error = err.Error()
	return a
}

func describeMatlab(out []Array, name string, v *matfile.Array, depth int) []Array {
	each := func(before, after string, get func(i int) (*matfile.Array, error)) {
		for i := range v.Len() {
			at := fmt.Sprint(name, before, i+1, after)
			if inner, err := get(i); err != nil {
				out = append(out, failed(at, nil, err))
			} else {
				out = describeMatlab(out, at, inner, depth+1)
			}
		}
	}
	switch {
	case v.Class == "char":
		return append(out, blank(name, v.Shape, "string"))
	case depth > maxDepth:
		return append(out, failed(name, v.Shape, fmt.Errorf("inspect: nested more than %d deep", maxDepth)))
	case v.Class == "cell":
		each("{", "}", v.Cell)
		return out
	case v.Class == "struct":
		for _, field := range v.Fields() {
			each("(", ")."+field, func(i int) (*matfile.Array, error) { return v.Field(field, i) })
		}
		return out
	}
	a := blank(name, v.Shape, dtypeOf(v.Class))
	values, err := v.RowMajor()
	if err != nil {
		return append(out, failed(name, v.Shape, err))
	}
	var t tally
	t.add(values)
	t.put(&a)
	k := min(len(values), ends)
	a.First, a.Last = floats(values[:k]), floats(values[len(values)-k:])
	return append(out, a)
}

// dtypeOf names a MATLAB class as numpy does.
func dtypeOf(class string) string {
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
