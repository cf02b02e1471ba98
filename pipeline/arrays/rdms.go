package arrays

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/data/file"
	"realnet/stages/analysis/rdm"
)

// RDM is one RDM of a file.
type RDM struct {
	*rdm.RDM
	Label  string   // file and, of several, the number from 0
	Row    rdms.Row // what an artifact says of it; else nothing
	Beside bool     // its names are from the file beside it (NamesFile) alone
}

// dissimilarities is the key of the RDMs in the HDF5 files of rsatoolbox.
const dissimilarities = "dissimilarities"

// ReadRDMs reads one RDM or several: a condensed upper triangle, a square matrix, several
// of either along a first axis, an artifact, or a table of pairs (Parquet, as `realnet rdm`
// writes it). A matrix of two axes is one square RDM when it is symmetric with a zero
// diagonal, else one condensed RDM a row. A file of several arrays gives those of rsatoolbox,
// or every array that is an RDM. array names the one to take.
//
// names may be nil; an artifact and a table bring their own, and so does a file with names
// beside it.
func ReadRDMs(ctx context.Context, path, array string, names []string) ([]RDM, error) {
	out, err := readRDMs(ctx, path, array, names)
	if err != nil && !strings.Contains(err.Error(), path) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return out, err
}

func readRDMs(ctx context.Context, path, array string, names []string) ([]RDM, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return rdmsOfArtifact(path)
	}
	f, err := file.Open(ctx, path)
	if format, e := file.Format(path); e == nil && format == file.Parquet {
		return rdmsOfPairs(path)
	}
	if errors.Is(err, file.ErrUnknown) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	found, err := rdmArrays(f, array)
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	beside := false
	if names == nil {
		if names = found[0].Names; names == nil {
			names = descriptors(f)
		}
		if names == nil {
			if names, err = NamesBeside(ctx, path); err != nil {
				return nil, err
			}
			beside = names != nil
		}
	}
	var out []RDM
	for _, a := range found {
		list, err := rdmsOf(ctx, a, names)
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
			out = append(out, RDM{RDM: r, Label: label, Row: rdms.Row{Time: math.NaN()}, Beside: beside})
		}
	}
	if len(found) == 1 && len(out) > 1 {
		for i := range out {
			out[i].Label = fmt.Sprintf("%s[%d]", base, i)
		}
	}
	return out, nil
}

// descriptors are the names of the conditions in the HDF5 files of rsatoolbox: the only
// pattern descriptor of texts; nil for none or several.
func descriptors(f *file.File) []string {
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

// NamesBeside are the names of the conditions in the file beside an array; nil for none.
func NamesBeside(ctx context.Context, path string) ([]string, error) {
	names := NamesFile(path)
	if _, err := os.Stat(names); err != nil {
		return nil, nil
	}
	return ReadLabels(ctx, names)
}

// rdmArrays are the arrays of a file that hold RDMs: the named one, the only one of
// numbers, rsatoolbox's, or every square one when all are of one size.
func rdmArrays(f *file.File, name string) ([]*file.Array, error) {
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
				return nil, fmt.Errorf("%w: choose one with --select", err)
			}
			square = append(square, a)
		}
	}
	if len(square) == 0 {
		return nil, fmt.Errorf("%w: choose one with --select", err)
	}
	return square, nil
}

// rdmsOf reads the RDMs of one array.
func rdmsOf(ctx context.Context, a *file.Array, names []string) ([]*rdm.RDM, error) {
	x, err := a.Float64(ctx)
	if err != nil {
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
	switch s := a.Shape; {
	case len(s) == 1:
		err = add(condensed(x, names))
	case len(s) == 2 && s[0] == s[1] && isRDM(x, s[0]):
		err = add(rdm.FromSquare("", x, s[0], names))
	case len(s) == 2 && s[0] == s[1] && similarity(x, s[0]):
		err = fmt.Errorf("%w: the diagonal is 1: this looks like a similarity matrix; an RDM has zeros there (1 - x)", ErrShape)
	case len(s) == 2 && s[0] == 1: // MATLAB has no arrays of one axis
		err = add(condensed(x, names))
	case len(s) == 2 && s[1] == 1:
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
		err = fmt.Errorf("%w: %v, want pairs, n x n, k x pairs or k x n x n", ErrShape, s)
	}
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%w: no RDM", ErrShape)
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

// similarity says that a matrix is symmetric with ones on its diagonal.
func similarity(x []float64, n int) bool {
	flipped := slices.Clone(x)
	for i := range flipped {
		flipped[i] = 1 - flipped[i]
	}
	return n > 1 && isRDM(flipped, n)
}

// Pair is one dissimilarity of a table of pairs.
type Pair struct {
	RDM   string  `col:"rdm"`
	First string  `col:"first" doc:"condition"`
	Other string  `col:"second" doc:"condition"`
	Value float64 `col:"value"`
}

// rdmsOfPairs reads a table of pairs: RDM by RDM, each pair once, in any order.
func rdmsOfPairs(path string) ([]RDM, error) {
	rows, err := artifacts.ReadParquet[Pair](path)
	if err != nil {
		return nil, err
	}
	var names, labels []string
	at := map[string]int{}
	index := func(list *[]string, key, name string) int {
		k, ok := at[key+name]
		if !ok {
			k = len(*list)
			at[key+name] = k
			*list = append(*list, name)
		}
		return k
	}
	for _, r := range rows {
		index(&labels, "rdm ", r.RDM)
		index(&names, "condition ", r.First)
	}
	for _, r := range rows { // the last condition is never first
		index(&names, "condition ", r.Other)
	}
	n := len(names)
	values := make([][]float64, len(labels))
	for i := range values {
		values[i] = make([]float64, n*(n-1)/2)
	}
	for k, r := range rows {
		i, j := at["condition "+r.First], at["condition "+r.Other]
		if i == j {
			return nil, fmt.Errorf("%w: row %d pairs %q with itself", ErrShape, k, r.First)
		}
		i, j = min(i, j), max(i, j)
		values[at["rdm "+r.RDM]][i*n-i*(i+1)/2+j-i-1] = r.Value
	}
	if len(rows) != len(labels)*n*(n-1)/2 {
		return nil, fmt.Errorf("%w: %d pairs of %d RDMs of %d conditions: want every pair once", ErrShape, len(rows), len(labels), n)
	}
	base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	out := make([]RDM, len(labels))
	for i, label := range labels {
		r, err := rdm.New("", values[i], names)
		if err != nil {
			return nil, err
		}
		out[i] = RDM{RDM: r, Label: base, Row: rdms.Row{Time: math.NaN()}}
		if len(labels) > 1 {
			out[i].Label = base + "/" + label
		}
	}
	return out, nil
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

func rdmsOfArtifact(path string) ([]RDM, error) {
	art, err := artifacts.Open(path)
	if err != nil {
		return nil, err
	}
	if kind := art.Manifest().Schema.Name; kind != rdms.Schema.Name {
		return nil, fmt.Errorf("%w: an artifact of schema %s, want %s", ErrFormat, kind, rdms.Schema.Name)
	}
	set, err := rdms.Read(art)
	if err != nil {
		return nil, err
	}
	out := make([]RDM, len(set.Rows))
	for i, row := range set.Rows {
		r, err := rdm.New(row.Metric, set.RDM(i), set.Conditions)
		if err != nil {
			return nil, err
		}
		out[i] = RDM{RDM: r, Label: Describe(row), Row: row}
		if out[i].Label == "" {
			out[i].Label = filepath.Base(path)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: no RDM", ErrShape)
	}
	return out, nil
}

// Describe puts what an RDM is of into a few words.
func Describe(r rdms.Row) string {
	var words []string
	for _, w := range []string{r.Kind, r.Model, r.Layer, r.Subject, r.ROI, r.Session, r.Split} {
		if w != "" {
			words = append(words, w)
		}
	}
	if !math.IsNaN(r.Time) {
		words = append(words, fmt.Sprintf("%g s", r.Time))
	}
	return strings.Join(words, " ")
}
