package pipeline_test

import (
	"os"
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
