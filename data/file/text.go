package file

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// openText gives one array named "data": a matrix of numbers, a row a line, separated
// by commas, semicolons, tabs or spaces. Empty lines and lines that begin with # are
// passed over; one value a line gives an array of one axis.
func (f *File) openText() error {
	file, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	values := []float64{}
	rows, columns := 0, 0
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<30)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		fields := split(line)
		if rows > 0 && len(fields) != columns {
			return fmt.Errorf("line %d has %d values, those before have %d", n, len(fields), columns)
		}
		rows, columns = rows+1, len(fields)
		for k, text := range fields {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return fmt.Errorf("%w: text, but line %d, value %d is no number: %.40q", ErrUnknown, n, k+1, text)
			}
			values = append(values, v)
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if rows == 0 {
		return fmt.Errorf("%w: text without numbers", ErrUnknown)
	}
	shape := []int{rows, columns}
	if columns == 1 {
		shape = shape[:1]
	}
	f.Arrays = append(f.Arrays, memory("data", shape, values))
	return nil
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
