package bids

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Table is a tab-separated file with a header line. Cells are the text of the file.
// Columns without a name or a value, which tabs at the end of the header line make,
// are not among them.
type Table struct {
	Columns []string
	Rows    [][]string // each as long as Columns

	path   string
	bom    bool   // the file began with a byte order mark
	eol    string // "\n" or "\r\n"
	tabs   []int  // at the end of the header and of each row that was read
	ending string // what followed the last row: "", a line end, or several
}

const byteOrderMark = "\xef\xbb\xbf"

// NewTable returns an empty table with the given columns.
func NewTable(columns ...string) *Table {
	return &Table{Columns: columns, eol: "\n", ending: "\n"}
}

// ReadTable reads a .tsv file.
func ReadTable(path string) (*Table, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("bids: %w", err)
	}
	return parseTable(path, raw)
}

func parseTable(path string, raw []byte) (*Table, error) {
	t := &Table{path: path, eol: "\n"}
	text := string(raw)
	text, t.bom = strings.CutPrefix(text, byteOrderMark)
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		t.eol = "\r\n"
	}
	body := text
	for strings.HasSuffix(body, t.eol) {
		body = strings.TrimSuffix(body, t.eol)
	}
	t.ending = text[len(body):]
	if body == "" {
		return nil, fmt.Errorf("bids: %s:1: %w: no header line", path, ErrTable)
	}
	lines := strings.Split(body, t.eol)
	header := strings.TrimRight(lines[0], "\t")
	spare := len(lines[0]) - len(header)
	t.tabs = append(make([]int, 0, len(lines)), spare)
	t.Columns = strings.Split(header, "\t")
	taken := make(map[string]bool)
	for i, c := range t.Columns {
		if c == "" || taken[c] {
			return nil, fmt.Errorf("bids: %s:1: %w: column %d is named %q, which is empty or taken", path, ErrTable, i+1, c)
		}
		taken[c] = true
	}
	t.Rows = make([][]string, 0, len(lines)-1)
	for i, line := range lines[1:] {
		// Counted first, so that a line of tabs cannot ask for memory.
		n := strings.Count(line, "\t") + 1
		extra := n - len(t.Columns)
		if extra < 0 || extra > spare {
			return nil, fmt.Errorf("bids: %s:%d: %w: %d cells, the header has %d", path, i+2, ErrTable, n, len(t.Columns))
		}
		body, blank := strings.CutSuffix(line, strings.Repeat("\t", extra))
		if !blank {
			return nil, fmt.Errorf("bids: %s:%d: %w: a value in a column that the header does not name", path, i+2, ErrTable)
		}
		t.tabs = append(t.tabs, extra)
		t.Rows = append(t.Rows, strings.Split(body, "\t"))
	}
	return t, nil
}

// Encode is the file: the bytes that were read, when nothing was changed since.
func (t *Table) Encode() []byte {
	var b bytes.Buffer
	if t.bom {
		b.WriteString(byteOrderMark)
	}
	line := func(i int, cells []string) {
		b.WriteString(strings.Join(cells, "\t"))
		if i < len(t.tabs) {
			b.WriteString(strings.Repeat("\t", t.tabs[i]))
		}
	}
	line(0, t.Columns)
	for i, row := range t.Rows {
		b.WriteString(t.eol)
		line(i+1, row)
	}
	b.WriteString(t.ending)
	return b.Bytes()
}

// Append adds a row. It fails with ErrTable when the number of cells is wrong or a
// cell has a tab or line break, which the format cannot hold.
func (t *Table) Append(cells ...string) error {
	if len(cells) != len(t.Columns) {
		return fmt.Errorf("bids: %w: %d cells for %d columns", ErrTable, len(cells), len(t.Columns))
	}
	for i, c := range cells {
		if strings.ContainsAny(c, "\t\r\n") {
			return fmt.Errorf("bids: %w: column %s: %q has a tab or line break", ErrTable, t.Columns[i], c)
		}
	}
	t.Rows = append(t.Rows, cells)
	return nil
}

// Text is a column as it stands in the file. It fails with ErrTable when there is no
// such column.
func (t *Table) Text(column string) ([]string, error) {
	j := slices.Index(t.Columns, column)
	if j < 0 {
		return nil, fmt.Errorf("bids: %s:1: %w: no column %q; there are %s", t.path, ErrTable, column, strings.Join(t.Columns, ", "))
	}
	out := make([]string, len(t.Rows))
	for i, row := range t.Rows {
		out[i] = row[j]
	}
	return out, nil
}

// Float is a column as numbers, "n/a" as NaN. It fails with ErrTable on any other
// text, infinities included.
func (t *Table) Float(column string) ([]float64, error) {
	cells, err := t.Text(column)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(cells))
	for i, cell := range cells {
		if cell == "n/a" {
			out[i] = math.NaN()
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, t.cellError(i, column, "%q is neither a number nor n/a", cell)
		}
		out[i] = v
	}
	return out, nil
}

// cellError names the cell of a row and column.
func (t *Table) cellError(row int, column, format string, args ...any) error {
	return fmt.Errorf("bids: %s:%d: %w: column %d (%s): %s", t.path, row+2, ErrTable,
		slices.Index(t.Columns, column)+1, column, fmt.Sprintf(format, args...))
}
