package command

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/pipeline"
)

// export copies the artifacts of the desk's run below its folder, as an executor
// without a store of this machine leaves them.
func (d *desk) export() {
	d.t.Helper()
	run := filepath.Join(d.dir, "run")
	rec, err := pipeline.ReadRun(run)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, n := range rec.Nodes {
		to := filepath.Join(run, "artifacts", filepath.FromSlash(n.ID))
		if err := os.RemoveAll(to); err != nil {
			d.t.Fatal(err)
		}
		d.copyTree(filepath.Join(d.dir, "store", "objects", n.Digest.Hex()), to)
	}
}

func (d *desk) copyTree(from, to string) {
	d.t.Helper()
	err := fs.WalkDir(os.DirFS(from), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			return err
		}
		in, err := os.Open(filepath.Join(from, name))
		if err != nil {
			return err
		}
		defer in.Close()
		out, err := os.Create(filepath.Join(to, name))
		if err != nil {
			return err
		}
		defer out.Close()
		_, err = io.Copy(out, in)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// A run is what it says: its nodes are those of the artifacts, the artifacts whole, and
// every file of its folder the report's. Whatever is altered is found and named.
func TestVerifyRun(t *testing.T) {
	d := newDesk(t)
	d.study()
	run := filepath.Join(d.dir, "run")
	verify := func(args ...string) (int, string, Verified) {
		t.Helper()
		code, stdout, stderr := d.run(append([]string{"artifacts", "verify", "--json", run}, args...)...)
		var v Verified
		if err := json.Unmarshal([]byte(stdout), &v); err != nil {
			t.Fatalf("%v: %s%s", err, stdout, stderr)
		}
		return code, strings.Join(v.Faults, "\n"), v
	}
	code, faults, v := verify()
	if code != ExitOK || v.Artifacts != 6 || len(v.Runs) != 1 || v.Runs[0].Files < 4 || len(v.Runs[0].Foreign) != 0 {
		t.Fatalf("a whole run: exit %d, %s, %+v", code, faults, v)
	}
	d.export()
	if code, faults, v = verify(); code != ExitOK || v.Artifacts != 6 || len(v.Runs[0].Foreign) != 0 {
		t.Fatalf("an exported run: exit %d, %s, %+v", code, faults, v)
	}

	other := filepath.Join(d.dir, "other")
	rdm := func(dir string) string { return filepath.Join(dir, "artifacts", "rdm", "001") }
	first := filepath.Join(d.dir, "first")
	d.copyTree(run, first)
	d.study("--set", "rdm.metric=euclidean")
	d.export()
	d.copyTree(run, other)
	restore := func() {
		t.Helper()
		if err := os.RemoveAll(run); err != nil {
			t.Fatal(err)
		}
		d.copyTree(first, run)
	}
	edit := func(name, from, to string) {
		t.Helper()
		file := filepath.Join(run, filepath.FromSlash(name))
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), from) {
			t.Fatalf("%s has no %q: %v", name, from, err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), from, to, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name  string
		alter func()
		want  string
	}{
		{"another run's valid artifact", func() {
			if err := os.RemoveAll(rdm(run)); err != nil {
				t.Fatal(err)
			}
			d.copyTree(rdm(other), rdm(run))
		}, "rdm/001: run.json says"},
		{"an altered page", func() { edit("report.html", "</html>", "<!-- better --></html>") }, "report.html is not the file"},
		{"an altered result", func() { edit("results.json", "0.", "1.") }, "results.json is not the file"},
		{"an altered table", func() { edit("tables/results.csv", "0.", "1.") }, "results.csv is not the file"},
		{"a figure that is gone", func() {
			figures, err := filepath.Glob(filepath.Join(run, "figures", "*.svg"))
			if err != nil || len(figures) == 0 {
				t.Fatal(err)
			}
			if err := os.Remove(figures[0]); err != nil {
				t.Fatal(err)
			}
		}, ".svg"},
		{"another parameter in run.json", func() { edit("run.json", `"metric": "correlation"`, `"metric": "cosine"`) }, "run.json"},
		{"another study in run.json", func() { edit("run.json", `"seed": `, `"seed": 1`) }, "another study"},
		{"a file unlisted", func() { edit("run.json", `"name": "report.html"`, `"name": "figures/x.svg"`) }, "does not list the files"},
		{"an artifact of no node", func() { d.copyTree(rdm(other), filepath.Join(run, "artifacts", "rdm", "002")) }, "of no node"},
		{"an artifact that is gone", func() {
			if err := os.RemoveAll(rdm(run)); err != nil {
				t.Fatal(err)
			}
		}, "rdm/001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			restore()
			if code, faults, _ := verify(); code != ExitOK {
				t.Fatalf("before: %s", faults)
			}
			c.alter()
			code, faults, _ := verify()
			if code != ExitFailed || !strings.Contains(faults, c.want) {
				t.Errorf("exit %d, want a fault with %q:\n%s", code, c.want, faults)
			}
		})
	}
	restore()
	if code, faults, _ = verify("--against", first); code != ExitOK {
		t.Errorf("against itself: %s", faults)
	}
	if code, faults, _ = verify("--against", other); code != ExitFailed || !strings.Contains(faults, "rdm/001: ") || strings.Contains(faults, "fmri/001: ") {
		t.Errorf("against another run: exit %d, %s", code, faults)
	}
	if err := os.WriteFile(filepath.Join(run, "figures", "mine.png"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	facts := filepath.Join(run, "facts", "rdm", "001", "facts.json") // as Dagger exports them
	if err := errors.Join(os.MkdirAll(filepath.Dir(facts), 0o755), os.WriteFile(facts, []byte("{}"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if code, faults, v = verify(); code != ExitOK || len(v.Runs[0].Foreign) != 1 {
		t.Errorf("a file of the user's: exit %d, %s, %+v", code, faults, v.Runs[0].Foreign)
	}
}

// F8: a run that makes no report takes the old one away, and says what is missing.
func TestRunWithoutAReportLeavesNoOldOne(t *testing.T) {
	d := newDesk(t)
	d.study()
	run := filepath.Join(d.dir, "run")
	if err := os.WriteFile(filepath.Join(run, "figures", "mine.png"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(d.dir, "data")
	code, stdout, stderr := d.run("reproduce", "haxby", "--data", data, "--set", "rdm.metric=euclidean", "--until", "rdm", "--out", run)
	if code != ExitOK || strings.Contains(stdout, "reliability") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	for _, name := range []string{"report.html", "results.json", "study.json", "tables"} {
		if _, err := os.Stat(filepath.Join(run, name)); err == nil {
			t.Errorf("%s of the run before is there", name)
		}
	}
	if _, err := os.Stat(filepath.Join(run, "figures", "mine.png")); err != nil {
		t.Error("the user's figure is gone")
	}
	for _, args := range [][]string{{"report", run}, {"compare", run, run}} {
		if code, _, stderr := d.run(args...); code != ExitFailed || !strings.Contains(stderr, "--until rdm") {
			t.Errorf("%v: exit %d: %s", args, code, stderr)
		}
	}
	mine := t.TempDir()
	if err := os.WriteFile(filepath.Join(mine, "report.html"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := d.run("reproduce", "haxby", "--data", data, "--out", mine); code != ExitFailed || !strings.Contains(stderr, "no run wrote: report.html") {
		t.Errorf("a foreign page: exit %d: %s", code, stderr)
	}
}

// A check that does not pass has an exit code of its own, and gc counts what a run
// that it is asked to forget leaves.
func TestChecksHaveTheirExitCodeAndGCCountsForgottenRuns(t *testing.T) {
	d := newDesk(t)
	run := filepath.Join(d.dir, "run")
	args := []string{
		"reproduce", "haxby", "--data", filepath.Join(d.dir, "data"), "--out", run, "--set", "rsa.permutations=100",
		"--set", "rsa.bootstrap=100", "--set", "stats.permutations=100", "--set", "stats.alpha=1e-9",
	}
	if code, stdout, stderr := d.run(args...); code != ExitChecks || !strings.Contains(stderr, "checks failed") {
		t.Errorf("exit %d, want %d: %s%s", code, ExitChecks, stdout, stderr)
	}
	if code, stdout, _ := d.run("artifacts", "gc", "--dry-run"); code != ExitOK || !strings.HasPrefix(stdout, "would remove 0 artifacts") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	if code, stdout, _ := d.run("artifacts", "gc", "--dry-run", "--forget", run); code != ExitOK || !strings.HasPrefix(stdout, "would remove 6 artifacts") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	if code, _, stderr := d.run("artifacts", "gc", "--dry-run", "--forget", filepath.Join(d.dir, "none")); code != ExitFailed {
		t.Errorf("an unknown run: exit %d: %s", code, stderr)
	}
	if code, stdout, _ := d.run("artifacts", "gc", "--forget", run); code != ExitOK || !strings.HasPrefix(stdout, "removed 6 artifacts") {
		t.Errorf("exit %d: %s", code, stdout)
	}
}

// A run starts from exported artifacts on a machine with an empty store, and refuses
// damaged ones and folders without any.
func TestReproduceReusesExportedArtifacts(t *testing.T) {
	d := newDesk(t)
	d.study()
	d.export()
	exported := filepath.Join(d.dir, "run", "artifacts")
	if got := d.study("--store", filepath.Join(d.dir, "elsewhere"), "--reuse", exported); len(got) != 0 {
		t.Errorf("made %v", got)
	}
	if got := d.study("--store", filepath.Join(d.dir, "third"), "--reuse", filepath.Join(d.dir, "store", "objects"), "--set", "rsa.method=pearson"); !slices.Equal(got, []string{"report", "rsa/001", "stats"}) {
		t.Errorf("after a change: made %v", got)
	}
	if code, _, stderr := d.run("reproduce", "haxby", "--data", filepath.Join(d.dir, "data"), "--out", filepath.Join(d.dir, "r"), "--reuse", filepath.Join(d.dir, "data")); code != ExitFailed || !strings.Contains(stderr, "no artifact below it") {
		t.Errorf("a folder of something else: exit %d: %s", code, stderr)
	}
	files, err := filepath.Glob(filepath.Join(exported, "rdm", "001", "*.parquet"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(files[0], text, 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := d.run("reproduce", "haxby", "--store", filepath.Join(d.dir, "fourth"), "--data", filepath.Join(d.dir, "data"), "--out", filepath.Join(d.dir, "r"), "--reuse", exported); code != ExitFailed || !strings.Contains(stderr, filepath.Base(files[0])) {
		t.Errorf("a damaged artifact: exit %d: %s", code, stderr)
	}
}
