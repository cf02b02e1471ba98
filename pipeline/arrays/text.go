package arrays

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"realnet/data/array"
	"realnet/data/npy"
)

// readText reads a matrix of numbers: a row a line, separated by commas,
// semicolons, tabs or spaces. Empty lines and lines that begin with # are
// passed over; one value a line gives an array of one axis.
func readText(path string) (*Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a := &Array{Double: []float64{}}
	rows, columns := 0, 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<30)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		fields := split(line)
		if rows > 0 && len(fields) != columns {
			return nil, fmt.Errorf("%w: line %d has %d values, those before have %d", ErrShape, n, len(fields), columns)
		}
		rows, columns = rows+1, len(fields)
		for k, text := range fields {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, fmt.Errorf("line %d, value %d: %q is no number", n, k+1, text)
			}
			a.Double = append(a.Double, v)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if rows == 0 {
		return nil, fmt.Errorf("%w: no numbers", ErrShape)
	}
	a.Shape = []int{rows, columns}
	if columns == 1 {
		a.Shape = a.Shape[:1]
	}
	return a, nil
}

// split cuts a line at its separators. Only white space may be doubled.
func split(line string) []string {
	for _, sep := range []string{",", ";", "\t"} {
		if strings.Contains(line, sep) {
			fields := strings.Split(line, sep)
			for i := range fields {
				fields[i] = strings.TrimSpace(fields[i])
			}
			return fields
		}
	}
	return strings.Fields(line)
}

// ReadLabels reads labels: a text file with one a line, or a .npy of strings or
// integers. A label may not be empty.
func ReadLabels(path string) ([]string, error) {
	if strings.EqualFold(filepath.Ext(path), ".npy") {
		return labelsOfNPY(path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	body := strings.TrimRight(strings.TrimPrefix(string(text), "\ufeff"), "\r\n")
	if body == "" {
		return nil, fmt.Errorf("%s: %w: the file is empty", path, ErrLabels)
	}
	labels := strings.Split(body, "\n")
	for i := range labels {
		if labels[i] = strings.TrimSpace(labels[i]); labels[i] == "" {
			return nil, fmt.Errorf("%s: %w: line %d is empty", path, ErrLabels, i+1)
		}
	}
	return labels, nil
}

func labelsOfNPY(path string) ([]string, error) {
	f, err := npy.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if k := f.DType.Kind; k == array.Bytes || k == array.Unicode {
		return f.Strings()
	}
	values, err := f.Int64()
	if err != nil {
		return nil, fmt.Errorf("%s: labels are strings or integers: %w", path, err)
	}
	labels := make([]string, len(values))
	for i, v := range values {
		labels[i] = strconv.FormatInt(v, 10)
	}
	return labels, nil
}
