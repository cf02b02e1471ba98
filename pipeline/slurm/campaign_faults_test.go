package slurm_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What happens to the cluster: its controller, its nodes, its administrator.

// The controller stands still during sbatch, so nobody knows whether the job was taken.
func TestCampaignFrozenController(t *testing.T) {
	s := newSite(t, 6, 500)
	cmd, out := s.command()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for attempts := []string{}; len(attempts) == 0; time.Sleep(5 * time.Millisecond) { // sbatch follows within 300 ms
		attempts, _ = filepath.Glob(filepath.Join(s.dir, "store", "slurm", "jobs", "*", "1", "run"))
	}
	s.signal(syscall.SIGSTOP)
	time.Sleep(9 * time.Second)
	s.signal(syscall.SIGCONT)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.check(out.String())
	s.onceEach()
}

// The controller is killed with jobs running, and comes back.
func TestCampaignKilledController(t *testing.T) {
	s := newSite(t, 6, 4000)
	cmd, out := s.command()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("jobs run", func() bool { return len(s.starts()) >= 6 })
	s.signal(syscall.SIGKILL)
	time.Sleep(5 * time.Second)
	s.tool("start")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.check(out.String())
}

// A node dies with jobs on it: they run elsewhere.
func TestCampaignNodeDies(t *testing.T) {
	s := newSite(t, 8, 20000)
	cmd, out := s.command()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("jobs run on n1", func() bool { return squeue("-w", "n1", "-t", "R") != "" && len(s.starts()) >= 8 })
	s.tool("kill-node", "n1")
	err := cmd.Wait()
	s.tool("start-node", "n1")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.check(out.String())
	if !strings.Contains(out.String(), "node n1 failed") {
		t.Errorf("nothing is said of the node:\n%s", out)
	}
}

// Jobs of more important people take the nodes: preempted jobs run again.
func TestCampaignPreempted(t *testing.T) {
	s := newSite(t, 4, 5000, "partition=main")
	cmd, out := s.command()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("jobs run", func() bool { return len(s.starts()) >= 4 })
	urgent, err := exec.Command("sbatch", "--parsable", "-p", "urgent", "--array=0-11", "-c", "1", "--mem=7000M", "-o", "/dev/null", "--wrap", "sleep 4").CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, urgent)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.check(out.String())
	t.Logf("said: %s", out)
}

// A job that may not be requeued stays, whatever the administrator tries.
func TestCampaignRequeue(t *testing.T) {
	s := newSite(t, 2, 4000)
	cmd, out := s.command()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("jobs run", func() bool { return len(s.starts()) >= 2 })
	said, _ := exec.Command("scontrol", append([]string{"requeue"}, strings.Join(strings.Fields(squeue("-o", "%F_%K")), ","))...).CombinedOutput()
	t.Logf("scontrol requeue: %s", said)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.check(out.String())
}
