package file

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"

	"realnet/data/csvtable"
	"realnet/data/parquet"
)

// openParquet gives one array named "data", the numbers of a table, rows x columns, with
// "columns", their names. Its rows are named by the index of pandas, or by the only column
// of texts where there is no index, or by a first column such as image_id. Columns of
// texts, of lists, and those that say where rows are from (run, session, ...) are arrays of
// their own.
func (f *File) openParquet() error {
	t, err := parquet.Read(f.Path)
	if err != nil {
		return err
	}
	var numbers []*parquet.Column
	var texts []*Array
	for i := range t.Columns {
		c := &t.Columns[i]
		switch {
		case slices.Contains(t.Index, c.Name):
		case c.Err != nil:
			f.failed(c.Name, []int{t.Rows}, c.DType, c.Err)
		case c.DType == "string":
			texts = append(texts, &Array{Name: c.Name, Shape: []int{t.Rows}, DType: c.DType, body: words{list: c.Texts}})
		case c.List:
			f.Arrays = append(f.Arrays, memory(c.Name, []int{t.Rows, c.Width}, c.Numbers))
		default:
			numbers = append(numbers, c)
		}
	}
	names, err := indexNames(t)
	if err != nil {
		return err
	}
	if names == nil && len(t.Index) == 0 && len(texts) == 1 {
		names = texts[0].body.(words).list
	}
	if names == nil && len(t.Index) == 0 && len(texts) == 0 && len(numbers) > 1 && csvtable.NamesRows(numbers[0].Name) && whole(numbers[0].Numbers) {
		if names = cells(numbers[0]); counts(names) {
			names = nil
		}
		numbers = numbers[1:]
	}
	numbers = slices.DeleteFunc(numbers, func(c *parquet.Column) bool {
		aside := len(numbers) > 1 && !slices.Contains(names, c.Name) && csvtable.DescribesRows(c.Name) && whole(c.Numbers)
		if aside {
			f.Arrays = append(f.Arrays, memory(c.Name, []int{t.Rows}, c.Numbers))
		}
		return aside
	})
	if len(numbers) > 0 {
		data := table(t.Rows, numbers)
		data.Names = names
		f.Arrays = append([]*Array{data}, f.Arrays...)
		var columns []string
		for _, c := range numbers {
			columns = append(columns, c.Name)
		}
		f.add("columns", []int{len(columns)}, "string", words{list: columns})
	}
	if names != nil {
		f.add("rows", []int{len(names)}, "string", words{list: names})
		for _, a := range f.Arrays {
			if a.Numeric() {
				a.Names = names
			}
		}
	}
	f.Arrays = append(f.Arrays, texts...)
	return nil
}

func whole(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return v != math.Trunc(v) }) // NaN is none
}

// table puts columns side by side, in single precision when all have no more.
func table(rows int, columns []*parquet.Column) *Array {
	shape := []int{rows, len(columns)}
	if len(columns) == 1 {
		shape = shape[:1]
	}
	single := true
	for _, c := range columns {
		single = single && (&Array{DType: c.DType}).Single()
	}
	if !single {
		values := make([]float64, 0, rows*len(columns))
		for r := range rows {
			for _, c := range columns {
				values = append(values, c.Numbers[r])
			}
		}
		return memory("data", shape, values)
	}
	values := make([]float32, 0, rows*len(columns))
	for r := range rows {
		for _, c := range columns {
			values = append(values, float32(c.Numbers[r]))
		}
	}
	return memory("data", shape, values)
}

// indexNames are the names that an index gives to the rows; those of several levels are
// joined. nil where pandas counts the rows.
func indexNames(t *parquet.Table) ([]string, error) {
	var names []string
	for _, name := range t.Index {
		c, ok := t.Column(name)
		if !ok {
			return nil, fmt.Errorf("its index is column %q, which is not there", name)
		}
		if c.Err != nil {
			return nil, fmt.Errorf("its index, column %q: %w", name, c.Err)
		}
		level := cells(c)
		if names == nil {
			names = level
			continue
		}
		for i := range names {
			names[i] += " " + level[i]
		}
	}
	if counts(names) {
		return nil, nil
	}
	return names, nil
}

// cells are the values of a column as texts.
func cells(c *parquet.Column) []string {
	if c.Texts != nil || c.DType == "string" {
		return c.Texts
	}
	out := make([]string, len(c.Numbers))
	for i, v := range c.Numbers {
		if v == v {
			out[i] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return out
}

// ReadTable reads a table with named columns: Parquet, or text of any form that package
// csvtable reads. Cells of a Parquet table are texts too; a null is empty. The index of
// pandas is a column.
func ReadTable(path string) (*csvtable.Table, error) {
	format, err := Format(path)
	if err != nil {
		return nil, err
	}
	if format != Parquet {
		in, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		return csvtable.Read(in)
	}
	t, err := parquet.Read(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out := &csvtable.Table{Rows: make([][]string, t.Rows), Lines: make([]int, t.Rows)}
	for i := range out.Rows {
		out.Lines[i] = i + 2 // as in a text of it
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Err != nil || c.List {
			continue
		}
		out.Columns = append(out.Columns, c.Name)
		for r, cell := range cells(c) {
			out.Rows[r] = append(out.Rows[r], cell)
		}
	}
	if len(out.Columns) == 0 {
		return nil, fmt.Errorf("%s: %w: no column of texts or numbers", path, csvtable.ErrFormat)
	}
	return out, nil
}
