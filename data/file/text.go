package file

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"realnet/data/csvtable"
)

// openText gives an array named "data": the numbers of a table of text (package
// csvtable), and, where the text names them, "rows" and "columns". One value per line
// gives an array of one axis. Columns that say where rows are from (run, session, ...) are
// arrays of their own, so that data must be chosen.
func (f *File) openText() error {
	in, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	n, err := csvtable.ReadNumbers(in)
	if err != nil {
		return fmt.Errorf("%w: text, but %w", ErrUnknown, err)
	}
	beside := takeAside(n)
	shape := []int{n.Rows, n.Cols}
	if n.Cols == 1 {
		shape = shape[:1]
	}
	data := memory("data", shape, n.Values)
	if !counts(n.RowNames) {
		data.Names = n.RowNames
	}
	f.Arrays = append(append(f.Arrays, data), beside...)
	for _, names := range []struct {
		of   string
		list []string
	}{{"rows", n.RowNames}, {"columns", n.ColumnNames}} {
		if names.list != nil {
			f.add(names.of, []int{len(names.list)}, "string", words{list: names.list})
		}
	}
	return nil
}

// takeAside takes the columns out of a table that say where its rows are from. A matrix whose
// rows have the names of its columns keeps them: an RDM of verbs may have run.
func takeAside(n *csvtable.Numbers) []*Array {
	var out []*Array
	if slices.ContainsFunc(n.RowNames, func(name string) bool { return slices.Contains(n.ColumnNames, name) }) {
		return nil
	}
	for j := len(n.ColumnNames) - 1; j >= 0 && n.Cols > 1; j-- {
		values := make([]float64, n.Rows)
		for i := range values {
			values[i] = n.Values[i*n.Cols+j]
		}
		if !csvtable.DescribesRows(n.ColumnNames[j]) || !whole(values) {
			continue
		}
		out = slices.Insert(out, 0, memory(n.ColumnNames[j], []int{n.Rows}, values))
		rest := n.Values[:0]
		for i, v := range n.Values {
			if i%n.Cols != j {
				rest = append(rest, v)
			}
		}
		n.Values, n.Cols = rest, n.Cols-1
		n.ColumnNames = slices.Delete(slices.Clone(n.ColumnNames), j, j+1)
	}
	return out
}

// counts says that names are 0, 1, 2, ... or 1, 2, 3, ...: those that pandas and R give
// to rows without names.
func counts(names []string) bool {
	for first := range 2 {
		all := true
		for i, n := range names {
			all = all && n == strconv.Itoa(first+i)
		}
		if all {
			return true
		}
	}
	return false
}
