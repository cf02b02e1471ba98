package all_test

import (
	"os"
	"strings"
	"testing"

	"realnet/stages/all"
)

// The linter's rule that stages never import each other names every stage.
func TestLinterKnowsEveryStage(t *testing.T) {
	rules, err := os.ReadFile("../../.golangci.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all.Stages().Names() {
		if !strings.Contains(string(rules), "{pkg: realnet/stages/"+name+"$,") {
			t.Errorf("add stage %s to the rule stages-stand-alone of .golangci.yml", name)
		}
	}
}
