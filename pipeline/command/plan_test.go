package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// plan --json says what a container executor needs: what a node asks of a machine,
// which artifact a folder of --reuse has for it, and what has to be got first.
func TestPlanForExecutors(t *testing.T) {
	d := newDesk(t)
	d.study()
	freshStore := func() {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(d.dir, "store")); err != nil {
			t.Fatal(err)
		}
	}
	haxby := []string{"haxby", "--data", filepath.Join(d.dir, "data"), "--set", "rsa.bootstrap=100", "--set", "rsa.permutations=100", "--set", "stats.permutations=100"}
	plan := func(args ...string) PlannedStudy {
		t.Helper()
		var p PlannedStudy
		code, stdout, stderr := d.run(append([]string{"plan", "--json"}, args...)...)
		if err := json.Unmarshal([]byte(stdout), &p); code != ExitOK || err != nil {
			t.Fatalf("exit %d, %v\n%s", code, err, stderr)
		}
		return p
	}
	// What another executor exports: the artifacts by node, beside run.json.
	exported := filepath.Join(d.dir, "exported")
	for _, n := range plan(haxby...).Nodes {
		if n.State != "cached" || n.Made == "" {
			t.Fatalf("%s is %s, made %q", n.ID, n.State, n.Made)
		}
		if err := os.CopyFS(filepath.Join(exported, "artifacts", n.ID), os.DirFS(n.Made)); err != nil {
			t.Fatal(err)
		}
	}
	freshStore()
	reused := plan(append(haxby, "--reuse", exported)...)
	for _, n := range reused.Nodes {
		if want := filepath.Join(exported, "artifacts", n.ID); n.State != "cached" || n.Made != want {
			t.Errorf("%s is %s, made %q, want %q", n.ID, n.State, n.Made, want)
		}
	}
	freshStore()
	changed := plan(append(haxby, "--reuse", exported, "--set", "rsa.method=pearson")...)
	for _, n := range changed.Nodes {
		if made := n.Made != ""; made != (n.Stage == "fetch" || n.Stage == "fmri" || n.Stage == "rdm") {
			t.Errorf("%s, a parameter of rsa changed: %s, made %q", n.ID, n.State, n.Made)
		}
	}
	// A byte of an exported artifact that is not what its manifest says is refused.
	freshStore()
	damaged := filepath.Join(exported, "artifacts", "rdm", "001", "manifest.json")
	if err := os.WriteFile(damaged, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, said := d.run(append([]string{"plan", "--json", "--reuse", exported}, haxby...)...); code == ExitOK || !strings.Contains(said, "rdm/001") {
		t.Errorf("a damaged artifact: exit %d, %q", code, said)
	}

	needs := 0
	for _, n := range plan("demo").Nodes {
		if n.Need.Memory > 0 {
			needs++
		}
	}
	if needs == 0 {
		t.Error("no node of demo needs memory")
	}
	if paper := plan("paper"); !strings.Contains(paper.Missing, "manual") {
		t.Errorf("paper lacks %q", paper.Missing)
	}
}

// The code that version prints is of the sources, not of who built the program.
func TestVersionNamesTheCode(t *testing.T) {
	d := newDesk(t)
	says := func(args ...string) []string {
		t.Helper()
		code, stdout, stderr := d.run(append([]string{"version"}, args...)...)
		if code != ExitOK {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		return strings.Fields(stdout)
	}
	before := says()
	if len(before) != 5 || !strings.HasPrefix(before[2], "code:") || len(before[2]) != 17 {
		t.Fatalf("version prints %q", before)
	}
	version = "v1.2.3"
	defer func() { version = "" }()
	if now := says(); now[1] != "v1.2.3" || now[2] != before[2] {
		t.Errorf("version prints %q, then %q", before, now)
	}
	d.sources["stages/rdm/doc.go"] = "package rdm\n\nvar edited = 1\n"
	if now := says(); now[2] == before[2] {
		t.Error("other code, the same name")
	}
}
