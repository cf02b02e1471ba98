package command

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// Every command has help with an example, and each example begins with a command.
func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	var cli CLI
	parser, err := kong.New(&cli, kong.Name("realnet"))
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	var visit func(n *kong.Node, path []string)
	visit = func(n *kong.Node, path []string) {
		commands++
		code, stdout, stderr := execute(t, append(path, "--help")...)
		_, examples, ok := strings.Cut(stdout, "\nExamples:\n")
		if code != ExitOK || stderr != "" || !ok || !strings.Contains(examples, "realnet "+strings.Join(path, " ")) {
			t.Errorf("realnet %s --help: exit %d, %s%s", strings.Join(path, " "), code, stdout, stderr)
		}
		for _, child := range n.Children {
			visit(child, append(path[:len(path):len(path)], child.Name))
		}
	}
	visit(parser.Model.Node, nil)
	if commands < 25 {
		t.Errorf("only %d commands", commands)
	}
	var stdout bytes.Buffer
	if code := (&App{Stdout: &stdout, Stderr: io.Discard}).Run(t.Context(), nil); code != ExitOK || !strings.Contains(stdout.String(), "realnet reproduce") {
		t.Errorf("no arguments: exit %d, %s", code, &stdout)
	}
}

// The completion scripts are of their shells' syntax, and bash completes words.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, script, stderr := execute(t, "completion", shell)
		if code != ExitOK || stderr != "" {
			t.Fatalf("%s: exit %d, %s", shell, code, stderr)
		}
		program, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("%s is not installed: its script is not run", shell)
			continue
		}
		file := filepath.Join(t.TempDir(), "realnet."+shell)
		if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(program, "-n", file).CombinedOutput(); err != nil {
			t.Errorf("%s -n: %v\n%s", shell, err, out)
		}
		if shell != "bash" {
			continue
		}
		for words, want := range map[string]string{
			"realnet re":                         "reproduce report",
			"realnet artifacts ver":              "verify",
			"realnet reproduce haxby --exec":     "--executor",
			"realnet data inspect bold.nii --js": "--json",
			"realnet plan --d":                   "--data --dot",
		} {
			list := strings.Fields(words)
			ask := `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _realnet; echo ${COMPREPLY[*]}`
			cmd := exec.Command(program, append([]string{"-c", ask, file}, list...)...)
			cmd.Dir = t.TempDir() // names of files here would be completed too
			out, err := cmd.CombinedOutput()
			if got := strings.TrimSpace(string(out)); err != nil || got != want {
				t.Errorf("%s: completes %q, want %q (%v)", words, got, want, err)
			}
		}
	}
}
