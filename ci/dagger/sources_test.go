package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// Every file of the project that Go reads for the programs is among what is mounted
// for them; a README or a test is not.
func TestSources(t *testing.T) {
	root := os.Getenv("REALNET_SOURCES")
	if root == "" {
		t.Skip("REALNET_SOURCES names no source tree of realnet: run ci/dagger-check.sh")
	}
	for _, c := range []struct {
		what     string
		include  []string
		packages []string
	}{
		{"the whole program", programSources, []string{"."}},
		{"the programs of stages", stageSources, []string{"./ci/programs", "./stages/...", "./pipeline/step"}},
	} {
		n := 0
		for _, file := range goReads(t, root, c.packages) {
			if n++; !mounted(c.include, file) {
				t.Errorf("%s is built from %s, which is not mounted", c.what, file)
			}
		}
		if n < 100 {
			t.Errorf("%s: Go reads %d files only", c.what, n)
		}
		for _, file := range []string{"README.md", "docs/dagger.md", "dagger.json", "ci/dagger/main.go", "ci/peers/rdm.py", "stages/rdm/rdm_test.go", "data/npy/testdata/a.npy"} {
			if mounted(c.include, file) {
				t.Errorf("%s is not built from %s, which is mounted", c.what, file)
			}
		}
	}
	if mounted(stageSources, "pipeline/studies/demo.yaml") {
		t.Error("a study's file compiles the programs of stages")
	}
}

// goReads lists the project's files that building the packages reads.
func goReads(t *testing.T, root string, packages []string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-deps", "-json=Dir,Standard,Module,GoFiles,SFiles,HFiles,EmbedFiles"}, packages...)...)
	cmd.Dir, cmd.Stderr, cmd.Env = root, os.Stderr, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	files := []string{"go.mod", "go.sum"}
	for dec := json.NewDecoder(strings.NewReader(string(text))); ; {
		var p struct {
			Dir                                 string
			Module                              *struct{ Main bool }
			GoFiles, SFiles, HFiles, EmbedFiles []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return files
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		dir, err := filepath.Rel(root, p.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range [][]string{p.GoFiles, p.SFiles, p.HFiles, p.EmbedFiles} {
			for _, f := range list {
				if !strings.HasSuffix(f, "_test.go") { // embedded with its folder, and no code of the program
					files = append(files, path.Join(filepath.ToSlash(dir), f))
				}
			}
		}
	}
}

// mounted reads the patterns as Dagger does, as far as they are used here.
func mounted(include []string, file string) bool {
	if strings.HasSuffix(file, "_test.go") || strings.Contains(file, "/testdata/") || strings.HasSuffix(file, ".md") {
		return false
	}
	for _, p := range include {
		if folder, ok := strings.CutSuffix(p, "/**"); p == file || ok && strings.HasPrefix(file, folder+"/") {
			return true
		}
	}
	return false
}
