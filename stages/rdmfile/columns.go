package rdmfile

import (
	"fmt"
	"slices"

	"realnet/data/file"
)

// columnsAsRows brings the columns of a square table into the order of its rows, by their
// names. A header that names none of the rows' conditions says nothing of the order; one
// that names some is an error.
func columnsAsRows(f *file.File, a *file.Array, x []float64) ([]float64, error) {
	if len(a.Shape) != 2 || a.Shape[0] != a.Shape[1] || !has(f, "rows") || !has(f, "columns") {
		return x, nil
	}
	rows, columns, err := axisNames(f)
	if err != nil || slices.Equal(rows, columns) {
		return x, err
	}
	n := a.Shape[0]
	if len(rows) != n || len(columns) != n {
		return x, nil // of another array
	}
	order, missing := make([]int, n), ""
	for i, name := range rows {
		if order[i] = slices.Index(columns, name); order[i] < 0 {
			missing = name
		}
	}
	switch known := slices.ContainsFunc(order, func(at int) bool { return at >= 0 }); {
	case !known:
		return x, nil
	case missing != "":
		return nil, fmt.Errorf("%w: no column is called %q, as a row is: rows and columns of an RDM are the same conditions", ErrShape, missing)
	case len(slices.Compact(slices.Sorted(slices.Values(order)))) != n:
		return nil, fmt.Errorf("%w: rows share a name, and columns are in another order: give the conditions names of their own", ErrShape)
	}
	out := make([]float64, 0, len(x))
	for r := range n {
		for _, c := range order {
			out = append(out, x[r*n+c])
		}
	}
	return out, nil
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
