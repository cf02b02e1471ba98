// Package labels reads what the integers of an atlas stand for: tables of regions as
// BIDS derivatives and FreeSurfer write them.
package labels

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// ErrTable is returned when a file is no table of labels.
var ErrTable = errors.New("not a table of labels")

// Label names one value of an atlas.
type Label struct {
	Value int
	Name  string
}

// Table lists the labels of an atlas in the order of its file.
type Table []Label

// Read reads a table: tab- or comma-separated with a header that has the columns index
// (or value, label, id) and name (or region), as BIDS has it; or lines "value name ...",
// separated by blanks, as FreeSurfer's colour look-up tables are (# begins a comment).
func Read(path string) (Table, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t, err := parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func parse(raw []byte) (Table, error) {
	var table Table
	var split func(string) []string
	var valueAt, nameAt int
	for i, line := range strings.Split(string(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))), "\n") {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if split == nil {
			var header bool
			var err error
			if split, valueAt, nameAt, header, err = form(line); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			if header {
				continue
			}
		}
		cells := split(line)
		if len(cells) <= max(valueAt, nameAt) {
			return nil, fmt.Errorf("line %d: %w: %d cells, want a value and a name", i+1, ErrTable, len(cells))
		}
		value, err := strconv.Atoi(clean(cells[valueAt]))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w: %q is no whole number", i+1, ErrTable, cells[valueAt])
		}
		table = append(table, Label{value, clean(cells[nameAt])})
	}
	if len(table) == 0 {
		return nil, fmt.Errorf("%w: it has no label", ErrTable)
	}
	return table, nil
}

func clean(cell string) string { return strings.Trim(cell, "\" ") }

// form finds by the first line how lines are split, where value and name are, and
// whether that line is a header.
func form(line string) (split func(string) []string, valueAt, nameAt int, header bool, err error) {
	split = strings.Fields
	for _, separator := range []string{"\t", ","} {
		if strings.Contains(line, separator) {
			split = func(line string) []string { return strings.Split(line, separator) }
			break
		}
	}
	cells := split(line)
	if _, err := strconv.Atoi(clean(cells[0])); err == nil {
		return split, 0, 1, false, nil
	}
	valueAt, nameAt = column(cells, "index", "value", "label", "id"), column(cells, "name", "region")
	if valueAt < 0 || nameAt < 0 {
		return nil, 0, 0, false, fmt.Errorf("%w: %q begins with no number and is no header with the columns index and name", ErrTable, cells)
	}
	return split, valueAt, nameAt, true, nil
}

// column is where the first of names is among cells, -1 without.
func column(cells []string, names ...string) int {
	for _, name := range names {
		for i, cell := range cells {
			if strings.EqualFold(clean(cell), name) {
				return i
			}
		}
	}
	return -1
}

// Values are the values whose label has a name, ascending, each once.
func (t Table) Values(name string) []int {
	var values []int
	for _, l := range t {
		if l.Name == name {
			values = append(values, l.Value)
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// Names are the names in the order of the table, each once; the empty ones are left out.
func (t Table) Names() []string {
	var names []string
	for _, l := range t {
		if l.Name != "" && !slices.Contains(names, l.Name) {
			names = append(names, l.Name)
		}
	}
	return names
}
