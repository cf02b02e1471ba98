package bdata

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"realnet/data/hdf5"
)

var (
	// ErrNotBData is returned when the file has no dataset and metadata as BData
	// does, or they do not fit each other.
	ErrNotBData = errors.New("not a BData file")
	// ErrKey is returned when no metadata or value map has the key asked for.
	ErrKey = errors.New("no such BData key")
	// ErrSyntax is returned when a selection cannot be understood.
	ErrSyntax = errors.New("selection not understood")
)

// Key is one line of the metadata.
type Key struct {
	Name        string
	Description string
	Values      []float64 // one a column, NaN where the key says nothing
}

// Matrix is what a selection returns: Rows samples x Cols columns, row-major.
type Matrix struct {
	Rows, Cols int
	Data       []float64
	Columns    []int // the column of the dataset that each of Cols is
}

// File is an open BData file.
type File struct {
	samples, columns int
	keys             []Key
	byName           map[string]int
	header           map[string][]string
	maps             map[string]map[float64]string
	read             func(columns []int) ([]float64, error) // samples x columns, row-major
	close            func() error
}

// Open opens a .h5 or .mat file and reads its metadata. Close it after use.
func Open(name string) (*File, error) {
	var f *File
	h, err := hdf5.Open(name)
	switch {
	case errors.Is(err, hdf5.ErrNotHDF5):
		f, err = openMAT(name)
	case err != nil:
		return nil, err
	default:
		if f, err = fromHDF5(h, name); err != nil {
			_ = h.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.close() }

// Shape is the number of samples and of columns.
func (f *File) Shape() (samples, columns int) { return f.samples, f.columns }

// Keys are the metadata in the order of the file.
func (f *File) Keys() []Key { return f.keys }

// Header holds what the file says of its making: texts by name; numbers are
// written out.
func (f *File) Header() map[string][]string { return f.header }

// Metadata returns the values of a key, one a column.
func (f *File) Metadata(key string) ([]float64, error) {
	i, ok := f.byName[key]
	if !ok {
		return nil, fmt.Errorf("%w: metadata %q (there are %s)", ErrKey, key, f.names())
	}
	return f.keys[i].Values, nil
}

func (f *File) names() string {
	var s []string
	for _, k := range f.keys {
		s = append(s, k.Name)
	}
	return strings.Join(s, ", ")
}

// Select reads the columns that an expression names; see the package comment for
// the language.
func (f *File) Select(expression string) (*Matrix, error) {
	columns, err := f.Columns(expression)
	if err != nil {
		return nil, err
	}
	data, err := f.read(columns)
	if err != nil {
		return nil, err
	}
	return &Matrix{Rows: f.samples, Cols: len(columns), Data: data, Columns: columns}, nil
}

// Get reads the columns of one key, as bdpy's get: those where its value is 1.
func (f *File) Get(key string) (*Matrix, error) {
	if _, err := f.Metadata(key); err != nil {
		return nil, err
	}
	return f.Select(strconv.Quote(key))
}

// NoLabel is the label of a sample whose value is NaN.
const NoLabel = "n/a"

// Labels returns the columns of a key as texts, sample by sample, through the
// key's value map. A value that the map does not have is an error.
func (f *File) Labels(key string) ([]string, error) {
	vmap, err := f.ValueMap(key)
	if err != nil {
		return nil, err
	}
	m, err := f.Get(key)
	if err != nil {
		return nil, err
	}
	labels := make([]string, len(m.Data))
	for i, v := range m.Data {
		if math.IsNaN(v) {
			labels[i] = NoLabel
			continue
		}
		s, ok := vmap[v]
		if !ok {
			return nil, fmt.Errorf("%w: value map of %q has no label for %v (sample %d)", ErrKey, key, v, i/m.Cols)
		}
		labels[i] = s
	}
	return labels, nil
}

// ValueMap returns the labels of a key by value.
func (f *File) ValueMap(key string) (map[float64]string, error) {
	m, ok := f.maps[key]
	if !ok {
		return nil, fmt.Errorf("%w: value map %q", ErrKey, key)
	}
	return m, nil
}

// setMetadata takes keys, descriptions and the row-major matrix of their values.
func (f *File) setMetadata(keys, descriptions []string, values []float64) error {
	if len(descriptions) != len(keys) || len(values) != len(keys)*f.columns {
		return fmt.Errorf("%w: %d keys, %d descriptions and %d values for %d columns",
			ErrNotBData, len(keys), len(descriptions), len(values), f.columns)
	}
	f.byName = map[string]int{}
	for i, name := range keys {
		name = strings.TrimSpace(name)
		if _, twice := f.byName[name]; twice {
			return fmt.Errorf("%w: two metadata are called %q", ErrNotBData, name)
		}
		f.byName[name] = i
		f.keys = append(f.keys, Key{name, strings.TrimSpace(descriptions[i]), values[i*f.columns : (i+1)*f.columns]})
	}
	return nil
}
