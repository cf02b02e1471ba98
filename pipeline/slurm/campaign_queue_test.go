package slurm_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What the queue and the accounting say, or do not say.

// The queue answers nothing for five minutes. Jobs run through them, one ends in them,
// and none is started again.
func TestCampaignDeafQueue(t *testing.T) {
	const silence = 5 * time.Minute
	s := newSite(t, 2, int((silence + 20*time.Second).Milliseconds()))
	real, err := exec.LookPath("squeue")
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(s.dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	deaf, calls := filepath.Join(s.dir, "deaf"), filepath.Join(s.dir, "calls")
	script := "#!/bin/sh\n[ -e " + deaf + " ] || exec " + real + " \"$@\"\necho >>" + calls + "\necho 'slurm_load_jobs error: Socket timed out on send/recv operation' >&2\nexit 1\n"
	if err := os.WriteFile(filepath.Join(bin, "squeue"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd, out := s.command("PATH=" + bin + ":" + os.Getenv("PATH"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("jobs run", func() bool { return len(s.starts()) >= 2 })
	if err := os.WriteFile(deaf, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	time.Sleep(silence)
	if err := os.Remove(deaf); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	asked, _ := os.ReadFile(calls)
	t.Logf("squeue was asked %d times in %v without an answer", len(asked), silence)
	if len(asked) == 0 {
		t.Error("squeue was not asked while it was deaf")
	}
	if result := out.String(); !strings.Contains(result, "result ") {
		t.Errorf("no result:\n%s", result)
	}
	s.onceEach()
}

// forgets makes the controller forget ended jobs within a minute, and skips where nobody
// keeps account of them.
func (s *site) forgets() {
	s.t.Helper()
	if out, err := exec.Command("sacct", "-X", "-n").CombinedOutput(); err != nil {
		s.t.Skipf("no accounting: %s (apt-get install slurmdbd mariadb-server; the campaign then starts one)", strings.TrimSpace(string(out)))
	}
	file := filepath.Join(s.cluster, "etc", "slurm.conf")
	before, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	set := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			s.t.Fatal(err)
		}
		if out, err := exec.Command("scontrol", "reconfigure").CombinedOutput(); err != nil {
			s.t.Fatalf("%v %s", err, out)
		}
	}
	set(strings.Replace(string(before), "MinJobAge=300", "MinJobAge=2", 1))
	s.t.Cleanup(func() { set(string(before)) })
}

// orphans starts a head, kills it while its jobs run, does something to the jobs and
// waits until the queue knows them no more.
func (s *site) orphans(harm func()) {
	s.t.Helper()
	cmd, _ := s.command()
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.until("jobs run", func() bool { return len(s.starts()) >= s.n })
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	harm()
	for begun := time.Now(); squeue("--states=all") != ""; time.Sleep(time.Second) {
		if time.Since(begun) > 4*time.Minute {
			s.t.Fatalf("the queue remembers: %s", squeue("--states=all"))
		}
	}
}

// Somebody cancelled the jobs while no head was there. Only the accounting knows by whom.
func TestCampaignAccountingKnowsWhoCancelled(t *testing.T) {
	s := newSite(t, 2, 120000)
	s.forgets()
	s.orphans(func() {
		if err := exec.Command("scancel", strings.Fields(squeue("-o", "%A"))...).Run(); err != nil {
			t.Fatal(err)
		}
	})
	out, err := s.run()
	if err == nil || !strings.Contains(out, "somebody cancelled it with scancel by ") {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("said: %s", out)
}

// A node died while no head was there. The accounting knows that it was the node.
func TestCampaignAccountingKnowsTheNode(t *testing.T) {
	s := newSite(t, 2, 15000)
	s.forgets()
	var node string
	s.orphans(func() {
		node, _, _ = strings.Cut(squeue("-o", "%N"), "\n")
		s.tool("kill-node", node)
		s.until("the node is down", func() bool { return squeue("-w", node, "-t", "R") == "" })
	})
	out := s.must()
	s.tool("start-node", node)
	if !strings.Contains(out, "node "+node+" failed") {
		t.Errorf("nothing is said of the node %s:\n%s", node, out)
	}
}
