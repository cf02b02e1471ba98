package rdmfile

import (
	"fmt"
	"slices"

	"realnet/data/file"
)

// columnsAsRows is the order that brings the columns of a square table into that of its rows, by
// their names; nil for none. A header that names none of the rows' conditions says nothing of the order; one
// that names some is an error.
func columnsAsRows(f *file.File, a *file.Array) ([]int, error) {
	if !has(f, "rows") || !has(f, "columns") {
		return nil, nil
	}
	rows, columns, err := axisNames(f)
	if err != nil || slices.Equal(rows, columns) {
		return nil, err
	}
	n := a.Shape[0]
	if len(rows) != n || len(columns) != n {
		return nil, nil // of another array
	}
	order, missing := make([]int, n), ""
	for i, name := range rows {
		if order[i] = slices.Index(columns, name); order[i] < 0 {
			missing = name
		}
	}
	switch known := slices.ContainsFunc(order, func(at int) bool { return at >= 0 }); {
	case !known:
		return nil, nil
	case missing != "":
		return nil, fmt.Errorf("%w: no column is called %q, as a row is: rows and columns of an RDM are the same conditions", ErrShape, missing)
	case len(slices.Compact(slices.Sorted(slices.Values(order)))) != n:
		return nil, fmt.Errorf("%w: rows share a name, and columns are in another order: give the conditions names of their own", ErrShape)
	}
	return order, nil
}

// axisNames are what a table calls its rows and its columns.
func axisNames(f *file.File) (rows, columns []string, err error) {
	for name, to := range map[string]*[]string{"rows": &rows, "columns": &columns} {
		a, err := f.Array(name)
		if err != nil {
			return nil, nil, err
		}
		if *to, err = a.Strings(); err != nil {
			return nil, nil, err
		}
	}
	return rows, columns, nil
}
