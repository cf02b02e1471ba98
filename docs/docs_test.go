package docs_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"realnet/data/realdata"
)

// block is one fenced block of a page.
type block struct {
	line int
	text string
}

// shellBlocks returns the blocks fenced as ```sh. Those fenced as console or
// text show what something looks like and are not run.
func shellBlocks(page string) []block {
	var out []block
	in := false
	for i, line := range strings.Split(page, "\n") {
		switch fence := strings.TrimSpace(line); {
		case !in && fence == "```sh":
			in = true
			out = append(out, block{line: i + 2})
		case in && fence == "```":
			in = false
		case in:
			out[len(out)-1].text += line + "\n"
		}
	}
	return out
}

// TestCommands runs every command of README.md and of the pages beside this
// file that a block ```sh has. The blocks of a page run one after the other in one
// shell and one empty folder, as a reader would type them; $DATA is the folder of
// real files, and blocks that name it are left out, with a word, where there is
// none. Blocks ```console show sessions with their output, downloads or servers;
// those of README.md run in examples/readme_test.go.
func TestCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every command of the documentation: minutes")
	}
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash to run the commands with")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "realnet"), "..")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, text)
	}
	data, err := filepath.Abs(realdata.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(data); err != nil {
		data = ""
	}
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(t.TempDir(), "store") // shared: what one page made the next one has
	for _, page := range append([]string{"../README.md"}, pages...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		blocks := shellBlocks(string(text))
		if len(blocks) == 0 {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(page), ".md"), func(t *testing.T) {
			var script bytes.Buffer
			for _, b := range blocks {
				if data == "" && strings.Contains(b.text, "$DATA") {
					t.Logf("%s:%d: left out: it reads real files and %s is absent (set %s)", page, b.line, realdata.Dir(), realdata.Env)
					continue
				}
				fmt.Fprintf(&script, "echo '@@ %s:%d'\n%s", page, b.line, b.text)
			}
			run := exec.CommandContext(t.Context(), shell, "-euo", "pipefail", "-s")
			run.Dir, run.Stdin = t.TempDir(), &script
			run.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "REALNET_STORE="+store, "DATA="+data)
			out, err := run.CombinedOutput()
			if err != nil {
				at := bytes.LastIndex(out, []byte("@@ "))
				t.Errorf("a command fails: %v\n%s", err, out[max(at, 0):])
			}
		})
	}
}

// A page's blocks are found by their fences, with the line they begin at.
func TestShellBlocks(t *testing.T) {
	got := shellBlocks("a\n```sh\none\ntwo\n```\n```console\n$ no\n```\n  ```sh\nthree\n```\n")
	if len(got) != 2 || got[0] != (block{3, "one\ntwo\n"}) || got[1] != (block{10, "three\n"}) {
		t.Errorf("%+v", got)
	}
}
