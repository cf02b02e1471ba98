package command

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/pipeline"
)

// realnetEnv makes the test program be realnet, with the sources of the folder that it
// names: a process to send signals to, and the program that the process executor starts.
const realnetEnv = "REALNET_TEST_IS_REALNET"

func TestMain(m *testing.M) {
	if root := os.Getenv(realnetEnv); root != "" {
		os.Exit(Main(os.Args[1:], os.DirFS(root), os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// digests runs the study into a store of its own and returns each node's digest.
func (d *desk) digests(args ...string) map[string]string {
	d.t.Helper()
	d.study(append([]string{"--store", d.t.TempDir()}, args...)...)
	rec, err := pipeline.ReadRun(filepath.Join(d.dir, "run"))
	if err != nil {
		d.t.Fatal(err)
	}
	out := map[string]string{}
	for _, n := range rec.Nodes {
		if n.Phase != pipeline.Done {
			d.t.Errorf("%s is %s: %s", n.ID, n.Phase, n.Error)
		}
		out[n.ID] = string(n.Digest)
	}
	return out
}

func TestWorkersAndExecutorsGiveTheSameBits(t *testing.T) {
	d := newDesk(t)
	want := d.digests("--jobs", "1")
	t.Setenv(realnetEnv, "../..")
	for _, args := range [][]string{{"--jobs", "7"}, {"--jobs", "3", "--executor", "process"}} {
		for node, digest := range d.digests(args...) {
			if digest != want[node] {
				t.Errorf("%v: %s has another digest than with one worker", args, node)
			}
		}
	}
}

// Ctrl-C ends a run with exit code 3; the same command resumes.
func TestInterruptedStudyResumes(t *testing.T) {
	d := newDesk(t)
	run := filepath.Join(d.dir, "run")
	args := []string{
		"--store", filepath.Join(d.dir, "store"), "reproduce", "haxby", "--data", filepath.Join(d.dir, "data"), "--out", run,
		"--set", "stats.permutations=100", "--set", "rsa.permutations=2000000", // long enough to be interrupted
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), realnetEnv+"=../..")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		fmt.Fprintln(&log, lines.Text())
		if strings.Contains(lines.Text(), `"node":"rsa/001"`) && strings.Contains(lines.Text(), `"phase":"started"`) {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // the exit code says more
	if code := cmd.ProcessState.ExitCode(); code != ExitInterrupted || !strings.Contains(log.String(), "run the same command to resume") {
		t.Fatalf("exit %d\n%s", code, log.String())
	}
	if got := d.study(); !slices.Equal(got, []string{"report", "rsa/001", "stats"}) {
		t.Errorf("made %v after the interruption", got)
	}
}
