package fetch_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	"realnet/stages/fetch"
	"realnet/stages/stage/stagetest"
)

// source is a folder of files.
func source(t *testing.T, files map[string]string) stagetest.In {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return stagetest.In{"source": dir}
}

// A folder's files are taken as they are, with their digests; hidden files, halves of
// downloads and what no pattern names are not.
func TestFolder(t *testing.T) {
	in := source(t, map[string]string{
		"b/two.txt": "2", "one.txt": "1", "b/three.csv": "3", ".hidden.txt": "4", "four.txt.part": "5",
	})
	a := stagetest.SameForAnyWorkers(t, fetch.Stage, fetch.Params{Dataset: "mine", Files: []string{"*.txt"}}, in)
	rows, err := artifacts.ReadTable[dataset.File](a, dataset.FilesTable)
	if err != nil {
		t.Fatal(err)
	}
	var want []dataset.File
	for _, f := range [][2]string{{"b/two.txt", "2"}, {"one.txt", "1"}} {
		sum := sha256.Sum256([]byte(f[1]))
		want = append(want, dataset.File{Path: f[0], Size: 1, SHA256: hex.EncodeToString(sum[:]), Source: dataset.Local})
		content, err := os.ReadFile(filepath.Join(a.Dir(), dataset.Root, filepath.FromSlash(f[0])))
		if err != nil || string(content) != f[1] {
			t.Errorf("%s: %q, %v", f[0], content, err)
		}
	}
	if !slices.Equal(rows, want) {
		t.Errorf("files %+v", rows)
	}
}

// A file that is not the published one is taken, and the artifact says so.
func TestChanged(t *testing.T) {
	const name = "Kriegeskorte_Neuron2008_supplementalData.mat"
	a := stagetest.Run(t, fetch.Stage, fetch.Params{Dataset: "kriegeskorte2008"}, source(t, map[string]string{name: "mine"}))
	rows, err := artifacts.ReadTable[dataset.File](a, dataset.FilesTable)
	if err != nil || len(rows) != 1 || rows[0].Source != dataset.Changed {
		t.Errorf("files %+v, %v", rows, err)
	}
}

func TestRefuses(t *testing.T) {
	empty := source(t, nil)
	for _, c := range []struct {
		params fetch.Params
		in     stagetest.In
		want   string
	}{
		{fetch.Params{Dataset: "mine"}, empty, "no file matches"},
		{fetch.Params{Dataset: "mine"}, empty, "--data DIR"},
		{fetch.Params{Dataset: "shen2019", Files: []string{"*.none"}}, empty, "no file matches *.none"},
		{fetch.Params{Dataset: "mine"}, stagetest.In{"source": filepath.Join(t.TempDir(), "absent")}, "absent"},
	} {
		stagetest.Refuses(t, fetch.Stage, c.params, c.in, c.want)
	}
}
