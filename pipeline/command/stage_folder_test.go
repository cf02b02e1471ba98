package command

import (
	"strings"
	"testing"
)

// A plain folder where an artifact belongs: the message says how to make one.
func TestStageOfPlainFolder(t *testing.T) {
	dir := t.TempDir()
	for in, want := range map[string][2]string{
		"dataset=" + dir:  {"fmri", "a plain folder, not an artifact; make one with: realnet stage fetch --in source=" + dir + " --out DIR"},
		"patterns=" + dir: {"rdm", "a plain folder, not an artifact; make one with: realnet artifacts import --in " + dir + " --schema patterns --out DIR"},
	} {
		code, _, errs := execute(t, "stage", want[0], "--in", in, "--out", t.TempDir()+"/out")
		if code == 0 || !strings.Contains(errs, want[1]) {
			t.Errorf("--in %s: code %d: %s", in, code, errs)
		}
	}
}
