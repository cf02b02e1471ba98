package rdmfile

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"realnet/artifacts/schemas/rdms"
	"realnet/data/file"
	"realnet/stages/analysis/rdm"
)

// ErrShape is returned for arrays that are no RDMs.
var ErrShape = errors.New("wrong shape")

// RDM is one RDM of a file.
type RDM struct {
	*rdm.RDM          // its names are nil where the file has none
	Label    string   // file, array and number, as far as there are several
	Row      rdms.Row // what the file says that it is of; Time is NaN where nothing is said
}

// dissimilarities is the key of the RDMs in the HDF5 files of rsatoolbox.
const dissimilarities = "dissimilarities"

// Read reads the RDMs of a file: of the array of that name, or of all. names are those of
// the conditions; nil: the file's own, where it has some.
func Read(ctx context.Context, path, array string, names []string) ([]RDM, error) {
	format, err := file.Format(path)
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if array == "" && (format == file.Parquet || format == file.Text) {
		if t, err := file.ReadTable(path); err == nil && isPairs(t) {
			return ofPairs(t, base)
		}
	}
	f, err := file.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	found, err := arraysOf(f, array)
	if err != nil {
		return nil, err
	}
	if names == nil {
		if names = found[0].Names; names == nil {
			names = conditions(f)
		}
	}
	var out []RDM
	for _, a := range found {
		list, err := ofArray(ctx, f, a, names)
		if err != nil && len(found) > 1 {
			err = fmt.Errorf("%s: %w", a.Name, err)
		}
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			label := base
			if len(found) > 1 {
				label = base + "/" + a.Name
			}
			out = append(out, RDM{RDM: r, Label: label, Row: rdms.Row{Time: math.NaN()}})
		}
	}
	if len(found) == 1 && len(out) > 1 {
		for i := range out {
			out[i].Label = fmt.Sprintf("%s[%d]", base, i)
		}
	}
	return out, label(ctx, f, out)
}

// conditions are the names of the conditions in the HDF5 files of rsatoolbox: the only
// pattern descriptor of texts; nil for none or several.
func conditions(f *file.File) []string {
	var names []string
	for _, a := range f.Arrays {
		if a.DType != "string" || !strings.HasPrefix(a.Name, "pattern_descriptors/") {
			continue
		}
		list, err := a.Strings()
		if err != nil || names != nil {
			return nil
		}
		names = list
	}
	return names
}

// labelNames are what descriptors of RDMs are called that say what each is of.
var labelNames = map[string][]string{
	"subject": {"subject", "subj", "sub", "participant"},
	"roi":     {"roi", "region", "ROI"},
	"session": {"session", "ses"},
	"model":   {"model", "name"},
	"layer":   {"layer"},
}

// label gives the RDMs of rsatoolbox's file their labels and times.
func label(ctx context.Context, f *file.File, list []RDM) error {
	if !has(f, dissimilarities) {
		return nil
	}
	find := func(names ...string) *file.Array {
		for _, name := range names {
			for _, a := range f.Arrays {
				if a.Name == "rdm_descriptors/"+name && len(a.Shape) == 1 && a.Shape[0] == len(list) {
					return a
				}
			}
		}
		return nil
	}
	for what, names := range labelNames {
		a := find(names...)
		if a == nil {
			continue
		}
		values, err := texts(ctx, a)
		if err != nil {
			return err
		}
		for i, v := range values {
			*Label(&list[i].Row, what) = v
		}
	}
	if a := find("time"); a != nil && a.Numeric() {
		values, err := a.Float64(ctx)
		if err != nil {
			return err
		}
		for i, v := range values {
			list[i].Row.Time = v
		}
	}
	return nil
}

// texts are the values of an array of texts or numbers, as texts.
func texts(ctx context.Context, a *file.Array) ([]string, error) {
	if a.DType == "string" {
		return a.Strings()
	}
	values, err := a.Float64(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprint(v)
	}
	return out, nil
}

// Label is the place of a label in a row: subject, roi, session, model or layer.
func Label(row *rdms.Row, what string) *string {
	return map[string]*string{"subject": &row.Subject, "roi": &row.ROI, "session": &row.Session, "model": &row.Model, "layer": &row.Layer}[what]
}

func has(f *file.File, name string) bool { return slices.Contains(f.Names(), name) }

// arraysOf are the arrays of a file that hold RDMs: the named one, the only one of
// numbers, rsatoolbox's, or every square one when all are of one size.
func arraysOf(f *file.File, name string) ([]*file.Array, error) {
	if name == "" && has(f, dissimilarities) {
		name = dissimilarities
	}
	a, err := f.Array(name)
	if err == nil {
		return []*file.Array{a}, nil
	}
	var square []*file.Array
	for _, a := range f.Arrays {
		if s := a.Shape; name == "" && a.Numeric() && len(s) == 2 && s[0] == s[1] && s[0] > 1 {
			if len(square) > 0 && square[0].Shape[0] != s[0] {
				return nil, err
			}
			square = append(square, a)
		}
	}
	if len(square) == 0 {
		return nil, err
	}
	return square, nil
}

// ofArray reads the RDMs of one array.
func ofArray(ctx context.Context, f *file.File, a *file.Array, names []string) ([]*rdm.RDM, error) {
	x, err := a.Float64(ctx)
	if err != nil {
		return nil, err
	}
	if x, err = columnsAsRows(f, a, x); err != nil {
		return nil, err
	}
	var list []*rdm.RDM
	add := func(r *rdm.RDM, err error) error {
		if err != nil && len(a.Shape) > 1 {
			err = fmt.Errorf("RDM %d: %w", len(list), err)
		}
		list = append(list, r)
		return err
	}
	if len(a.Shape) == 3 && stackedLast(x, a.Shape) {
		x, a = firstAxis(x, a.Shape), &file.Array{Shape: []int{a.Shape[2], a.Shape[0], a.Shape[1]}}
	}
	x = withoutNaNDiagonal(x, a.Shape)
	switch s := a.Shape; {
	case len(s) == 1:
		err = add(condensed(x, names))
	case len(s) == 2 && s[0] == s[1] && isRDM(x, s[0]):
		err = add(rdm.FromSquare("", x, s[0], names))
	case len(s) == 2 && s[0] == s[1] && isSimilarity(x, s[0]):
		err = fmt.Errorf("%w: the diagonal is 1: this looks like a similarity matrix; an RDM has zeros there (1 - x)", ErrShape)
	case len(s) == 2 && s[0] == s[1] && (noTriangle(s[1]) || zeroDiagonal(x, s[0])):
		err = add(rdm.FromSquare("", x, s[0], names)) // says why it is none
	case len(s) == 2 && (s[0] == 1 || s[1] == 1): // MATLAB has no arrays of one axis
		err = add(condensed(x, names))
	case len(s) == 2:
		for i := 0; i < s[0] && err == nil; i++ {
			err = add(condensed(x[i*s[1]:(i+1)*s[1]], names))
		}
	case len(s) == 3 && s[1] == s[2]:
		n := s[1]
		for i := 0; i < s[0] && err == nil; i++ {
			err = add(rdm.FromSquare("", x[i*n*n:(i+1)*n*n], n, names))
		}
	default:
		err = fmt.Errorf("%w: %v, want pairs, n x n, k x pairs, k x n x n or n x n x k", ErrShape, s)
	}
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%w: no RDM", ErrShape)
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

// stackedLast says that square RDMs are stacked along the last axis, as in MATLAB. Where all
// axes have the same length, the RDMs tell.
func stackedLast(x []float64, s []int) bool {
	n := s[0]
	if s[0] != s[1] || s[2] == 0 {
		return false
	}
	if s[1] != s[2] {
		return true
	}
	return !isRDM(withoutNaNDiagonal(x[:n*n], s[:2]), n) && isRDM(withoutNaNDiagonal(firstAxis(x, s)[:n*n], s[:2]), n)
}

// firstAxis makes the last of three axes the first.
func firstAxis(x []float64, s []int) []float64 {
	out := make([]float64, 0, len(x))
	for k := range s[2] {
		for i := k; i < len(x); i += s[2] {
			out = append(out, x[i])
		}
	}
	return out
}

// withoutNaNDiagonal gives square matrices whose whole diagonal is NaN zeros there: the
// dissimilarity of a condition with itself says nothing.
func withoutNaNDiagonal(x []float64, s []int) []float64 {
	if len(s) < 2 || len(s) > 3 || s[len(s)-1] != s[len(s)-2] || len(x) == 0 {
		return x
	}
	n := s[len(s)-1]
	out := slices.Clone(x)
	for first := 0; first < len(x); first += n * n {
		for i := range n {
			at := first + i*(n+1)
			if !math.IsNaN(x[at]) {
				return x
			}
			out[at] = 0
		}
	}
	return out
}

// zeroDiagonal says that a matrix is meant as one, and is no stack of upper triangles.
func zeroDiagonal(x []float64, n int) bool {
	for i := range n {
		if x[i*(n+1)] != 0 {
			return false
		}
	}
	return true
}

// isSimilarity says that a matrix is symmetric with ones on its diagonal.
func isSimilarity(x []float64, n int) bool {
	flipped := slices.Clone(x)
	for i := range flipped {
		flipped[i] = 1 - flipped[i]
	}
	return n > 1 && isRDM(flipped, n)
}

// noTriangle says that so many values are no upper triangle.
func noTriangle(values int) bool {
	_, err := rdm.Conditions(values)
	return err != nil
}

func isRDM(x []float64, n int) bool {
	_, err := rdm.FromSquare("", x, n, nil)
	return err == nil
}

func condensed(x []float64, names []string) (*rdm.RDM, error) {
	if _, err := rdm.Conditions(len(x)); err != nil {
		return nil, fmt.Errorf("%w (an RDM that is square must be symmetric with a zero diagonal)", err)
	}
	return rdm.New("", x, names)
}
