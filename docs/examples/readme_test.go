package examples_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// notRun are commands of README.md that the test leaves out, and why.
var notRun = map[string]string{
	"go test ./...": "it is what runs this test",
}

// slow are commands of README.md that train networks anew, which takes minutes,
// and those that need their runs: they run where REALNET_SLOW is set. CI made the
// demo before, in the store that REALNET_STORE names: there the demo's run, too.
var slow = map[string]string{
	"go run . reproduce":                                                "trains the networks of the demo",
	"./realnet report runs/demo --serve":                                "needs the demo",
	"./realnet reproduce demo --set synth.planted=0 --out runs/nothing": "trains without a planted truth",
	"./realnet compare runs/demo runs/nothing":                          "needs the run before it",
}

// exits are the exit codes of commands that must not end with 0.
var exits = map[string]int{
	"./realnet reproduce demo --set synth.planted=0 --out runs/nothing": 1,
}

// TestReadme runs the commands of README.md as they stand there, but for those
// named above. They run in an empty folder with a program built from this tree;
// "go run ." is that program.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and runs studies")
	}
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "realnet")
	if out, err := exec.Command("go", "build", "-o", program, "../..").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	env := append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	warm, all := os.Getenv("REALNET_STORE") != "", os.Getenv("REALNET_SLOW") != ""
	if !warm {
		env = append(env, "REALNET_STORE="+filepath.Join(t.TempDir(), "store"))
	}
	commands := consoleCommands(string(text))
	if len(commands) < 7 {
		t.Fatalf("README.md has the commands %q", commands)
	}
	for _, c := range commands {
		why, out := notRun[c]
		if later, ok := slow[c]; ok && !all && (!warm || strings.Contains(c, "runs/nothing")) {
			why, out = later+"; set REALNET_SLOW to run it", true
		}
		if out {
			t.Logf("left out: %s: %s", c, why)
			continue
		}
		if c == "go build -o realnet ." {
			continue // done above
		}
		line := strings.Replace(c, "go run .", "./realnet", 1)
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Minute)
		if strings.Contains(c, "--serve") { // until interrupted
			ctx, stop = context.WithTimeout(t.Context(), 3*time.Second)
		}
		cmd := exec.CommandContext(ctx, "bash", "-c", "exec "+line)
		cmd.Dir, cmd.Env = dir, env
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		text, err := cmd.CombinedOutput()
		served := ctx.Err() != nil && strings.Contains(string(text), "http://127.0.0.1:")
		stop()
		code := 0
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			code = exit.ExitCode()
		} else if err != nil && !served {
			t.Fatalf("%s: %v", c, err)
		}
		if code != exits[c] && !served {
			t.Errorf("%s: exit code %d, not %d\n%s", c, code, exits[c], text)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "runs", "demo", "report.html")); (warm || all) && err != nil {
		t.Error(err)
	}
}

// consoleCommands are the commands of the blocks fenced as console, without the
// prompt and what follows " #".
func consoleCommands(page string) []string {
	var out []string
	in := false
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "```console":
			in = true
		case line == "```":
			in = false
		case in && strings.HasPrefix(line, "$ "):
			command, _, _ := strings.Cut(line[2:], " #")
			out = append(out, strings.TrimSpace(command))
		}
	}
	return out
}
