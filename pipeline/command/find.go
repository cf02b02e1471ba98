package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"realnet/artifacts"
)

// find opens an artifact by folder, digest or the first digits of one.
func (a *App) find(name string) (*artifacts.Artifact, error) {
	if _, err := os.Stat(filepath.Join(name, artifacts.ManifestName)); err == nil {
		return artifacts.Open(name)
	}
	store, err := a.OpenStore()
	if err != nil {
		return nil, err
	}
	list, damage := store.List()
	digits := strings.TrimPrefix(name, "sha256:")
	var found []*artifacts.Artifact
	for _, art := range list {
		if strings.HasPrefix(art.Digest().Hex(), digits) {
			found = append(found, art)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		err := fmt.Errorf("%q is neither an artifact's folder nor a digest in %s: see realnet artifacts list: %w", name, store.Dir(), fs.ErrNotExist)
		return nil, errors.Join(err, damage)
	}
	return nil, fmt.Errorf("%q names %d artifacts: give more digits", name, len(found))
}
