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

// Read reads the RDMs of a file: of the array of that name, or of all. Their
// names are the file's own, where it has some.
func Read(ctx context.Context, path, array string) ([]RDM, error) {
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
	own := found[0].Names
	if own == nil {
		own = conditions(f)
	}
	var out []RDM
	for _, a := range found {
		list, err := ofArray(ctx, f, a)
		if err == nil {
			err = nameAll(f, list, own)
		}
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

// nameAll gives RDMs the names of their conditions: own, else a list of names in the file.
func nameAll(f *file.File, list []*rdm.RDM, own []string) (err error) {
	for i, r := range list {
		if own == nil {
			own = f.NamesOf(r.N)
		}
		if list[i], err = rdm.New("", r.Values, own); err != nil {
			return err
		}
	}
	return nil
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
