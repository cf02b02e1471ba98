package artifacts

import (
	"fmt"
	"path/filepath"
	"slices"
)

// Conforms checks that the artifact was written for schema s and that its files have
// the columns, types and ranks that s says.
func (a *Artifact) Conforms(s Schema) error {
	if a.manifest.Schema != s.Ref() {
		return fmt.Errorf("artifacts: %s: %w: it is a %s, want a %s", a.dir, ErrSchema, a.manifest.Schema, s.Ref())
	}
	names := make([]string, len(a.manifest.Files))
	for i, f := range a.manifest.Files {
		names[i] = f.Name
	}
	if err := s.conform(a.dir, names); err != nil {
		return fmt.Errorf("artifacts: %w", err)
	}
	return nil
}

// conform checks the files called names under dir against the schema.
func (s Schema) conform(dir string, names []string) error {
	found := map[string]bool{}
	for _, name := range names {
		spec, ok := s.Spec(name)
		if !ok {
			return fmt.Errorf("%s: %w: %s has no such file", filepath.Join(dir, name), ErrSchema, s.Ref())
		}
		found[spec.Name] = true
		if err := spec.conform(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return fmt.Errorf("%w (schema %s)", err, s.Ref())
		}
	}
	for _, f := range s.Files {
		if !f.Optional && !found[f.Name] {
			return fmt.Errorf("%s: %w: missing, %s needs it", filepath.Join(dir, f.Name), ErrSchema, s.Ref())
		}
	}
	return nil
}

// conform reads the head of a file and compares its types with the spec.
func (f FileSpec) conform(path string) error {
	switch f.Kind {
	case KindTable:
		columns, err := tableColumns(path)
		if err != nil {
			return err
		}
		if len(f.Columns) == 0 {
			return nil
		}
		same := func(a, b Column) bool { return a.Name == b.Name && a.Type == b.Type }
		if !slices.EqualFunc(columns, f.Columns, same) {
			return fmt.Errorf("%s: %w: has columns %s, want %s", path, ErrSchema, listColumns(columns), listColumns(f.Columns))
		}
	case KindTensor:
		h, err := tensorHeadOf(path)
		if err != nil {
			return err
		}
		if f.DType != "" && h.dtype != f.DType {
			return fmt.Errorf("%s: %w: has dtype %s, want %s", path, ErrSchema, h.dtype, f.DType)
		}
		if f.Rank != 0 && 1+len(h.rowShape) != f.Rank {
			return fmt.Errorf("%s: %w: has %d axes, want %d", path, ErrSchema, 1+len(h.rowShape), f.Rank)
		}
	case KindWeights:
		return checkWeights(path)
	}
	return nil
}
