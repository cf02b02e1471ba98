package arrays

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"realnet/artifacts"
	"realnet/data/bdata"
	"realnet/data/file"
	"realnet/data/nifti"
)

// Options say which part of a file is meant, for the kinds that need it.
type Options struct {
	Mask   string // NIfTI: image whose voxels above 0 are taken
	Select string // BData: columns; features: layer; patterns: region; other files: the array
	Labels string // BData: key whose labels name the rows
	// Rows is the axis that the rows are along, counted from 0, or from -1 at the end; it
	// becomes the first.
	Rows int
	// InPlace leaves values in their file when they are there as plain numbers
	// (Array.Section) instead of reading them.
	InPlace bool
}

// Read reads an array from a file or an artifact's folder.
func Read(ctx context.Context, path string, o Options) (*Array, error) {
	a, err := Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	err = a.load(ctx)
	return a, errors.Join(InFile(path, err), a.Close())
}

// Open is Read, but values that [Array.Rows] can read from their file later stay there.
// The array must be closed.
func Open(ctx context.Context, path string, o Options) (*Array, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	var a *Array
	if info.IsDir() {
		a, err = readFolder(path, o)
	} else {
		a, err = openFile(ctx, path, o)
	}
	return a, InFile(path, err)
}

// InFile says in which file an error arose, unless it does.
func InFile(path string, err error) error {
	if err != nil && !strings.Contains(err.Error(), path) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return err
}

func readFolder(path string, o Options) (*Array, error) {
	if _, err := os.Stat(filepath.Join(path, artifacts.ManifestName)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: a folder without %s is no artifact", ErrFormat, artifacts.ManifestName)
	}
	art, err := artifacts.Open(path)
	if err != nil {
		return nil, err
	}
	return ofArtifact(art, o)
}

// things is the key of the data in the files of THINGS-EEG2.
const things = "preprocessed_eeg_data"

func openFile(ctx context.Context, path string, o Options) (a *Array, err error) {
	f, err := file.Open(ctx, path)
	if errors.Is(err, file.ErrUnknown) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if a == nil || a.source == nil {
			err = errors.Join(err, f.Close())
		}
	}()
	switch f.Format {
	case file.NIfTI:
		return openNIfTI(path, o)
	case file.HDF5, file.MATLAB:
		if has(f, "dataset") || has(f, "dataSet") {
			a, err := readBData(path, o)
			if !errors.Is(err, bdata.ErrNotBData) {
				return a, err
			}
		}
	}
	if o.Mask != "" {
		return nil, fmt.Errorf("--mask is for NIfTI images, this is %s", f.Format)
	}
	name := o.Select
	if name == "" && has(f, things) {
		name = things
	}
	values, err := f.Array(name)
	if errors.Is(err, file.ErrName) {
		return nil, fmt.Errorf("%w: choose one with --select, and say with --rows-axis along which axis its rows are, if not the first", err)
	}
	if err != nil {
		return nil, err
	}
	a = of(f, values, o.InPlace && o.Rows == 0)
	a.Reversed = f.Format == file.HDF5 && len(a.Shape) > 1 && ofMATLAB(path)
	if o.Rows != 0 {
		if err := a.load(ctx); err != nil {
			return nil, err
		}
		a.source = nil
		if err := a.rowsAlong(o.Rows); err != nil {
			return nil, err
		}
		a.Names = f.NamesOf(a.Shape[0])
	}
	if len(a.Shape) == 0 || !has(f, "times") {
		return a, nil
	}
	if times, err := f.Array("times"); err == nil && times.Len() == a.Shape[len(a.Shape)-1] {
		if a.Times, err = times.Float64(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Called is name where a file holds several arrays of which one is called so; else "".
func Called(ctx context.Context, path, name string) string {
	f, err := file.Open(ctx, path)
	if err != nil {
		return "" // which reading it says
	}
	defer f.Close()
	if _, err := f.Array(""); !errors.Is(err, file.ErrName) || !has(f, name) {
		return ""
	}
	return name
}

// ofMATLAB says that MATLAB wrote an HDF5 file.
func ofMATLAB(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, len("MATLAB 7.3"))
	_, err = io.ReadFull(f, start)
	return err == nil && string(start) == "MATLAB 7.3"
}

func has(f *file.File, name string) bool {
	for _, a := range f.Arrays {
		if a.Name == name {
			return true
		}
	}
	return false
}

// of leaves the values of an array in its file.
func of(f *file.File, a *file.Array, inPlace bool) *Array {
	out := &Array{Shape: a.Shape, Names: f.RowNames(a)}
	if offset, ok := a.Section(); ok && inPlace && a.Len() > 0 && (a.DType == "float32" || a.DType == "float64") {
		out.Section = &Section{Path: f.Path, Offset: offset, Single: a.DType == "float32"}
		return out
	}
	out.source = fileRows{f, a}
	return out
}

// openNIfTI gives volumes x voxels of the mask.
func openNIfTI(path string, o Options) (*Array, error) {
	if o.Mask == "" {
		return nil, fmt.Errorf("%w: a NIfTI image needs --mask: the voxels to take", ErrShape)
	}
	im, err := nifti.Open(path)
	if err != nil {
		return nil, err
	}
	mask, err := nifti.ReadMask(o.Mask)
	if err != nil {
		return nil, err
	}
	if err := mask.Fits(im); err != nil {
		return nil, err
	}
	return &Array{Shape: []int{im.NumVolumes(), len(mask.Voxels)}, source: volumes{im, mask}}, nil
}

// readBData gives samples x the columns of the selection.
func readBData(path string, o Options) (a *Array, err error) {
	f, err := bdata.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if o.Select == "" {
		return nil, fmt.Errorf(`%w: BData needs --select: the columns to take, such as "ROI_V1 + ROI_V2"`, ErrShape)
	}
	m, err := f.Select(o.Select)
	if err != nil {
		return nil, err
	}
	a = &Array{Shape: []int{m.Rows, m.Cols}, Double: m.Data}
	if o.Labels != "" {
		if a.Names, err = f.Labels(o.Labels); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// rowsAlong moves an axis to the front.
func (a *Array) rowsAlong(axis int) error {
	if axis < 0 {
		axis += len(a.Shape)
	}
	if axis < 0 || axis >= len(a.Shape) {
		return fmt.Errorf("%w: %v has no axis %d for the rows", ErrShape, a.Shape, axis)
	}
	before, n, after := 1, a.Shape[axis], 1
	for i, d := range a.Shape {
		if i < axis {
			before *= d
		} else if i > axis {
			after *= d
		}
	}
	shape := []int{n}
	shape = append(append(shape, a.Shape[:axis]...), a.Shape[axis+1:]...)
	a.Shape, a.Names = shape, nil
	a.Single, a.Double = moved(a.Single, before, n, after), moved(a.Double, before, n, after)
	return nil
}

// moved reorders values of shape before x n x after to n x before x after.
func moved[T any](x []T, before, n, after int) []T {
	if x == nil {
		return nil
	}
	out := make([]T, 0, len(x))
	for i := range n {
		for b := range before {
			at := (b*n + i) * after
			out = append(out, x[at:at+after]...)
		}
	}
	return out
}
