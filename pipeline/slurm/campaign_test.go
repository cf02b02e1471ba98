package slurm_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"realnet/pipeline/executortest"
	"realnet/pipeline/slurm"
)

// The campaign does to a real cluster what happens to clusters. It needs the folder of a
// cluster of ci/slurm/test-cluster, whose daemons it may stop and kill; ci/slurm/campaign
// starts one and runs it.
const campaignEnv = "REALNET_SLURM_CAMPAIGN"

// site is a store and what runs on it.
type site struct {
	t        *testing.T
	cluster  string
	dir      string
	settings string
	n, ms    int
}

func newSite(t *testing.T, n, milliseconds int, settings ...string) *site {
	t.Helper()
	cluster := os.Getenv(campaignEnv)
	if cluster == "" {
		t.Skipf("no campaign: %s names no cluster; ci/slurm/campaign runs it", campaignEnv)
	}
	needCluster(t)
	s := &site{t: t, cluster: cluster, dir: t.TempDir(), n: n, ms: milliseconds}
	setup := filepath.Join(s.dir, "setup")
	// Every job that has claimed an attempt leaves a line: what was started is counted.
	if err := os.WriteFile(setup, []byte("echo \"$dir\" >>"+filepath.Join(s.dir, "starts")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.settings = strings.Join(append([]string{"poll=300ms", "latency=3s", "libc=same", "cpus=1", "jobs=1000", "local=fetch", "setup=" + setup}, settings...), " ")
	t.Cleanup(s.ready)
	return s
}

// command is a head.
func (s *site) command(extra ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd, out := executortest.HeadCommand("slurm", s.n, s.ms, filepath.Join(s.dir, "store"))
	cmd.Env = append(append(cmd.Env, slurm.Environment+"="+s.settings), extra...)
	return cmd, out
}

// run runs a head to its end and returns what it printed.
func (s *site) run(extra ...string) (string, error) {
	cmd, out := s.command(extra...)
	err := cmd.Run()
	return out.String(), err
}

// must runs a head that must succeed, and checks the result against a local run.
func (s *site) must(extra ...string) string {
	s.t.Helper()
	out, err := s.run(extra...)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	s.check(out)
	return out
}

func (s *site) check(out string) {
	s.t.Helper()
	if want := executortest.LocalResult(s.t, s.n, s.ms); !strings.Contains(out, "result "+string(want)) {
		s.t.Errorf("the result is not that of a local run, %s:\n%s", want, out)
	}
}

// starts are how often each attempt's node was started.
func (s *site) starts() map[string]int {
	text, _ := os.ReadFile(filepath.Join(s.dir, "starts"))
	count := map[string]int{}
	for line := range strings.FieldsSeq(string(text)) {
		count[filepath.Dir(line)]++
	}
	return count
}

// onceEach fails unless every node was started exactly once.
func (s *site) onceEach() {
	s.t.Helper()
	starts := s.starts()
	if len(starts) != s.n+1 {
		s.t.Errorf("%d nodes were started, want %d", len(starts), s.n+1)
	}
	for node, n := range starts {
		if n != 1 {
			s.t.Errorf("%s was started %d times", filepath.Base(node), n)
		}
	}
}

func (s *site) tool(args ...string) {
	s.t.Helper()
	script, err := filepath.Abs("../../ci/slurm/test-cluster")
	if err != nil {
		s.t.Fatal(err)
	}
	if out, err := exec.Command(script, append([]string{args[0], s.cluster}, args[1:]...)...).CombinedOutput(); err != nil {
		s.t.Fatalf("test-cluster %v: %v\n%s", args, err, out)
	}
}

// ready brings the cluster back for the next test.
func (s *site) ready() {
	_ = exec.Command("scancel", "--user="+os.Getenv("USER")).Run()
	s.tool("start")
}

// signal sends a signal to the controller.
func (s *site) signal(sig syscall.Signal) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.cluster, "run", "slurmctld.pid"))
	if err != nil {
		s.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := syscall.Kill(pid, sig); err != nil {
		s.t.Fatal(err)
	}
}

// until waits for something to hold.
func (s *site) until(what string, holds func() bool) {
	s.t.Helper()
	for begun := time.Now(); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Since(begun) > 60*time.Second {
			s.t.Fatalf("%s: not within a minute", what)
		}
	}
}

func squeue(args ...string) string {
	out, _ := exec.Command("squeue", append([]string{"-h", "-r"}, args...)...).Output()
	return strings.TrimSpace(string(out))
}
