package artifacts

import (
	"fmt"
	"os"
	"reflect"
	"slices"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/schema"
)

// ReadTable reads the columns of the struct T (see TableOf) from a Parquet file. The
// file may have more columns, in any order, and nullable ones; a null in a scalar
// column is an error, since Go has no value for it. A null list becomes a nil slice.
// Memory grows with the rows plus one column chunk.
func ReadTable[T any](a *Artifact, name string) ([]T, error) {
	if a.memory != nil {
		rows, err := heldAs[[]T](a, name)
		return slices.Clone(rows), err
	}
	f, err := a.openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readTable[T](f, f.Name())
}

// ReadParquet reads the columns of the struct T from a Parquet file that belongs to no
// artifact.
func ReadParquet[T any](path string) ([]T, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readTable[T](f, path)
}

func readTable[T any](r parquet.ReaderAtSeeker, path string) (rows []T, err error) {
	defer guard(path, &err)
	fields, err := fieldsOf(reflect.TypeFor[T]())
	if err != nil {
		return nil, fmt.Errorf("artifacts: read %s: %w", path, err)
	}
	table, err := file.NewParquetReader(r)
	if err != nil {
		return nil, &DamageError{Path: path, Reason: "not a Parquet file", Err: err}
	}
	defer func() { _ = table.Close() }()
	leaves, err := findLeaves(table.MetaData().Schema, fields, path)
	if err != nil {
		return nil, err
	}
	for g := range table.NumRowGroups() {
		group := table.RowGroup(g)
		start, n := len(rows), int(group.NumRows())
		for c, leaf := range leaves {
			column, err := group.Column(leaf.index)
			if err != nil {
				return nil, &DamageError{Path: path, Reason: "column " + fields[c].Name, Err: err}
			}
			put := func(row int, set func(reflect.Value)) {
				for start+row >= len(rows) { // grows with what is there, not with what the file claims
					var zero T
					rows = append(rows, zero)
				}
				set(reflect.ValueOf(&rows[start+row]).Elem().FieldByIndex(fields[c].index))
			}
			got, err := leaf.read(column, put)
			if err == nil && got != n {
				err = fmt.Errorf("has %d rows, its row group %d", got, n)
			}
			if err != nil {
				return nil, fmt.Errorf("artifacts: read %s: column %s: row group %d: %w", path, fields[c].Name, g, err)
			}
		}
	}
	return rows, nil
}

// leaf is a Parquet column of a type that we know.
type leaf struct {
	Column
	index  int
	null   int16 // definition levels below are a null list or scalar
	maxDef int16
}

// findLeaves finds the column of every field, and says what is wrong otherwise.
func findLeaves(s *schema.Schema, fields []field, path string) ([]leaf, error) {
	there := map[string]leaf{}
	var names []Column
	for i := range s.NumColumns() {
		l := describe(s, i)
		l.index = i
		there[l.Name] = l
		names = append(names, l.Column)
	}
	leaves := make([]leaf, len(fields))
	for i, f := range fields {
		l, ok := there[f.Name]
		if !ok {
			return nil, fmt.Errorf("artifacts: read %s: column %s: %w: missing; the file has %s", path, f.Name, ErrSchema, listColumns(names))
		}
		if l.Type != f.Type {
			return nil, fmt.Errorf("artifacts: read %s: column %s: %w: it is %s, want %s", path, f.Name, ErrSchema, l.Type, f.Type)
		}
		leaves[i] = l
	}
	return leaves, nil
}

// describe names the type of a Parquet column, as a ColumnType if it is one.
func describe(s *schema.Schema, i int) leaf {
	column, root := s.Column(i), s.ColumnRoot(i)
	l := leaf{Column: Column{Name: root.Name()}, maxDef: column.MaxDefinitionLevel()}
	if root.RepetitionType() == parquet.Repetitions.Optional {
		l.null = 1
	}
	logical := column.LogicalType()
	plain := logical == nil || logical.IsNone()
	integer, isInt := logical.(interface{ IsSigned() bool })
	_, isString := logical.(schema.StringLogicalType)
	switch physical := column.PhysicalType(); {
	case column.MaxRepetitionLevel() == 1 && physical == parquet.Types.Float && plain && isList(root):
		l.Type = ColListFloat32
	case column.MaxRepetitionLevel() > 0 || root.Type() == schema.Group:
		l.Type = ColumnType(fmt.Sprintf("nested %s", physical))
	case physical == parquet.Types.ByteArray && (plain || isString):
		l.Type = ColString
	case physical == parquet.Types.Boolean && plain:
		l.Type = ColBool
	case physical == parquet.Types.Int32 && (plain || isInt && integer.IsSigned()):
		l.Type = ColInt32
	case physical == parquet.Types.Int64 && (plain || isInt && integer.IsSigned()):
		l.Type = ColInt64
	case physical == parquet.Types.Float && plain:
		l.Type = ColFloat32
	case physical == parquet.Types.Double && plain:
		l.Type = ColFloat64
	case plain:
		l.Type = ColumnType(fmt.Sprint(physical))
	default:
		l.Type = ColumnType(fmt.Sprintf("%s %s", physical, logical))
	}
	return l
}

// isList reports whether a node is a group of one repeated group of one leaf.
func isList(n schema.Node) bool {
	outer, ok := n.(*schema.GroupNode)
	if !ok || outer.NumFields() != 1 || outer.RepetitionType() == parquet.Repetitions.Repeated {
		return false
	}
	inner, ok := outer.Field(0).(*schema.GroupNode)
	return ok && inner.NumFields() == 1 && inner.RepetitionType() == parquet.Repetitions.Repeated &&
		inner.Field(0).Type() == schema.Primitive
}

// read hands every row of a column chunk to put, and returns how many there were.
func (l leaf) read(r file.ColumnChunkReader, put func(int, func(reflect.Value))) (int, error) {
	switch l.Type {
	case ColString:
		return readScalars(l, r, put, func(f reflect.Value, v parquet.ByteArray) { f.SetString(string(v)) })
	case ColBool:
		return readScalars(l, r, put, reflect.Value.SetBool)
	case ColInt32:
		return readScalars(l, r, put, func(f reflect.Value, v int32) { f.SetInt(int64(v)) })
	case ColInt64:
		return readScalars(l, r, put, reflect.Value.SetInt)
	case ColFloat32:
		return readScalars(l, r, put, func(f reflect.Value, v float32) { f.SetFloat(float64(v)) })
	case ColFloat64:
		return readScalars(l, r, put, reflect.Value.SetFloat)
	}
	return l.readLists(r, put)
}

const readRows = 8 << 10 // values read at once

// batchReader is what the library's typed column readers have in common.
type batchReader[V any] interface {
	ReadBatch(n int64, values []V, def, rep []int16) (total int64, valuesRead int, err error)
}

func readScalars[V any](l leaf, r file.ColumnChunkReader, put func(int, func(reflect.Value)), set func(reflect.Value, V)) (int, error) {
	values, def := make([]V, readRows), make([]int16, readRows)
	row := 0
	for r.HasNext() {
		n, m, err := r.(batchReader[V]).ReadBatch(readRows, values, def, nil)
		if err != nil {
			return row, err
		}
		if n == 0 {
			break
		}
		if int64(m) != n {
			return row, fmt.Errorf("%w: has a null between rows %d and %d; a scalar column must have none", ErrSchema, row, row+int(n)-1)
		}
		for _, v := range values[:m] {
			put(row, func(f reflect.Value) { set(f, v) })
			row++
		}
	}
	return row, r.Err()
}

func (l leaf) readLists(r file.ColumnChunkReader, put func(int, func(reflect.Value))) (int, error) {
	values, def, rep := make([]float32, readRows), make([]int16, readRows), make([]int16, readRows)
	row := -1
	var list []float32 // of the present row
	done := func() {
		if row >= 0 {
			put(row, func(f reflect.Value) { f.Set(reflect.ValueOf(list).Convert(f.Type())) })
		}
	}
	for r.HasNext() {
		n, m, err := r.(batchReader[float32]).ReadBatch(readRows, values, def, rep)
		if err != nil {
			return row + 1, err
		}
		if n == 0 {
			break
		}
		next := 0
		for i := range int(n) {
			if rep[i] == 0 {
				done()
				row, list = row+1, nil
			} else if row < 0 {
				return 0, fmt.Errorf("starts within a list")
			}
			switch {
			case def[i] < l.null:
				list = nil
			case def[i] == l.null:
				list = []float32{}
			case def[i] < l.maxDef:
				return row + 1, fmt.Errorf("%w: row %d has a null element", ErrSchema, row)
			case next >= m:
				return row + 1, fmt.Errorf("row %d has fewer values than its levels say", row)
			default:
				list = append(list, values[next])
				next++
			}
		}
	}
	done()
	return row + 1, r.Err()
}

// tableColumns returns the columns of a Parquet file.
func tableColumns(path string) (columns []Column, err error) {
	defer guard(path, &err)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	table, err := file.NewParquetReader(f)
	if err != nil {
		return nil, &DamageError{Path: path, Reason: "not a Parquet file", Err: err}
	}
	for i := range table.MetaData().Schema.NumColumns() {
		columns = append(columns, describe(table.MetaData().Schema, i).Column)
	}
	return columns, nil
}
