package slurm_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"realnet/artifacts"
	"realnet/pipeline/executortest"
	"realnet/pipeline/slurm"
)

// What is limited: time, memory, room on disk, jobs at once.

// A job reaches its time limit and has nothing to continue from.
func TestCampaignTimeLimit(t *testing.T) {
	s := newSite(t, 1, 200000, "time=1")
	out, err := s.run()
	if err == nil || !strings.Contains(out, "reached its time limit: raise it with --slurm time=") {
		t.Errorf("%v\n%s", err, out)
	}
}

// A job whose memory is not enough gets twice as much, once.
func TestCampaignOutOfMemory(t *testing.T) {
	s := newSite(t, 1, 100)
	e := newExecutor(t).(*slurm.Slurm)
	e.Settings.MemoryBytes["numbers"] = 150 << 20
	store, err := artifacts.OpenStore(filepath.Join(s.dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	task := executortest.NewTask(t, s.dir, "hungry", "numbers", `{"n":2,"seed":1}`)
	program := executortest.Script(t, `head -c 400000000 /dev/zero | tail -c 399999999 | { sleep 4; cat >/dev/null; }; exit 1`)
	task.Program, task.Provenance.Code = program, program.Digest
	_, err = e.Run(t.Context(), store, task)
	if err == nil || !strings.Contains(err.Error(), "ran out of memory; given up after 2 attempts, the last with 300 MiB") {
		t.Errorf("got %v", err)
	}
}

// A store on a full file system is named.
func TestCampaignStoreFull(t *testing.T) {
	s := newSite(t, 3, 100)
	store := filepath.Join(s.dir, "store")
	if err := os.Mkdir(store, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", store).CombinedOutput(); err != nil {
		t.Skipf("only root can mount the small file system that this test fills, as in a container: %s", out)
	}
	defer exec.Command("umount", "-l", store).Run() //nolint:errcheck // the folder goes with the machine
	s.ms = 8000
	cmd, out := s.command()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("jobs run", func() bool { return len(s.starts()) >= 3 })
	if err := exec.Command("sh", "-c", "cat /dev/zero >"+filepath.Join(store, "filler")).Run(); err == nil {
		t.Fatal("the file system was not filled")
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(out.String(), "full") && !strings.Contains(out.String(), "no space left") {
		t.Errorf("%v\n%s", err, out)
	}
	if err := os.Remove(filepath.Join(store, "filler")); err != nil {
		t.Fatal(err)
	}
	s.must()
}

// 500 siblings are one array: how often Slurm is called, and how long it takes.
func TestCampaignWide(t *testing.T) {
	s := newSite(t, 500, 0, "poll=2s")
	before := controllerCPU(t, s)
	begun := time.Now()
	out := s.must()
	t.Logf("wall %v, CPU of slurmctld %.1f s, %s", time.Since(begun).Round(time.Second), controllerCPU(t, s)-before, out[strings.Index(out, "calls"):])
	s.onceEach()
}

// controllerCPU is the processor time of slurmctld, in seconds.
func controllerCPU(t *testing.T, s *site) float64 {
	t.Helper()
	pid, err := os.ReadFile(filepath.Join(s.cluster, "run", "slurmctld.pid"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(text[bytes.LastIndexByte(text, ')'):]))
	user, _ := strconv.ParseFloat(f[12], 64)
	system, _ := strconv.ParseFloat(f[13], 64)
	return (user + system) / 100
}

// A limit of running jobs of one array is kept.
func TestCampaignThrottle(t *testing.T) {
	s := newSite(t, 12, 800, "throttle=3")
	cmd, out := s.command()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	most := 0
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			s.check(out.String())
			if most > 3 || most == 0 {
				t.Errorf("%d ran at once, want at most 3", most)
			}
			return
		case <-time.After(200 * time.Millisecond):
			most = max(most, len(strings.Fields(squeue("-t", "R", "-o", "%A"))))
		}
	}
}
