package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every function that architecture.md names is declared in the file that it
// names, and the walk has at most 20 steps.
func TestArchitectureNamesWhatExists(t *testing.T) {
	page, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	place := regexp.MustCompile("`([a-z0-9_/]+\\.go)`: (`[A-Za-z]+`(?:, `[A-Za-z]+`)*)")
	steps := 0
	for _, line := range strings.Split(string(page), "\n") {
		found := place.FindAllStringSubmatch(line, -1)
		if len(found) > 0 {
			steps++
		}
		for _, f := range found {
			text, err := os.ReadFile(filepath.Join("..", f[1]))
			if err != nil {
				t.Errorf("%v", err)
				continue
			}
			for _, name := range strings.Split(f[2], ", ") {
				name = strings.Trim(name, "`")
				if !regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + name + `[\[(]`).Match(text) {
					t.Errorf("%s has no function %s", f[1], name)
				}
			}
		}
	}
	if steps < 10 || steps > 20 {
		t.Errorf("the walk has %d steps, want 10 to 20", steps)
	}
}
