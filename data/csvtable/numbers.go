package csvtable

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Numbers is a matrix of text.
type Numbers struct {
	RowNames    []string // of the index column; nil without one
	ColumnNames []string // of the header; nil without one
	Rows, Cols  int
	Values      []float64 // row after row; NaN where a value is missing
}

// ReadNumbers reads a matrix of numbers; see the package comment for what is understood.
// ErrFormat names the line and the cell that is no number.
func ReadNumbers(r io.Reader) (*Numbers, error) {
	text, err := decode(r)
	if err != nil {
		return nil, err
	}
	var cuts []layout
	for _, sep := range []rune{';', '\t', ',', ' '} {
		l, err := split(text, sep)
		if err != nil {
			return nil, err
		}
		if len(l.rows) == 0 {
			return nil, fmt.Errorf("%w: no numbers", ErrFormat)
		}
		if len(l.rows[len(l.rows)-1]) == 1 && sep != ' ' {
			continue // not what separates; one column is cut at spaces, too
		}
		cuts = append(cuts, l)
	}
	slices.SortStableFunc(cuts, func(a, b layout) int { return a.ragged() - b.ragged() })
	var first error
	for _, l := range cuts {
		n, err := l.matrix()
		if err == nil {
			return n, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// ragged is 0 for rows of one length, 1 when only the first is shorter, 2 otherwise.
func (l layout) ragged() int {
	switch {
	case !l.even:
		return 2
	case len(l.rows[0]) != len(l.rows[len(l.rows)-1]):
		return 1
	}
	return 0
}

// matrix takes the names off the cells and reads the others.
func (l layout) matrix() (*Numbers, error) {
	rows, lines := l.rows, l.lines
	n := &Numbers{}
	width := len(rows[len(rows)-1])
	hasHeader, hasIndex := l.names()
	if hasHeader {
		n.ColumnNames = rows[0]
		rows, lines = rows[1:], lines[1:]
		if hasIndex && len(n.ColumnNames) == width {
			n.ColumnNames = n.ColumnNames[1:]
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%w: a header and no numbers", ErrFormat)
	}
	comma := l.decimalComma(rows)
	from := 0
	if hasIndex {
		from = 1
	}
	n.Rows, n.Cols = len(rows), width-from
	if n.Cols == 0 {
		return nil, fmt.Errorf("%w: line %d: %.40q is no number", ErrFormat, lines[0], rows[0][0])
	}
	n.Values = make([]float64, 0, n.Rows*n.Cols)
	for i, row := range rows {
		if len(row) != width {
			return nil, fmt.Errorf("%w: line %d has %d values, the last line has %d", ErrFormat, lines[i], len(row), width)
		}
		if hasIndex {
			n.RowNames = append(n.RowNames, row[0])
		}
		for j, cell := range row[from:] {
			v, ok := number(cell, comma)
			if !ok || cell == "" && !hasHeader && !hasIndex {
				return nil, fmt.Errorf("%w: line %d, value %d is no number: %.40q", ErrFormat, lines[i], j+from+1, cell)
			}
			n.Values = append(n.Values, v)
		}
	}
	if hasHeader && len(n.ColumnNames) != n.Cols {
		return nil, fmt.Errorf("%w: %d names for %d columns", ErrFormat, len(n.ColumnNames), n.Cols)
	}
	return n, nil
}

// names says whether the first line names the columns, and the first column the rows.
func (l layout) names() (header, index bool) {
	head, width := l.rows[0], len(l.rows[len(l.rows)-1])
	if slices.ContainsFunc(head, malformed) {
		return false, false
	}
	short := len(head) == width-1 && len(l.rows) > 1
	for i, cell := range head {
		if _, ok := number(cell, true); !ok && (i > 0 || width == 1 || short) {
			header = true
		}
	}
	if short || head[0] == "" && len(l.rows) > 1 && width > 1 || head[0] == "Unnamed: 0" {
		return true, true
	}
	below := l.rows[min(1, len(l.rows)):]
	words := func(rows [][]string) bool { // of the first column: no numbers
		return width > 1 && len(rows) > 0 && !slices.ContainsFunc(rows, func(row []string) bool {
			_, ok := number(row[0], true)
			return ok
		})
	}
	if _, ok := number(head[0], true); !ok && !header {
		// a name alone in a line of numbers: the column is names, or this is its header
		return !words(below) && len(below) > 0, words(l.rows)
	}
	if !header && counts(head) && pointed(below) {
		header = true
	}
	return header, header && (words(below) || width > 1 && NamesRows(head[0]) && whole(below))
}

var rowWord = regexp.MustCompile(`^(?i:(?:condition|cond|image|img|stimulus|stim|picture)[ _.-]?(?:id|nr|no|num|number|idx|index)?|id|index)$`)

// NamesRows says that a first column of this name identifies the rows, even by numbers, as
// image_id does: it is no measurement.
func NamesRows(column string) bool { return rowWord.MatchString(column) }

// whole says that the first column is whole numbers.
func whole(rows [][]string) bool {
	return !slices.ContainsFunc(rows, func(row []string) bool {
		_, err := strconv.Atoi(row[0])
		return err != nil
	})
}

// malformed says that a cell was meant as a number or a date and is none that is read:
// it is not the name of a column.
func malformed(cell string) bool {
	_, ok := number(cell, true)
	return !ok && strings.ContainsAny(cell, "0123456789") && strings.Trim(cell, "0123456789.,+-/:") == ""
}

// counts says that a header is that of a data frame without names: 0, 1, 2, ...
func counts(head []string) bool {
	for i, cell := range head {
		if cell != strconv.Itoa(i) {
			return false
		}
	}
	return len(head) > 1
}

// pointed says that every number is written with a point or an exponent.
func pointed(rows [][]string) bool {
	for _, row := range rows {
		for _, cell := range row {
			if _, ok := number(cell, false); !ok || !strings.ContainsAny(cell, ".eE") && !missing[cell] {
				return false
			}
		}
	}
	return len(rows) > 0
}

// decimalComma says that commas are decimal marks: there are some and no points.
func (l layout) decimalComma(rows [][]string) bool {
	if l.sep == ',' || l.sep == ' ' && len(rows[0]) == 1 { // 1,5 in a line of its own: two numbers
		return false
	}
	found := false
	for _, row := range rows {
		for _, cell := range row {
			if _, ok := number(cell, true); ok && strings.Contains(cell, ".") && !missing[cell] {
				return false
			}
			found = found || strings.Contains(cell, ",")
		}
	}
	return found
}

// missing is how pandas, R, Excel, MATLAB and BIDS write that there is no value.
var missing = map[string]bool{
	"": true, "NA": true, "N/A": true, "n/a": true, "NaN": true, "nan": true, "-NaN": true, "-nan": true, "NAN": true, "null": true, "NULL": true,
	"None": true, "<NA>": true, "#N/A": true, "#NA": true, "#N/A N/A": true, "-1.#IND": true, "1.#QNAN": true, "1.#IND": true, "-1.#QNAN": true,
}

// number reads a cell; comma says that a comma may be the decimal mark.
func number(cell string, comma bool) (float64, bool) {
	switch {
	case missing[cell]:
		return math.NaN(), true
	case cell == "TRUE" || cell == "True" || cell == "true":
		return 1, true
	case cell == "FALSE" || cell == "False" || cell == "false":
		return 0, true
	}
	if comma && strings.Count(cell, ",") == 1 && !strings.Contains(cell, ".") {
		cell = strings.Replace(cell, ",", ".", 1)
	}
	if strings.ContainsAny(cell, "xXpP_") { // Go's own ways to write a number
		return 0, false
	}
	v, err := strconv.ParseFloat(cell, 64)
	return v, err == nil
}
