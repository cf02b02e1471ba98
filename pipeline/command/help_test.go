package command

import (
	"bytes"
	"io"
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
