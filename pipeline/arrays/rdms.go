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
	"realnet/data/file"
	"realnet/stages/analysis/naming"
	"realnet/stages/analysis/rdm"
	"realnet/stages/rdmfile"
)

// RDM is one RDM of a file or an artifact.
type RDM struct {
	*rdm.RDM
	Label  string   // file and, of several, the number from 0
	Row    rdms.Row // what an artifact says of it; else as far as the file does
	Beside bool     // its names are from the file beside it (NamesFile) alone

	Section *Section // of LinkRDMs: where the values are, and Values is nil
}

// ReadRDMs reads the RDMs of an artifact or of a file of any form (package rdmfile). array
// names the one to take, of files with several.
//
// names are those of the conditions of files without; may be nil. An artifact brings its own,
// and so does a file with names in it or beside it, which win (naming.Choose).
func ReadRDMs(ctx context.Context, path, array string, names []string) ([]RDM, error) {
	return readOrLink(ctx, path, array, names, false)
}

// LinkRDMs is ReadRDMs, but a large condensed upper triangle in float64 stays in its file.
func LinkRDMs(ctx context.Context, path, array string, names []string) ([]RDM, error) {
	return readOrLink(ctx, path, array, names, true)
}

func readOrLink(ctx context.Context, path, array string, names []string, link bool) ([]RDM, error) {
	out, err := readRDMs(ctx, path, array, names, link)
	if err != nil && !strings.Contains(err.Error(), path) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return out, err
}

func readRDMs(ctx context.Context, path, array string, names []string, link bool) ([]RDM, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return rdmsOfArtifact(path)
	}
	if link && filepath.Ext(path) == ".npy" {
		if r := linked(ctx, path, array, names); r != nil {
			return []RDM{*r}, nil
		}
	}
	list, err := rdmfile.Read(ctx, path, array)
	switch {
	case errors.Is(err, file.ErrUnknown):
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	case errors.Is(err, file.ErrName):
		return nil, fmt.Errorf("%w: choose one with --select", err)
	case err != nil:
		return nil, err
	}
	out := make([]RDM, len(list))
	for i, r := range list {
		out[i] = RDM{RDM: r.RDM, Label: r.Label, Row: r.Row}
	}
	own := list[0].Names
	if own == nil {
		if own, err = NamesBeside(ctx, path); err != nil {
			return nil, err
		}
		if names != nil && len(own) != list[0].N {
			own = nil // of another array
		}
	}
	beside := list[0].Names == nil && own != nil && names == nil
	if names != nil && len(names) != list[0].N {
		return nil, fmt.Errorf("%w: %d names for %d conditions", ErrLabels, len(names), list[0].N)
	}
	if names, err = naming.Choose(own, names); err != nil {
		return nil, err
	}
	for i := range out {
		named, err := rdm.New(out[i].Metric, out[i].Values, names)
		if err != nil {
			return nil, err
		}
		out[i].RDM, out[i].Beside = named, beside
	}
	return out, nil
}

// linkedFrom is how many pairs an RDM has that stays in its file.
const linkedFrom = 1 << 20

// linked says where the values of a condensed RDM are; nil for one that must be read, and
// for what rdmfile has to say something about.
func linked(ctx context.Context, path, array string, names []string) *RDM {
	f, err := file.Open(ctx, path)
	if err != nil {
		return nil
	}
	defer f.Close()
	if len(f.Arrays) != 1 {
		return nil
	}
	a, err := f.Array(array)
	if err != nil {
		return nil
	}
	offset, ok := a.Section()
	if !ok || len(a.Shape) != 1 || a.DType != "float64" || a.Len() < linkedFrom || a.Names != nil {
		return nil
	}
	n, err := rdm.Conditions(a.Len())
	if err != nil {
		return nil
	}
	own, err := NamesBeside(ctx, path)
	if err != nil || names != nil && len(names) != n {
		return nil
	}
	beside := own != nil && names == nil
	if names, err = naming.Choose(own, names); err != nil || names != nil && len(names) != n {
		return nil
	}
	return &RDM{
		RDM: &rdm.RDM{N: n, Names: names}, Label: strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)),
		Row: rdms.Row{Time: math.NaN()}, Beside: beside, Section: &Section{Path: path, Offset: offset},
	}
}

// NamesBeside are the names of the conditions in the file beside an array; nil for none.
func NamesBeside(ctx context.Context, path string) ([]string, error) {
	names := NamesFile(path)
	if _, err := os.Stat(names); err != nil {
		return nil, nil
	}
	return ReadLabels(ctx, names)
}

func rdmsOfArtifact(path string) ([]RDM, error) {
	if _, err := os.Stat(filepath.Join(path, artifacts.ManifestName)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: a folder without %s is no artifact: name the files in it", ErrFormat, artifacts.ManifestName)
	}
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
