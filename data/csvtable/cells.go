package csvtable

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// ErrFormat is returned for text that is no table of the kind asked for.
var ErrFormat = errors.New("not a table")

// Table is the cells of a table with a header.
type Table struct {
	Columns []string
	Rows    [][]string // each of len(Columns) cells
	Lines   []int      // the line of the text on which each row begins
}

// Read reads a table of which the first line names the columns. Cells are without the
// white space around them.
func Read(r io.Reader) (*Table, error) {
	text, err := decode(r)
	if err != nil {
		return nil, err
	}
	var best layout
	for _, sep := range []rune{',', ';', '\t'} {
		l, err := split(text, sep)
		if err != nil {
			return nil, err
		}
		if l.better(best) {
			best = l
		}
	}
	if len(best.rows) == 0 {
		return nil, fmt.Errorf("%w: no lines", ErrFormat)
	}
	for i, row := range best.rows {
		if len(row) != len(best.rows[0]) {
			return nil, fmt.Errorf("%w: line %d has %d cells, the header has %d", ErrFormat, best.lines[i], len(row), len(best.rows[0]))
		}
	}
	t := &Table{Columns: best.rows[0], Rows: best.rows[1:], Lines: best.lines[1:]}
	seen := map[string]bool{}
	for _, c := range t.Columns {
		if seen[c] {
			return nil, fmt.Errorf("%w: two columns are called %q", ErrFormat, c)
		}
		seen[c] = true
	}
	return t, nil
}

// Column returns the cells of a column, nil and false when there is none of that name.
func (t *Table) Column(name string) ([]string, bool) {
	for i, c := range t.Columns {
		if c == name {
			out := make([]string, len(t.Rows))
			for j, row := range t.Rows {
				out[j] = row[i]
			}
			return out, true
		}
	}
	return nil, false
}

// decode returns the text in UTF-8, without its mark.
func decode(r io.Reader) (string, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return "", err
	}
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(raw, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(raw, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return strings.TrimPrefix(string(raw), "\ufeff"), nil
	}
	units := make([]uint16, len(raw)/2-1)
	for i := range units {
		units[i] = order.Uint16(raw[2*i+2:])
	}
	return string(utf16.Decode(units)), nil
}

// layout is a text cut at one separator.
type layout struct {
	sep   rune // ' ' is any white space
	rows  [][]string
	lines []int
	even  bool // all rows have the same number of cells, of which the first may lack one
}

func split(text string, sep rune) (layout, error) {
	l := layout{sep: sep}
	if sep == ' ' {
		for n, line := range strings.Split(text, "\n") {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				l.add(words(line), n+1)
			}
		}
	} else {
		in := csv.NewReader(strings.NewReader(text))
		in.Comma, in.Comment, in.LazyQuotes, in.FieldsPerRecord = sep, '#', true, -1
		in.TrimLeadingSpace = sep != '\t'
		for {
			row, err := in.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return l, fmt.Errorf("%w: %w", ErrFormat, err)
			}
			line, _ := in.FieldPos(0)
			for i := range row {
				row[i] = strings.TrimSpace(row[i])
			}
			if len(row) > 1 || row[0] != "" {
				l.add(row, line)
			}
		}
	}
	l.trimEnd()
	return l, nil
}

func (l *layout) add(row []string, line int) {
	l.rows, l.lines = append(l.rows, row), append(l.lines, line)
}

// trimEnd takes away a last column without any content: separators at the ends of lines.
func (l *layout) trimEnd() {
	for len(l.rows) > 0 && len(l.rows[0]) > 1 {
		for _, row := range l.rows {
			if len(row) != len(l.rows[0]) || row[len(row)-1] != "" {
				l.check()
				return
			}
		}
		for i, row := range l.rows {
			l.rows[i] = row[:len(row)-1]
		}
	}
	l.check()
}

func (l *layout) check() {
	l.even = len(l.rows) > 0
	for _, row := range l.rows {
		width := len(l.rows[len(l.rows)-1])
		l.even = l.even && len(row) == width
	}
	if !l.even && len(l.rows) > 1 {
		rest := layout{rows: l.rows[1:]}
		rest.check()
		l.even = rest.even && len(l.rows[0])+1 == len(l.rows[1])
	}
}

// better says that l is more of a table than another cut of the same text.
func (l layout) better(than layout) bool {
	width := func(l layout) int {
		if len(l.rows) == 0 {
			return 0
		}
		return len(l.rows[len(l.rows)-1])
	}
	switch {
	case len(than.rows) == 0:
		return true
	case width(l) == 1:
		return false
	case l.even != than.even:
		return l.even || width(than) == 1
	case width(than) == 1:
		return true
	}
	return l.numbers() > than.numbers()
}

// numbers counts the cells below the first line that are numbers, for a few lines.
func (l layout) numbers() int {
	n := 0
	for _, row := range l.rows[min(1, len(l.rows)):min(20, len(l.rows))] {
		for _, cell := range row {
			if _, ok := number(cell, l.sep != ','); ok {
				n++
			}
		}
	}
	return n
}

// words cuts a line at white space outside quotes.
func words(line string) []string {
	var out []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if rest, ok := strings.CutPrefix(line, `"`); ok {
			if word, after, ok := strings.Cut(rest, `"`); ok {
				out, line = append(out, word), after
				continue
			}
		}
		n := strings.IndexAny(line, " \t\r\f\v")
		if n < 0 {
			n = len(line)
		}
		out, line = append(out, line[:n]), line[n:]
	}
	return out
}
