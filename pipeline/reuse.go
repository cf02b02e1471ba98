package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"realnet/artifacts"
	"realnet/pipeline/step"
)

// ErrNoArtifacts is returned when a folder to reuse has no artifact below it.
var ErrNoArtifacts = errors.New("no artifact below it")

// Reuse makes every artifact below dir (the artifacts/ of a run's folder that Dagger
// exported, the objects/ of another store) known to the store under the key of what it
// says it was made of. Every file is verified; a damaged artifact is an error. The
// artifacts stay where they are.
func Reuse(ctx context.Context, store *artifacts.Store, dir string) error {
	found, other := false, false
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil || d.IsDir() {
			return err
		}
		if d.Name() != artifacts.ManifestName {
			other = true
			return nil
		}
		a, err := artifacts.Open(filepath.Dir(p))
		if err != nil {
			return fmt.Errorf("reuse %s: %w", dir, err)
		}
		key, err := step.IngredientsOf(a.Manifest().Provenance).Key()
		if err != nil {
			return fmt.Errorf("reuse %s: %w", p, err)
		}
		if _, err := store.Link(key, a.Dir()); err != nil {
			return fmt.Errorf("reuse: %w", err)
		}
		found = true
		return nil
	})
	if err == nil && other && !found { // an empty folder is that of a run in which nothing succeeded
		err = fmt.Errorf("reuse %s: %w: give the artifacts folder of an exported run, or the objects folder of a store", dir, ErrNoArtifacts)
	}
	return err
}
