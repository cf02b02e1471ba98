package step

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"realnet/artifacts/schemas/dataset"
	"realnet/stages/stage"
)

// toy is a task that no one runs in this process.
func toy(t *testing.T, log *bytes.Buffer) Task {
	t.Helper()
	task := NewTask(stage.New(stage.Spec{Name: "toy", Out: dataset.Schema}, struct{}{}, nil), []byte("{}"))
	task.Log = zerolog.New(log)
	return task
}

// The reason comes first, then how the program ended, then what else it said; progress
// is never among its words.
func TestReasonComesFirst(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"last line of a script", "echo reading; echo no such voxel >&2; exit 3", "stage toy: no such voxel (PROGRAM: exit code 3)\nreading"},
		{
			"our own program, whose error has lines", `echo '{"level":"info","done":1,"total":9,"message":"runs"}'
echo '{"level":"warn","voxels":3,"message":"voxels without signal"}'
echo 'realnet: stage toy: no runs of subject 01'; echo 'in /data'; exit 1`,
			"stage toy: no runs of subject 01 (PROGRAM: exit code 1)\nin /data\nwarn voxels without signal voxels=3",
		},
		{"Python", "printf 'Traceback (most recent call last):\\n  File x\\nValueError: bad\\n' >&2; exit 1", "stage toy: ValueError: bad (PROGRAM: exit code 1)\nTraceback (most recent call last):\n  File x"},
		{"no words", "exit 7", "stage toy: PROGRAM: exit code 7, and the program printed nothing"},
		{"killed", "echo half >&2; kill -9 $$", "stage toy: half (PROGRAM: ended by signal 9, killed: the kernel does that when memory runs out)"},
		{"killed without a word", "kill -9 $$", "stage toy: PROGRAM: ended by signal 9, killed: the kernel does that when memory runs out, and the program printed nothing"},
		{"only progress", `echo '{"done":1,"total":2,"message":"runs"}'; exit 1`, "stage toy: PROGRAM: exit code 1, and the program printed nothing"},
	} {
		program := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(program, []byte("#!/bin/sh\n"+c.script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		_, err := Program{Command: []string{program}}.Run(t.Context(), toy(t, &bytes.Buffer{}), filepath.Join(t.TempDir(), "out"))
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		if got := strings.ReplaceAll(err.Error(), program, "PROGRAM"); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// A program whose interpreter is absent is there itself: the interpreter is named.
func TestNotStarted(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, want string }{
		"script": {"#!/absent/python3 -u\nprint(1)\n", "its interpreter /absent/python3, which"},
		"absent": {"", "no such file or directory"},
	} {
		program := filepath.Join(dir, name)
		if c.text != "" {
			if err := os.WriteFile(program, []byte(c.text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Program{Command: []string{program}}.Run(t.Context(), toy(t, &bytes.Buffer{}), filepath.Join(t.TempDir(), "out"))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), program) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// What a program prints is logged, and its progress reported.
func TestProgramIsHeard(t *testing.T) {
	var log bytes.Buffer
	task := toy(t, &log)
	var progress []string
	task.Progress = func(done, total int64, note string) {
		progress = append(progress, fmt.Sprint(done, "/", total, " ", note))
	}
	o := NewOutput(task)
	for _, part := range []string{
		`{"level":"info","done":1,"total":`, "4,\"message\":\"runs\"}\n", "plain text\n\n",
		"{\"level\":\"warn\",\"file\":\"a.nii\",\"message\":\"odd\"}\n", "{not JSON\n", strings.Repeat("x", longestLog+5), "\n", "no end",
	} {
		if _, err := o.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	o.Close()
	if got := strings.Join(progress, ";"); got != "1/4 runs" {
		t.Errorf("progress %q", got)
	}
	for _, want := range []string{
		`{"level":"info","message":"plain text"}`, `{"level":"warn","file":"a.nii","message":"odd"}`, `"message":"{not JSON"`, `"message":"no end"`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if o.size > lastWords {
		t.Errorf("%d bytes are kept", o.size)
	}
}

// Nothing of a program's work goes to $TMPDIR, which may be a small file system.
func TestProgramWorksBesideItsOutput(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "absent"))
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := Program{Command: []string{program}}.Run(t.Context(), toy(t, &bytes.Buffer{}), filepath.Join(dir, "made", "out"))
	if err == nil || !strings.Contains(err.Error(), ErrNoOutput.Error()) {
		t.Errorf("got %v, want %v", err, ErrNoOutput)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, "made")); len(left) > 0 {
		t.Errorf("%v stays", left)
	}
}
