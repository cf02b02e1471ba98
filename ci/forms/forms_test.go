package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The commands of every form, as docs/measurements/forms.md lists them, give what numpy and
// scipy compute of the same values (ci/reference/forms.py), to 1e-6.
func TestForms(t *testing.T) {
	const root = "../.."
	program := filepath.Join(t.TempDir(), "realnet")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	list, err := read(root)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs/measurements/forms.md"))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 15 {
		t.Errorf("%d forms", len(list))
	}
	for _, f := range list {
		t.Run(f.name(), func(t *testing.T) {
			if len(f.Commands) > 3 {
				t.Errorf("%d commands", len(f.Commands))
			}
			if _, err := f.try(t.Context(), root, program); err != nil {
				t.Error(err)
			}
			for _, c := range f.Commands {
				if !strings.Contains(string(page), "`"+c+"`") {
					t.Errorf("docs/measurements/forms.md does not list %s: go run ./ci/forms > docs/measurements/forms.md", c)
				}
			}
		})
	}
}
