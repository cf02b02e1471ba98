package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
)

// pageArtifact makes a report artifact with these files.
func pageArtifact(t *testing.T, files map[string]string) *artifacts.Artifact {
	t.Helper()
	w, err := artifacts.Create(filepath.Join(t.TempDir(), "page"), page.Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for name, text := range files {
		f, err := w.File(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	a, err := w.Commit(artifacts.Provenance{Stage: "report", Params: []byte("{}"), Machine: "m"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// A folder holds the files of one run and whatever the user put there, through runs
// with other figures, without a report, and in folders whose names are patterns.
func TestRunFolderHoldsOneRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "b[1]*")
	beside := filepath.Join(filepath.Dir(dir), "b1", "figures") // what a glob of dir would match
	put(t, beside, "old.png", "not ours")
	first := pageArtifact(t, map[string]string{"report.html": "1", "results.json": "{}", "study.json": "{}", "figures/old.png": "1", "tables/a.csv": "1"})
	if err := CheckRunFolder(dir); err != nil {
		t.Fatal(err)
	}
	if err := WriteRun(dir, RunRecord{}, first); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadResults(dir); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"figures/mine.png", "tables/mine.csv", "figures/old.svg", "notes.json"} {
		put(t, dir, name, "mine")
	}
	second := pageArtifact(t, map[string]string{"report.html": "2", "results.json": "{ }", "figures/new.png": "2"})
	if err := WriteRun(dir, RunRecord{}, second); err != nil {
		t.Fatal(err)
	}
	want := []string{"figures/mine.png", "figures/new.png", "figures/old.svg", "notes.json", "report.html", "results.json", "run.json", "tables/mine.csv"}
	if got := filesIn(t, dir); !slices.Equal(got, want) {
		t.Errorf("after the second run: %v, want %v", got, want)
	}
	if err := WriteRun(dir, RunRecord{Missing: "the run was made with --until rdm"}, nil); err != nil {
		t.Fatal(err)
	}
	want = []string{"figures/mine.png", "figures/old.svg", "notes.json", "run.json", "tables/mine.csv"}
	if got := filesIn(t, dir); !slices.Equal(got, want) {
		t.Errorf("after a run without a report: %v, want %v", got, want)
	}
	if _, err := ReadResults(dir); !errors.Is(err, ErrNoResults) || !strings.Contains(err.Error(), "--until rdm") {
		t.Errorf("results of no report: %v", err)
	}
	if got := filesIn(t, beside); len(got) != 1 {
		t.Errorf("beside the run: %v", got)
	}
}

// Files that no run wrote are never overwritten: not the page, not a figure, not a
// run.json of another program; and a record cannot name files outside the folder.
func TestRunFolderRefusesForeignFiles(t *testing.T) {
	report := pageArtifact(t, map[string]string{"report.html": "1", "results.json": "{}", "figures/a.png": "1"})
	for _, name := range []string{"report.html", "results.json", "study.json"} {
		dir := t.TempDir()
		put(t, dir, name, "mine")
		if err := CheckRunFolder(dir); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s before the run: %v", name, err)
		}
	}
	dir := t.TempDir()
	put(t, dir, "figures/a.png", "mine")
	if err := WriteRun(dir, RunRecord{}, report); !errors.Is(err, ErrForeign) {
		t.Errorf("a foreign figure: %v", err)
	}
	if got := filesIn(t, dir); !slices.Equal(got, []string{"figures/a.png"}) {
		t.Errorf("a refused run left %v", got)
	}
	put(t, dir, "run.json", "npm run")
	if err := CheckRunFolder(dir); err == nil || !strings.Contains(err.Error(), "no record of a run") {
		t.Errorf("a foreign run.json: %v", err)
	}

	dir = t.TempDir()
	outside := filepath.Join(filepath.Dir(dir), "outside.png")
	put(t, filepath.Dir(dir), "outside.png", "not ours")
	put(t, dir, "run.json", `{"files":[{"name":"../outside.png"},{"name":"`+outside+`"}]}`)
	if err := WriteRun(dir, RunRecord{}, report); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error("a record removed a file outside its folder")
	}
}

// A run that was killed while it wrote its folder is not taken for a whole one, and
// the next run cleans up after it.
func TestHalfWrittenFolder(t *testing.T) {
	dir := t.TempDir()
	if err := WriteRun(dir, RunRecord{}, pageArtifact(t, map[string]string{"report.html": "1", "results.json": "{}", "figures/old.png": "1"})); err != nil {
		t.Fatal(err)
	}
	second := pageArtifact(t, map[string]string{"report.html": "2", "results.json": "{ }"})
	blocked := filepath.Join(dir, "figures", "mine") // what keeps the old figure's folder is no hindrance
	put(t, blocked, "x", "")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	rec, err := ReadRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	rec.Missing = underWay // as between the first and the last write
	rec.Files = append(rec.Files, artifacts.FileInfo{Name: "results.json"})
	if err := writeRecord(dir, rec); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadResults(dir); !errors.Is(err, ErrNoResults) {
		t.Errorf("half a folder was read: %v", err)
	}
	if err := WriteRun(dir, RunRecord{}, second); err != nil {
		t.Fatal(err)
	}
	if got, want := filesIn(t, dir), []string{"figures/mine/x", "report.html", "results.json", "run.json"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Results that are not those of the record are not read, so that nothing compares them.
func TestStaleResultsAreRefused(t *testing.T) {
	write := func(text string) string {
		dir := t.TempDir()
		if err := WriteRun(dir, RunRecord{}, pageArtifact(t, map[string]string{"report.html": "1", "results.json": text})); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	one, two := write(`{"study":"a"}`), write(`{"study":"b"}`)
	if _, err := CompareRuns(one, two); err != nil {
		t.Error(err)
	}
	put(t, two, "results.json", `{"study":"another run"}`)
	if _, err := CompareRuns(one, two); !errors.Is(err, ErrStale) {
		t.Errorf("a stale pair was compared: %v", err)
	}
	if c, err := VerifyRun(context.Background(), two, nil); err != nil || !slices.ContainsFunc(c.Faults, func(f string) bool { return strings.Contains(f, "results.json") }) {
		t.Errorf("a stale pair was verified: %+v, %v", c, err)
	}
	put(t, one, "run.json", `{"study":{},"nodes":[]}`) // of a version that listed no files
	if _, err := ReadResults(one); !errors.Is(err, ErrNoResults) {
		t.Errorf("a run that lists no files: %v", err)
	}
}
