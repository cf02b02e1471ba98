package artifacts

import (
	"path/filepath"
	"strings"
	"testing"
)

// A manifest means the same to every reader: a key of another case is unknown, and none
// comes twice.
func TestManifestKeysAreExact(t *testing.T) {
	a := makeArtifact(t, filepath.Join(t.TempDir(), "a"), 1, someProvenance)
	text, err := a.Manifest().encode()
	must(t, err)
	if _, err := parseManifest(text); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"format":`, `"Format":`},
		{`"schema":`, `"SCHEMA": {"name": "other", "version": 1}, "schema":`},
		{`"seed":`, `"seed": 9, "seed":`},
		{`"size":`, `"Size": 3, "size":`},
	} {
		changed := strings.Replace(string(text), change[0], change[1], 1)
		if changed == string(text) {
			t.Fatalf("the manifest has no %s", change[0])
		}
		if _, err := parseManifest([]byte(changed)); err == nil {
			t.Errorf("accepted with %s", change[1])
		}
	}
	if _, err := parseManifest(append(text, "{}"...)); err == nil {
		t.Error("accepted with text after it")
	}
}
