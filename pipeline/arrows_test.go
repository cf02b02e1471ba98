package pipeline_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realnet/pipeline/identity"
)

// Planning and running link no drawing: a plan says what a report shows, and only the
// report draws it. The linter sees direct imports; this sees all of them.
func TestPlanningLinksNoDrawing(t *testing.T) {
	sources, err := identity.New(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	links, err := sources.Imports("pipeline")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range links {
		if strings.HasPrefix(p, "stages/report") && p != "stages/report/params" && p != "stages/report/number" || p == "stages/all" {
			t.Errorf("package pipeline links %s", p)
		}
	}
	if len(links) < 20 {
		t.Errorf("only %d packages found: %v", len(links), links)
	}
}

// Stages share work among goroutines by pools that hand a panic to who waits for them, so
// that it becomes the error of that stage. With errgroup it would end the program, and with
// it all that runs beside the stage.
func TestStagesOutliveTheirPanics(t *testing.T) {
	err := filepath.WalkDir("../stages", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), `"golang.org/x/sync/errgroup"`) {
			t.Errorf("%s imports errgroup: use the pool of conc, or analysis/internal/parallel", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
