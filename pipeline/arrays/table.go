package arrays

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"strconv"
)

// ErrColumn is returned when a table has a column that is not known or a value
// of another type.
var ErrColumn = errors.New("column does not fit")

// WriteTable writes rows of a struct with col tags as CSV with a header.
func WriteTable[T any](path string, rows []T) error {
	return WriteFile(path, func(w io.Writer) error {
		out := csv.NewWriter(w)
		fields := columns(reflect.TypeFor[T]())
		line := make([]string, len(fields))
		for i, f := range fields {
			line[i] = f.name
		}
		if err := out.Write(line); err != nil {
			return err
		}
		for _, row := range rows {
			v := reflect.ValueOf(row)
			for i, f := range fields {
				line[i] = text(v.Field(f.index))
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	})
}

// ReadTable reads rows of a struct with col tags from CSV with a header. Columns
// may be in any order; fill gives each row before its columns are set, so that
// columns that are missing have sensible values.
func ReadTable[T any](path string, fill func(i int) T) (rows []T, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}()
	in := csv.NewReader(f)
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	known := columns(reflect.TypeFor[T]())
	at := make([]column, len(head))
	for i, name := range head {
		for _, c := range known {
			if c.name == name {
				at[i] = c
			}
		}
		if at[i].name == "" {
			return nil, fmt.Errorf("%w: no column %q (columns: %v)", ErrColumn, name, known)
		}
	}
	for n := 2; ; n++ {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		row := fill(len(rows))
		v := reflect.ValueOf(&row).Elem()
		for i, value := range record {
			if err := set(v.Field(at[i].index), value); err != nil {
				return nil, fmt.Errorf("line %d, column %s: %w: %q", n, at[i].name, ErrColumn, value)
			}
		}
		rows = append(rows, row)
	}
}

// column is a field with a col tag.
type column struct {
	name  string
	index int
}

// String is the column's name.
func (c column) String() string { return c.name }

func columns(t reflect.Type) []column {
	var list []column
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("col"); name != "" && name != "-" {
			list = append(list, column{name, i})
		}
	}
	return list
}

func text(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	default:
		if math.IsNaN(v.Float()) {
			return "" // there is no value
		}
		return strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits())
	}
}

func set(v reflect.Value, s string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		v.SetBool(b)
		return err
	case reflect.Int, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(s, 10, v.Type().Bits())
		v.SetInt(n)
		return err
	default:
		if s == "" {
			s = "NaN" // as WriteTable has it
		}
		x, err := strconv.ParseFloat(s, v.Type().Bits())
		v.SetFloat(x)
		return err
	}
	return nil
}
