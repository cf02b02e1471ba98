package docs_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"realnet/data/realdata"
)

// readme is the page whose blocks ```console docs/examples/readme_test.go runs.
const readme = "../README.md"

// block is one fenced block ```sh of a page, or one command of a block ```console.
type block struct {
	line    int
	console bool
	text    string
	output  string // of a command: what the page shows below it
}

// blocks returns what the blocks of a page have to run, in their order. Commands
// come without the prompt "$ ", comment and line breaks. Other blocks show what
// something looks like.
func blocks(page string) []block {
	var out []block
	kind, more := "", false
	for i, line := range strings.Split(page, "\n") {
		fence, ok := strings.CutPrefix(strings.TrimSpace(line), "```")
		last := len(out) - 1
		switch {
		case ok && kind == "":
			kind = "```" + fence
			if kind == "```sh" {
				out = append(out, block{line: i + 2})
			}
		case ok:
			kind, more = "", false
		case kind == "```sh":
			out[last].text += line + "\n"
		case kind == "```console" && (more || strings.HasPrefix(line, "$ ")):
			if !more {
				out, last = append(out, block{line: i + 1, console: true}), last+1
			}
			command, _, _ := strings.Cut(strings.TrimPrefix(line, "$ "), " #")
			command, more = strings.CutSuffix(strings.TrimSpace(command), `\`)
			out[last].text += command
		case kind == "```console" && last >= 0 && out[last].console:
			out[last].output += line + "\n"
		}
	}
	return out
}

// pages are README.md and every other page of the source tree.
func pages(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && len(d.Name()) > 2 && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if err == nil && filepath.Ext(path) == ".md" {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// script is what runs for a block, or why nothing does. Without real files, what
// reads them or a run that was made of them is left out.
func script(b block, data string) (text, why string) {
	text = b.text
	if b.console {
		if why, ok := notRun[b.text]; ok {
			return "", why
		}
		if other, ok := instead[b.text]; ok {
			text = other
		}
		text = "OUTPUT='" + strings.ReplaceAll(strings.TrimSpace(b.output), "'", `'\''`) + "'\n" + text + "\n"
	}
	if data == "" && (strings.Contains(text, "$DATA") || strings.Contains(text, "runs/haxby")) {
		return "", fmt.Sprintf("it reads real files and %s is absent (set %s)", realdata.Dir(), realdata.Env)
	}
	return text, ""
}

// TestCommands runs every command that a block ```sh or ```console of README.md and
// of the other pages has, but for those that notRun names. The blocks of a page run
// one after the other in one shell and one empty folder, as a reader would type
// them; $DATA is the folder of real files, and blocks that need it are left out,
// with a word, where there is none.
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
	source, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(t.TempDir(), "store") // shared: what one page made the next one has
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		list := blocks(string(text))
		if len(list) == 0 {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(page), ".md"), func(t *testing.T) {
			var all bytes.Buffer
			for _, b := range list {
				if b.console && page == readme {
					continue
				}
				text, why := script(b, data)
				if why != "" {
					t.Logf("%s:%d: left out: %s", page, b.line, why)
					continue
				}
				fmt.Fprintf(&all, "echo '@@ %s:%d'\n%s", page, b.line, text)
			}
			run := exec.CommandContext(t.Context(), shell, "-euo", "pipefail", "-s")
			run.Dir, run.Stdin = t.TempDir(), &all
			run.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "REALNET_STORE="+store,
				"REALNET_DATA="+filepath.Join(filepath.Dir(store), "fetched"), "DATA="+data, "SOURCE="+source)
			out, err := run.CombinedOutput()
			if err != nil {
				at := bytes.LastIndex(out, []byte("@@ "))
				t.Errorf("a command fails: %v\n%s", err, out[max(at, 0):])
			}
		})
	}
}

// A page's blocks are found by their fences, with the line they begin at.
func TestBlocks(t *testing.T) {
	got := blocks("a\n```sh\none\ntwo\n```\n```console\n$ three \\\n    --more  # why\nshown\n$ four\n```\n```text\n$ no\n```\n  ```sh\nfive\n```\n")
	want := []block{{2 + 1, false, "one\ntwo\n", ""}, {7, true, "three --more", "shown\n"}, {10, true, "four", ""}, {16, false, "five\n", ""}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}
