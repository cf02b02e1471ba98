package arrays

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/rdm"
)

// RDM is one RDM of a file.
type RDM struct {
	*rdm.RDM
	Label string   // file and, of several, the number from 0
	Row   rdms.Row // what an artifact says of it, with the file's name as its model otherwise
}

// ReadRDMs reads one RDM or several: a condensed upper triangle, a square
// matrix, several of either along a first axis, or an artifact. A matrix of two
// axes is one square RDM when it is symmetric with a zero diagonal, else one
// condensed RDM a row. names may be nil; an artifact brings its own.
func ReadRDMs(ctx context.Context, path string, names []string) ([]RDM, error) {
	out, err := readRDMs(ctx, path, names)
	if err != nil && !strings.Contains(err.Error(), path) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return out, err
}

func readRDMs(ctx context.Context, path string, names []string) ([]RDM, error) {
	if _, err := os.Stat(filepath.Join(path, artifacts.ManifestName)); err == nil {
		return rdmsOfArtifact(path)
	} else if !errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "not a directory") {
		return nil, err
	}
	a, err := Read(ctx, path, Options{})
	if err != nil {
		return nil, err
	}
	base := filepath.Base(path)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	x := a.Float64()
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
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: no RDM", ErrShape)
	}
	out := make([]RDM, len(list))
	for i, r := range list {
		out[i] = RDM{RDM: r, Label: base, Row: rdms.Row{Model: base, Time: math.NaN()}}
		if len(list) > 1 {
			out[i].Label = fmt.Sprintf("%s[%d]", base, i)
			out[i].Row.Model = out[i].Label
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
