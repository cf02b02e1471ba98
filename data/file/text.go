package file

import (
	"fmt"
	"os"
	"strconv"

	"realnet/data/csvtable"
)

// openText gives one array named "data": the numbers of a table of text (package
// csvtable), and, where the text names them, "rows" and "columns". One value a line
// gives an array of one axis.
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
	shape := []int{n.Rows, n.Cols}
	if n.Cols == 1 {
		shape = shape[:1]
	}
	data := memory("data", shape, n.Values)
	if !counts(n.RowNames) {
		data.Names = n.RowNames
	}
	f.Arrays = append(f.Arrays, data)
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
