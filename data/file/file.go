package file

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"realnet/data/images"
)

// ErrName is returned when a file has no array of the name asked for, or several
// and none was named.
var ErrName = errors.New("which array?")

// File is an open file and its arrays.
type File struct {
	Path   string
	Format string
	Arrays []*Array // in the order of the file

	closers []func() error
}

// Open opens a file of any format. ErrUnknown if the format is not known; else the
// errors of the package that reads the format.
func Open(ctx context.Context, path string) (*File, error) {
	format, err := Format(path)
	if err != nil {
		return nil, err
	}
	f := &File{Path: path, Format: format}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := f.open(); err != nil {
		f.Close()
		if !strings.Contains(err.Error(), path) {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return nil, err
	}
	return f, nil
}

func (f *File) open() error {
	switch f.Format {
	case NPY:
		return f.openNPY()
	case NPZ:
		return f.openNPZ()
	case Torch:
		return f.openTorch()
	case Safetensors:
		return f.openSafetensors()
	case NIfTI:
		return f.openNIfTI()
	case GIFTI:
		return f.openGIFTI()
	case HDF5:
		return f.openHDF5()
	case MATLAB:
		return f.openMATLAB()
	case FIFF:
		return f.openFIFF()
	case Text:
		return f.openText()
	case Parquet:
		return f.openParquet()
	}
	m, err := images.DecodeFile(f.Path)
	if err != nil {
		return err
	}
	a := memory("pixels", []int{m.Height, m.Width, 3}, m.Pix)
	a.Axes = []string{"height", "width", "colour"}
	f.Arrays = []*Array{a}
	return nil
}

// Close closes the file. Its arrays cannot be read afterwards.
func (f *File) Close() error {
	var errs []error
	for _, c := range f.closers {
		errs = append(errs, c())
	}
	f.closers = nil
	return errors.Join(errs...)
}

// Array returns the array of that name; for "" the only one that holds numbers.
// ErrName lists what there is.
func (f *File) Array(name string) (*Array, error) {
	var numbers []*Array
	for _, a := range f.Arrays {
		if name != "" && strings.TrimPrefix(name, "/") == a.Name {
			return a, nil
		}
		if a.Numeric() {
			numbers = append(numbers, a)
		}
	}
	if name == "" && len(numbers) == 1 {
		return numbers[0], nil
	}
	if name == "" && len(numbers) == 0 && len(f.Arrays) == 1 {
		return f.Arrays[0], nil // whose type is then refused with its reason
	}
	if name == "" {
		return nil, fmt.Errorf("%s: %w it holds %s", f.Path, ErrName, f.list())
	}
	return nil, fmt.Errorf("%s: %w no %q; it holds %s", f.Path, ErrName, name, f.list())
}

// listed is how many arrays an error names.
const listed = 12

func (f *File) list() string {
	var names []string
	for _, a := range f.Arrays[:min(len(f.Arrays), listed)] {
		names = append(names, fmt.Sprintf("%s %v", a.Name, a.Shape))
	}
	if more := len(f.Arrays) - listed; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	if len(names) == 0 {
		return "no array"
	}
	if n := len(names); n > 1 {
		names = append(names[:n-2], names[n-2]+" and "+names[n-1])
	}
	return strings.Join(names, ", ")
}

// Names are the names of the arrays.
func (f *File) Names() []string {
	names := make([]string, len(f.Arrays))
	for i, a := range f.Arrays {
		names[i] = a.Name
	}
	return names
}

// add appends an array without values yet.
func (f *File) add(name string, shape []int, dtype string, body body) *Array {
	a := &Array{Name: name, Shape: append([]int{}, slices.Clone(shape)...), DType: dtype, body: body}
	f.Arrays = append(f.Arrays, a)
	return a
}

// failed appends an array that cannot be read.
func (f *File) failed(name string, shape []int, dtype string, err error) {
	f.add(name, shape, dtype, nil).Err = err
}
