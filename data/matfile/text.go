package matfile

import (
	"fmt"
	"unicode/utf16"
)

// Text returns a char array of one row (or none) as a string.
func (a *Array) Text() (string, error) {
	rows, err := a.Rows()
	if err != nil {
		return "", err
	}
	switch len(rows) {
	case 0:
		return "", nil
	case 1:
		return rows[0], nil
	}
	return "", fmt.Errorf("%w: char array of %d rows as one text", ErrType, len(rows))
}

// Rows returns the rows of a char matrix.
func (a *Array) Rows() ([]string, error) {
	codes, ok := a.Data.([]uint16)
	if a.Class != "char" || !ok {
		return nil, fmt.Errorf("%w: %s as text", ErrType, a.Class)
	}
	if len(a.Shape) != 2 {
		return nil, fmt.Errorf("%w: char array of shape %v as rows", ErrType, a.Shape)
	}
	if len(codes) == 0 {
		return nil, nil
	}
	rows := make([]string, a.Shape[0])
	line := make([]uint16, a.Shape[1])
	for i := range rows {
		for j := range line {
			line[j] = codes[j*a.Shape[0]+i]
		}
		rows[i] = string(utf16.Decode(line))
	}
	return rows, nil
}

// Strings returns the texts of a cell array of char arrays.
func (a *Array) Strings() ([]string, error) {
	if a.Class != "cell" {
		return nil, fmt.Errorf("%w: %s as a cell array of texts", ErrType, a.Class)
	}
	out := make([]string, len(a.cells))
	for i, c := range a.cells {
		if c.err != nil {
			return nil, fmt.Errorf("cell %d: %w", i, c.err)
		}
		s, err := c.Text()
		if err != nil {
			return nil, fmt.Errorf("cell %d: %w", i, err)
		}
		out[i] = s
	}
	return out, nil
}
