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
	if !hasHeader && !hasIndex && l.indexed() {
		return nil, fmt.Errorf("%w: the first column counts the lines (%s, %s, %s, ...) beside numbers with fractions: remove it if it is an index, or give the columns a header", ErrFormat, rows[0][0], rows[1][0], rows[2][0])
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
	names := words(below) || width > 1 && NamesRows(head[0]) && whole(below)
	if _, ok := number(head[0], true); !ok && !header {
		// a name alone in a line of numbers: that of a row, or of the column below it
		header = len(below) > 0 && (!words(below) || l.numbered(head[1:], below, NamesRows(head[0])))
		return header, header && names || !header && words(l.rows)
	}
	if !header && l.numbered(head, below, false) {
		header = true
	}
	return header, header && names
}

var (
	rowWord   = regexp.MustCompile(`^(?i:(?:condition|cond|image|img|stimulus|stim|picture|item|object|concept|exemplar|trial|observation|subject|subj|sub|participant|row|file)` + numberWord + `|filename|trial_type|id|index)$`)
	asideWord = regexp.MustCompile(`^(?i:(?:run|session|ses|subject|subj|sub|participant|trial|repetition|rep|block|fold)` + numberWord + `)$`)
)

const numberWord = `[ _.-]?(?:id|name|nr|no|num|number|idx|index)?`

// NamesRows says that a first column of this name identifies the rows, even by numbers, as
// image_id does: it is no measurement.
func NamesRows(column string) bool { return rowWord.MatchString(column) }

// DescribesRows says that a column of this name and of whole numbers tells where the rows are
// from, as run does: it is no measurement.
func DescribesRows(column string) bool { return asideWord.MatchString(column) }

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

// indexed says that the first column counts the lines, and all others are fractions: the
// index of a data frame that was written without its header.
func (l layout) indexed() bool {
	if len(l.rows) < 3 || len(l.rows[0]) < 3 || !l.even {
		return false
	}
	first := make([]string, len(l.rows))
	for i, row := range l.rows {
		first[i] = row[0]
	}
	return counts(first) && fractions(l.rows, 1)
}

// numbered says that numbers in the first line are names of columns: 0, 1, 2, ... (a data
// frame without names) or 1, 2, 3, ... over numbers that all have a decimal mark or an
// exponent; or, where the corner names the rows, any numbers that rise (times).
func (l layout) numbered(head []string, below [][]string, corner bool) bool {
	if len(head) == 0 || len(head) < 2 && !corner || len(below) == 0 {
		return false
	}
	if corner {
		last := math.Inf(-1)
		for _, cell := range head {
			v, _ := number(cell, true)
			if !(v > last) {
				return false
			}
			last = v
		}
		return true
	}
	at := len(below[0]) - len(head) // 1 where the first column is names
	return counts(head) && (head[0] == "0" || at > 0 || len(head) > 2) && fractions(below, at)
}

// counts says that cells are 0, 1, 2, ... or 1, 2, 3, ...
func counts(cells []string) bool {
	first, err := strconv.Atoi(cells[0])
	for i, cell := range cells {
		if cell != strconv.Itoa(first+i) {
			return false
		}
	}
	return err == nil && (first == 0 || first == 1)
}

// fractions says that every number from that column on is written with a decimal mark or an
// exponent.
func fractions(rows [][]string, from int) bool {
	for _, row := range rows {
		for _, cell := range row[min(max(from, 0), len(row)):] {
			if _, ok := number(cell, true); !ok || !strings.ContainsAny(cell, ".,eE") && !missing[cell] {
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
