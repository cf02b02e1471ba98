package artifacts

import (
	"fmt"
	"reflect"
	"strings"
)

// ColumnType is the type of a table column.
type ColumnType string

// The column types. A list may be null (a nil slice), scalars may not.
const (
	ColString      ColumnType = "string"
	ColBool        ColumnType = "bool"
	ColInt32       ColumnType = "int32"
	ColInt64       ColumnType = "int64"
	ColFloat32     ColumnType = "float32"
	ColFloat64     ColumnType = "float64"
	ColListFloat32 ColumnType = "list<float32>"
)

// Column is one column of a table.
type Column struct {
	Name string     `json:"name"`
	Type ColumnType `json:"type"`
	Doc  string     `json:"doc,omitempty"`
}

func (t ColumnType) valid() bool {
	switch t {
	case ColString, ColBool, ColInt32, ColInt64, ColFloat32, ColFloat64, ColListFloat32:
		return true
	}
	return false
}

// TableOf returns the spec of a table whose rows are values of the struct T. A column
// is an exported field with a tag `col:"name"`, and may have a tag `doc:"..."`; its
// type is string, bool, int32, int64 (or int), float32, float64 or []float32. Fields
// of embedded structs count as fields of T; `col:"-"` leaves a field out. TableOf
// panics when T is not such a struct.
func TableOf[T any](name string) FileSpec {
	fields, err := fieldsOf(reflect.TypeFor[T]())
	if err != nil {
		panic("artifacts: " + err.Error())
	}
	spec := FileSpec{Name: name, Kind: KindTable}
	for _, f := range fields {
		spec.Columns = append(spec.Columns, f.Column)
	}
	return spec
}

// field is a column and where its values are in a row struct.
type field struct {
	Column
	index []int
}

func fieldsOf(t reflect.Type) ([]field, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("row type %s is not a struct", t)
	}
	var fields []field
	seen := map[string]bool{}
	for _, sf := range reflect.VisibleFields(t) {
		name, tagged := sf.Tag.Lookup("col")
		if sf.Anonymous && sf.Type.Kind() == reflect.Pointer {
			return nil, fmt.Errorf("row type %s: embeds a pointer", t)
		}
		if name == "-" || sf.Anonymous && !tagged {
			continue
		}
		if !sf.IsExported() {
			if tagged {
				return nil, fmt.Errorf("row type %s: field %s has a column but is not exported", t, sf.Name)
			}
			continue
		}
		if name == "" {
			return nil, fmt.Errorf("row type %s: field %s needs a tag such as `col:%q`", t, sf.Name, strings.ToLower(sf.Name))
		}
		if seen[name] {
			return nil, fmt.Errorf("row type %s: column %q is named twice", t, name)
		}
		seen[name] = true
		ct, ok := columnType(sf.Type)
		if !ok {
			return nil, fmt.Errorf("row type %s: column %q: no column holds a %s", t, name, sf.Type)
		}
		fields = append(fields, field{Column{name, ct, sf.Tag.Get("doc")}, sf.Index})
	}
	if len(fields) == 0 {
		return nil, fmt.Errorf("row type %s has no columns", t)
	}
	return fields, nil
}

func columnType(t reflect.Type) (ColumnType, bool) {
	switch t.Kind() {
	case reflect.String:
		return ColString, true
	case reflect.Bool:
		return ColBool, true
	case reflect.Int32:
		return ColInt32, true
	case reflect.Int64, reflect.Int:
		return ColInt64, true
	case reflect.Float32:
		return ColFloat32, true
	case reflect.Float64:
		return ColFloat64, true
	case reflect.Slice:
		return ColListFloat32, t.Elem().Kind() == reflect.Float32
	}
	return "", false
}

func listColumns(columns []Column) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = c.Name + " " + string(c.Type)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
