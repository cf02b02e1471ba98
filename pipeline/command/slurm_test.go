package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The scripts of a run on a cluster can be read before there is one.
func TestDryRunPrintsTheScripts(t *testing.T) {
	d := newDesk(t)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	args := []string{"reproduce", "haxby", "--data", filepath.Join(d.dir, "data"), "--executor", "slurm", "--dry-run", "--slurm", "partition=cpu", "--slurm", "time.rsa=2:00:00", "--slurm", "cpus=4", "--swap", "rdm=" + swapped(t)}
	code, stdout, stderr := d.run(args...)
	if code != ExitOK {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	for _, want := range []string{
		"sbatch --parsable --no-requeue", "--partition=cpu", "--time=120", "--cpus-per-task=4", "/run\n#!/bin/sh", "'stage' 'fmri'", "dataset=(output of fetch/fmri)", "'--swap' ''\\''",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("nothing about %s in\n%s", want, stdout)
		}
	}
	for _, not := range []string{"'stage' 'fetch'", "'stage' 'report'"} {
		if strings.Contains(stdout, not) {
			t.Errorf("%s would run on the cluster", not)
		}
	}
}

func swapped(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "my rdm")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return "'" + file + "'"
}

func TestSlurmSettingsAreChecked(t *testing.T) {
	d := newDesk(t)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--slurm", "partition=cpu"}, "need --executor slurm"},
		{[]string{"--dry-run"}, "need --executor slurm"},
		{[]string{"--executor", "slurm", "--slurm", "partion=cpu"}, `did you mean "partition"?`},
		{[]string{"--executor", "slurm", "--slurm", "time.trian=5"}, `no stage "trian": did you mean "train"?`},
		{[]string{"--executor", "slurm", "--slurm", "time=soon"}, "4:00:00"},
		{[]string{"--executor", "slurm", "--slurm", "jobs=0"}, "number from 1"},
		{[]string{"--executor", "slurm", "--slurm", "jobs.train=5"}, "the same for all stages"},
		{[]string{"--executor", "slurm", "--slurm", "kernel=sse"}, "avx512, avx2, generic"},
		{[]string{"--executor", "slurm", "--slurm", "memory=lots"}, "a factor such as 1.5"},
	} {
		code, _, stderr := d.run(append([]string{"reproduce", "haxby", "--data", filepath.Join(d.dir, "data")}, c.args...)...)
		if code != ExitUsage || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit %d, %s; want %d and %q", c.args, code, stderr, ExitUsage, c.want)
		}
	}
}
