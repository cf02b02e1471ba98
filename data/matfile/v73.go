package matfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"realnet/data/hdf5"
)

// parse73 lists the variables of a version 7.3 file: the members of the root, but
// for those that MATLAB keeps for itself (#refs#, #subsystem#).
func (f *File) parse73(h *hdf5.File, size int) error {
	root, err := h.Root()
	if err != nil {
		return err
	}
	keys, err := root.Keys()
	if err != nil {
		return err
	}
	for _, key := range keys {
		if strings.HasPrefix(key, "#") {
			continue
		}
		err := f.add(key, func() (*Array, error) {
			o, err := root.Object(key)
			if err != nil {
				return nil, err
			}
			r := &reader73{h: h, room: maxGain*size + minValues, known: map[hdf5.ObjectRef]*Array{}}
			return r.array(o, 0)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reader73 reads one variable. Cells are references, which a hostile file may
// point to the same place time and again, so what they add up to is bounded.
type reader73 struct {
	h     *hdf5.File
	cells int
	room  int                       // values that one variable may still have
	known map[hdf5.ObjectRef]*Array // what was read, for references to the same object
}

const (
	// maxCells is the most cells and fields of one variable.
	maxCells = 1 << 20
	// maxGain is how many values a variable may have for each byte of the file (deflate
	// gains up to 1032 times), and minValues is always allowed.
	maxGain   = 1032
	minValues = 16 << 20
)

// spend fails when the datasets of a variable claim more values than a file of its size
// can store, each of them for itself within the bounds of package hdf5.
func (r *reader73) spend(shape []int) error {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if n > r.room {
		return formatErr("the parts of a variable claim more values than the file can store")
	}
	r.room -= n
	return nil
}

func (r *reader73) array(o hdf5.Object, depth int) (*Array, error) {
	if depth > maxDepth {
		return nil, formatErr("nested more than %d deep", maxDepth)
	}
	class, err := attrText(o, "MATLAB_class")
	if err != nil {
		return nil, err
	}
	if _, err := o.Attr("MATLAB_sparse"); err == nil {
		return nil, unsupported(sparse)
	}
	switch o := o.(type) {
	case *hdf5.Group:
		if class != "" && class != "struct" {
			return nil, unsupported("array of class %s", class)
		}
		return r.structs(o, depth)
	case *hdf5.Dataset:
		return r.values(o, class, depth)
	}
	return nil, unsupported("%T", o)
}

func attrText(o hdf5.Object, name string) (string, error) {
	a, err := o.Attr(name)
	if errors.Is(err, hdf5.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	s, err := a.ReadStrings()
	if err != nil || len(s) != 1 {
		return "", errors.Join(err, formatErr("attribute %s", name))
	}
	return s[0], nil
}

// values reads numbers, text and cells. HDF5's axes are MATLAB's reversed, which
// leaves the elements in MATLAB's order.
func (r *reader73) values(d *hdf5.Dataset, class string, depth int) (*Array, error) {
	if err := r.spend(d.Shape()); err != nil {
		return nil, err
	}
	a := &Array{Class: class, Shape: slices.Clone(d.Shape())}
	slices.Reverse(a.Shape)
	for len(a.Shape) < 2 {
		a.Shape = append(a.Shape, 1)
	}
	if e, err := d.Attr("MATLAB_empty"); err == nil {
		flag, err := e.ReadInt64()
		if err != nil {
			return nil, err
		}
		if len(flag) == 1 && flag[0] != 0 {
			return emptyArray(d, class)
		}
	}
	var err error
	switch class {
	case "cell":
		a.cells, err = r.references(d, depth)
		return a, err
	case "double", "single":
		if d.Type().Kind == hdf5.Compound {
			return a, complexParts(a, d)
		}
		a.Data, err = d.ReadFloat64()
		return a, err
	case "char", "logical", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64":
		a.Data, err = integers(d, class)
		return a, err
	case "": // not written by MATLAB: numbers as they are
		a.Class = "double"
		a.Data, err = d.ReadFloat64()
		return a, err
	}
	return nil, unsupported("array of class %s", class)
}

// emptyArray: a dataset that holds the shape instead of values.
func emptyArray(d *hdf5.Dataset, class string) (*Array, error) {
	dims, err := d.ReadInt64()
	if err != nil {
		return nil, err
	}
	a := &Array{Class: class, Data: []float64{}}
	zero := false
	for _, n := range dims {
		if n < 0 || n > 1<<40 {
			return nil, formatErr("empty array of shape %v", dims)
		}
		zero = zero || n == 0
		a.Shape = append(a.Shape, int(n))
	}
	if !zero {
		return nil, formatErr("empty array of shape %v", dims)
	}
	if class == "char" {
		a.Data = []uint16{}
	}
	return a, nil
}

func complexParts(a *Array, d *hdf5.Dataset) error {
	parts := [2][]float64{}
	for i, name := range []string{"real", "imag"} {
		field, err := d.Field(name)
		if err != nil {
			return err
		}
		if parts[i], err = field.ReadFloat64(); err != nil {
			return err
		}
	}
	a.Data, a.Imag = parts[0], parts[1]
	return nil
}

func integers(d *hdf5.Dataset, class string) (any, error) {
	v, err := d.ReadInt64()
	if err != nil {
		return nil, err
	}
	switch class {
	case "char", "uint16":
		return narrow[uint16](v)
	case "logical", "uint8":
		return narrow[uint8](v)
	case "int8":
		return narrow[int8](v)
	case "int16":
		return narrow[int16](v)
	case "int32":
		return narrow[int32](v)
	case "uint32":
		return narrow[uint32](v)
	}
	return v, nil
}

func narrow[T int8 | uint8 | int16 | uint16 | int32 | uint32](v []int64) (any, error) {
	out := make([]T, len(v))
	for i, x := range v {
		if out[i] = T(x); int64(out[i]) != x {
			return nil, formatErr("%d does not fit the class of its array", x)
		}
	}
	return out, nil
}

func (r *reader73) references(d *hdf5.Dataset, depth int) ([]*Array, error) {
	refs, err := d.ReadReferences()
	if err != nil {
		return nil, err
	}
	if r.cells += len(refs); r.cells > maxCells {
		return nil, formatErr("more than %d cells", maxCells)
	}
	out := make([]*Array, len(refs))
	for i, ref := range refs {
		if out[i] = r.known[ref]; out[i] == nil {
			out[i] = r.part(depth, func() (hdf5.Object, error) { return r.h.Dereference(ref) })
			r.known[ref] = out[i]
		}
	}
	return out, nil
}

// part reads a cell or a field; one that cannot be read says why.
func (r *reader73) part(depth int, get func() (hdf5.Object, error)) *Array {
	o, err := get()
	if err != nil {
		return unread(err)
	}
	a, err := r.array(o, depth+1)
	if err != nil {
		return unread(err)
	}
	return a
}

// structs reads a group: of one struct it holds the fields, of an array of
// structs a dataset of references a field.
func (r *reader73) structs(g *hdf5.Group, depth int) (*Array, error) {
	a := &Array{Class: "struct", Shape: []int{1, 1}}
	keys, err := g.Keys()
	if err != nil {
		return nil, err
	}
	if r.cells += len(keys); r.cells > maxCells {
		return nil, formatErr("more than %d fields", maxCells)
	}
	a.fields = keys
	columns := make([][]*Array, len(keys))
	known := false // how many elements there are
	for j, key := range keys {
		o, err := g.Object(key)
		if err != nil {
			columns[j] = []*Array{unread(err)}
			continue
		}
		if columns[j], err = r.field(a, o, &known, depth); err != nil {
			return nil, fmt.Errorf("field %s: %w", key, err)
		}
	}
	for i := range a.Len() {
		for _, column := range columns {
			if len(column) == 1 && column[0].err != nil {
				a.cells = append(a.cells, column[0])
			} else {
				a.cells = append(a.cells, column[i])
			}
		}
	}
	return a, nil
}

// field returns the values of one field for every element of the struct array.
func (r *reader73) field(a *Array, o hdf5.Object, known *bool, depth int) ([]*Array, error) {
	d, isData := o.(*hdf5.Dataset)
	class, err := attrText(o, "MATLAB_class")
	if err == nil && isData && class == "" && d.Type().Kind == hdf5.Reference {
		shape := slices.Clone(d.Shape())
		slices.Reverse(shape)
		if !*known {
			a.Shape, *known = shape, true
		}
		if !slices.Equal(a.Shape, shape) {
			return nil, formatErr("%v elements instead of %v", shape, a.Shape)
		}
		if err := r.spend(shape); err != nil {
			return nil, err
		}
		return r.references(d, depth)
	}
	*known = true
	if a.Len() != 1 {
		return nil, formatErr("one value for %d structs", a.Len())
	}
	return []*Array{r.part(depth, func() (hdf5.Object, error) { return o, err })}, nil
}
