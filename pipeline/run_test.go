package pipeline

import (
	"os"
	"path/filepath"
	"testing"

	"realnet/artifacts"
)

// A new report takes away what an earlier one left in a run's folder, and
// nothing else.
func TestRemoveOld(t *testing.T) {
	dir := t.TempDir()
	files := map[string]bool{ // whether it stays
		"report.html": true, "study.json": false, "run.json": true, "notes.json": true, "figures/new.svg": true, "figures/old.svg": false,
		"figures/old.png": false, "figures/mine.pdf": true, "tables/results.csv": false, "tables/results.parquet": false, "tables/mine.xlsx": true,
	}
	for name := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	report := artifacts.Manifest{Files: []artifacts.FileInfo{{Name: "report.html"}, {Name: "results.json"}, {Name: "figures/new.svg"}}}
	if err := removeOld(dir, report); err != nil {
		t.Fatal(err)
	}
	for name, stays := range files {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); (err == nil) != stays {
			t.Errorf("%s: there: %v, want %v", name, err == nil, stays)
		}
	}
}
