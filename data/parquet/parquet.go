package parquet

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/go-json-experiment/json"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// ErrFormat is returned for files that are no Parquet, are damaged or claim more than
// they hold.
var ErrFormat = errors.New("not a readable Parquet file")

// Table is the columns of a file, in their order.
type Table struct {
	Rows    int
	Columns []Column
	// Index names the columns that are the index of a pandas data frame; nil where it has
	// none but the row numbers.
	Index []string
}

// Column is one column. One of Numbers and Texts has its values.
type Column struct {
	Name    string
	DType   string    // as numpy names it: float64, float32, int64, uint8, bool, ..., or string
	Width   int       // values of a row, of lists; else 1
	List    bool      // rows are lists
	Numbers []float64 // rows x Width; NaN for a null
	Texts   []string  // "" for a null
	Err     error     // why it is not read
}

// Column is the column of a name.
func (t *Table) Column(name string) (*Column, bool) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil, false
	}
	return &t.Columns[i], true
}

// Read reads a file. Errors are ErrFormat, or those of the file system.
func Read(path string) (t *Table, err error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	return ReadFrom(in, info.Size())
}

// ReadFrom reads a table of size bytes.
func ReadFrom(r io.ReaderAt, size int64) (t *Table, err error) {
	defer func() { // the library panics at damage
		if p := recover(); p != nil {
			t, err = nil, fmt.Errorf("%w: %v", ErrFormat, p)
		}
	}()
	if err := checkFooter(r, size); err != nil {
		return nil, err
	}
	f, err := pq.OpenFile(r, size, pq.SkipPageIndex(true), pq.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err := checkClaims(f, r, size); err != nil {
		return nil, err
	}
	t = &Table{Index: indexOf(f)}
	for _, top := range f.Root().Columns() {
		c := describe(top)
		for _, group := range f.Metadata().RowGroups {
			// The library's decoder doubles its memory without end on damaged data.
			if leaf := leafOf(top); leaf.Leaf() && group.Columns[leaf.Index()].MetaData.Codec == format.Lz4Raw {
				c.Err = errors.New("columns compressed by LZ4 are not read: write the file with snappy, gzip or zstd")
			}
		}
		t.Columns = append(t.Columns, c)
	}
	for _, group := range f.RowGroups() {
		t.Rows += int(group.NumRows())
		leaves := group.ColumnChunks()
		for i, top := range f.Root().Columns() {
			c := &t.Columns[i]
			if c.Err != nil {
				continue
			}
			leaf := leafOf(top)
			if err := c.read(leaf, leaves[leaf.Index()], int(group.NumRows()), t.Rows); err != nil {
				return nil, fmt.Errorf("%w: column %q: %w", ErrFormat, c.Name, err)
			}
		}
	}
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Err == nil && c.List && c.Width < 0 {
			c.Width = 0
		}
	}
	return t, nil
}

// indexOf are the columns that pandas says are the index.
func indexOf(f *pq.File) []string {
	text, ok := f.Lookup("pandas")
	if !ok {
		return nil
	}
	var meta struct {
		Columns []any `json:"index_columns"`
	}
	if json.Unmarshal([]byte(text), &meta) != nil {
		return nil // the values are there all the same
	}
	var names []string
	for _, c := range meta.Columns {
		if name, ok := c.(string); ok { // else a range, of row numbers
			names = append(names, name)
		}
	}
	return names
}

// leafOf is the column of values below a column or a list.
func leafOf(c *pq.Column) *pq.Column {
	for !c.Leaf() && len(c.Columns()) == 1 {
		c = c.Columns()[0]
	}
	return c
}

// describe says what a column holds, or why it is not read.
func describe(top *pq.Column) Column {
	c := Column{Name: top.Name(), Width: 1}
	leaf := leafOf(top)
	switch {
	case !leaf.Leaf():
		c.DType, c.Err = "object", errors.New("a struct of several columns is not read: write its fields as columns")
		return c
	case leaf.MaxRepetitionLevel() > 1:
		c.DType, c.Err = "object", errors.New("lists of lists are not read: write one list per row")
		return c
	case leaf.MaxRepetitionLevel() == 1:
		c.List, c.Width = true, -1
	}
	c.DType = typeOf(leaf.Type())
	switch {
	case c.DType == "":
		c.DType, c.Err = "object", fmt.Errorf("columns of type %s are not read: write them as numbers or texts", leaf.Type())
	case c.DType == text && c.List:
		c.DType, c.Err = "object", errors.New("lists of texts are not read")
	}
	return c
}

const text = "string"

// typeOf names the type of values as numpy does; "" for one that is not read.
func typeOf(t pq.Type) string {
	logical := t.LogicalType()
	switch kind := t.Kind(); {
	case kind == pq.ByteArray && (logical == nil || logical.UTF8 != nil || logical.Enum != nil || logical.Json != nil):
		return text
	case logical != nil && logical.Integer != nil:
		if logical.Integer.IsSigned {
			return fmt.Sprintf("int%d", logical.Integer.BitWidth)
		}
		return fmt.Sprintf("uint%d", logical.Integer.BitWidth)
	case logical != nil:
		return ""
	case kind == pq.Boolean:
		return "bool"
	case kind == pq.Int32:
		return "int32"
	case kind == pq.Int64:
		return "int64"
	case kind == pq.Float:
		return "float32"
	case kind == pq.Double:
		return "float64"
	}
	return ""
}

// batch is how many values are read at once.
const batch = 4096

// read appends the values of a column in one group of rows; total is the number of rows
// up to its end.
func (c *Column) read(leaf *pq.Column, chunk pq.ColumnChunk, rows, total int) error {
	pages := chunk.Pages()
	defer pages.Close()
	values := make([]pq.Value, batch)
	full := leaf.MaxDefinitionLevel()
	have, width := 0, 0
	row := func() error { // a list has ended
		if have == 0 {
			return nil
		}
		if c.Width < 0 {
			c.Width = width
		}
		if width != c.Width {
			c.Err = fmt.Errorf("lists of %d and of %d values: only lists of one length are read", c.Width, width)
		}
		return nil
	}
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		in := page.Values()
		for {
			n, err := in.ReadValues(values)
			for _, v := range values[:n] {
				if v.RepetitionLevel() == 0 {
					if c.List {
						if err := row(); err != nil {
							return err
						}
						width = 0
					}
					if have++; have > rows {
						return fmt.Errorf("more than the %d rows of its row group", rows)
					}
				}
				null := v.IsNull()
				if c.List && null && v.DefinitionLevel() < full-1 {
					continue // an empty list, or none
				}
				width++
				if c.DType == text {
					c.Texts = append(c.Texts, textOf(v, null))
				} else {
					c.Numbers = append(c.Numbers, numberOf(v, null, c.DType))
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			if n == 0 {
				return io.ErrNoProgress
			}
		}
		pq.Release(page)
	}
	if c.List {
		if err := row(); err != nil {
			return err
		}
		if c.Err != nil {
			c.Numbers, c.DType = nil, "object"
			return nil
		}
	}
	if have != rows || c.Err == nil && len(c.Numbers)+len(c.Texts) != total*max(c.Width, 0) {
		return fmt.Errorf("%d rows, its row group has %d", have, rows)
	}
	return nil
}

func textOf(v pq.Value, null bool) string {
	if null {
		return ""
	}
	return string(v.ByteArray())
}

func numberOf(v pq.Value, null bool, dtype string) float64 {
	if null {
		return math.NaN()
	}
	switch v.Kind() {
	case pq.Boolean:
		if v.Boolean() {
			return 1
		}
		return 0
	case pq.Int32:
		switch dtype {
		case "uint32":
			return float64(uint32(v.Int32()))
		case "uint16":
			return float64(uint16(v.Int32()))
		case "uint8":
			return float64(uint8(v.Int32()))
		}
		return float64(v.Int32())
	case pq.Int64:
		if dtype == "uint64" {
			return float64(uint64(v.Int64()))
		}
		return float64(v.Int64())
	case pq.Float:
		return float64(v.Float())
	}
	return v.Double()
}
