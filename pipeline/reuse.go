package pipeline

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	"realnet/artifacts"
	"realnet/pipeline/step"
)

// Reuse makes every artifact below dir, which another executor made, known to
// the store under the key of what it says it was made of. The artifacts stay
// where they are.
func Reuse(ctx context.Context, store *artifacts.Store, dir string) error {
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil || d.IsDir() || d.Name() != artifacts.ManifestName {
			return err
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
		return nil
	})
}
