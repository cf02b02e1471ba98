package bdata

import (
	"fmt"
	"strconv"
	"strings"

	"realnet/data/hdf5"
	"realnet/data/matfile"
)

// fromHDF5 reads metadata, header and value maps; the dataset is read when
// columns are selected.
func fromHDF5(h *hdf5.File, name string) (*File, error) {
	root, err := h.Root()
	if err != nil {
		return nil, err
	}
	d, err := either(root.Dataset, "dataset", "dataSet")
	if err != nil {
		return nil, err
	}
	// MATLAB marks every variable, and writes cells as references and matrices
	// transposed: its package undoes that.
	if _, err := d.Attr("MATLAB_class"); err == nil {
		f, err := openMAT(name)
		if err == nil {
			err = h.Close()
		}
		return f, err
	}
	shape := d.Shape()
	if len(shape) != 2 {
		return nil, fmt.Errorf("%w: dataset of shape %v", ErrNotBData, shape)
	}
	f := &File{samples: shape[0], columns: shape[1], close: h.Close}
	f.read = func(columns []int) ([]float64, error) {
		s, err := d.All().Take(1, columns)
		if err != nil {
			return nil, err
		}
		return s.ReadFloat64()
	}
	if err := f.hdf5Metadata(root); err != nil {
		return nil, err
	}
	if err := f.hdf5Header(root); err != nil {
		return nil, err
	}
	return f, f.hdf5Maps(root)
}

func either[T any](get func(string) (T, error), names ...string) (T, error) {
	var v T
	var err error
	for _, name := range names {
		if v, err = get(name); err == nil {
			return v, nil
		}
	}
	return v, fmt.Errorf("%w: neither of %q: %w", ErrNotBData, names, err)
}

func (f *File) hdf5Metadata(root *hdf5.Group) error {
	g, err := either(root.Group, "metadata", "metaData")
	if err != nil {
		return err
	}
	var texts [2][]string
	for i, name := range []string{"key", "description"} {
		d, err := g.Dataset(name)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNotBData, err)
		}
		if texts[i], err = d.ReadStrings(); err != nil {
			return err
		}
	}
	d, err := g.Dataset("value")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotBData, err)
	}
	values, err := d.ReadFloat64()
	if err != nil {
		return err
	}
	return f.setMetadata(texts[0], texts[1], values)
}

func (f *File) hdf5Header(root *hdf5.Group) error {
	f.header = map[string][]string{}
	g, keys, err := optional(root, "header")
	if g == nil {
		return err
	}
	for _, key := range keys {
		d, err := g.Dataset(key)
		if err != nil {
			return err
		}
		if d.Type().Kind == hdf5.String {
			if f.header[key], err = d.ReadStrings(); err != nil {
				return err
			}
			continue
		}
		numbers, err := d.ReadFloat64()
		if err != nil {
			return err
		}
		for _, v := range numbers {
			f.header[key] = append(f.header[key], strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	return nil
}

// optional returns a member group and its keys, nil when there is none.
func optional(g *hdf5.Group, name string) (*hdf5.Group, []string, error) {
	keys, err := g.Keys()
	if err != nil {
		return nil, nil, err
	}
	for _, k := range keys {
		if k == name {
			sub, err := g.Group(name)
			if err != nil {
				return nil, nil, err
			}
			keys, err := sub.Keys()
			return sub, keys, err
		}
	}
	return nil, nil, nil
}

// hdf5Maps reads vmap/<key>/<number>: a label for each number.
func (f *File) hdf5Maps(root *hdf5.Group) error {
	f.maps = map[string]map[float64]string{}
	g, keys, err := optional(root, "vmap")
	if g == nil {
		return err
	}
	for _, key := range keys {
		sub, numbers, err := optional(g, key)
		if err != nil {
			return err
		}
		m := map[float64]string{}
		for _, number := range numbers {
			v, err := strconv.ParseFloat(number, 64)
			if err != nil {
				return fmt.Errorf("%w: value map %s: %q is no number", ErrNotBData, key, number)
			}
			d, err := sub.Dataset(number)
			if err != nil {
				return err
			}
			s, err := d.ReadStrings()
			if err != nil || len(s) != 1 {
				return fmt.Errorf("%w: value map %s: label of %s: %d texts, %w", ErrNotBData, key, number, len(s), err)
			}
			m[v] = s[0]
		}
		f.maps[key] = m
	}
	return nil
}

// openMAT reads the MATLAB form: dataSet, and metaData with cells key and
// description. It has no value maps.
func openMAT(name string) (*File, error) {
	m, err := matfile.Read(name)
	if err != nil {
		return nil, err
	}
	data, err := either(m.Var, "dataset", "dataSet")
	if err != nil {
		return nil, err
	}
	if len(data.Shape) != 2 {
		return nil, fmt.Errorf("%w: dataset of shape %v", ErrNotBData, data.Shape)
	}
	f := &File{samples: data.Shape[0], columns: data.Shape[1], close: func() error { return nil }}
	f.header, f.maps = map[string][]string{}, map[string]map[float64]string{}
	values, err := data.Float64() // column after column
	if err != nil {
		return nil, err
	}
	f.read = func(columns []int) ([]float64, error) {
		out := make([]float64, f.samples*len(columns))
		for j, c := range columns {
			for i, v := range values[c*f.samples : (c+1)*f.samples] {
				out[i*len(columns)+j] = v
			}
		}
		return out, nil
	}
	meta, err := either(m.Var, "metadata", "metaData")
	if err != nil {
		return nil, err
	}
	var texts [2][]string
	for i, field := range []string{"key", "description"} {
		a, err := meta.Field(field, 0)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotBData, err)
		}
		if texts[i], err = matTexts(a); err != nil {
			return nil, err
		}
	}
	a, err := meta.Field("value", 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotBData, err)
	}
	rows, err := a.RowMajor()
	if err != nil {
		return nil, err
	}
	return f, f.setMetadata(texts[0], texts[1], rows)
}

// matTexts reads texts from a cell array, or from the rows of a char matrix.
func matTexts(a *matfile.Array) ([]string, error) {
	if a.Class == "char" {
		rows, err := a.Rows()
		for i := range rows {
			rows[i] = strings.TrimRight(rows[i], " ")
		}
		return rows, err
	}
	return a.Strings()
}
