package slurm_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"realnet/artifacts"
)

// What happens to the command: it is killed, interrupted, started twice.

// The head is killed at random moments and started again: every stage is started exactly
// once, and nothing is lost.
func TestCampaignKilledHead(t *testing.T) {
	moments := 20
	r := rand.New(rand.NewPCG(16, 1))
	for range moments {
		after := time.Duration(r.IntN(5000)) * time.Millisecond
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			s := newSite(t, 12, 1000)
			cmd, _ := s.command()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(after)
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			s.must()
			s.onceEach()
		})
	}
}

// Two heads on one store share the work.
func TestCampaignTwoHeads(t *testing.T) {
	s := newSite(t, 12, 500)
	type result struct {
		out string
		err error
	}
	results := make(chan result)
	for range 2 {
		go func() { out, err := s.run(); results <- result{out, err} }()
	}
	for range 2 {
		r := <-results
		if r.err != nil {
			t.Fatalf("%v\n%s", r.err, r.out)
		}
		s.check(r.out)
		t.Logf("one head made %d", strings.Count(r.out, "made "))
	}
	s.onceEach()
}

// Somebody else cancels a job: an error says so, and the same command finishes.
func TestCampaignSomebodyCancels(t *testing.T) {
	s := newSite(t, 2, 20000)
	cmd, out := s.command()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("jobs run", func() bool { return len(s.starts()) >= 2 })
	if err := exec.Command("scancel", strings.Fields(squeue("-o", "%A"))...).Run(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(out.String(), "somebody cancelled it with scancel") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Ctrl-C ends the jobs.
func TestCampaignInterrupted(t *testing.T) {
	s := newSite(t, 20, 60000)
	cmd, out := s.command()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("a job runs", func() bool { return len(s.starts()) >= 8 })
	begun := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	t.Logf("the head ended after %v", time.Since(begun).Round(time.Millisecond))
	s.until("the queue is empty", func() bool { return squeue("-o", "%j") == "" })
	t.Logf("the jobs were gone after %v", time.Since(begun).Round(time.Millisecond))
	if !strings.Contains(out.String(), "interrupted") {
		t.Errorf("%s", out)
	}
}

// gc while jobs run, and while their head is dead, leaves what they read.
func TestCampaignCollected(t *testing.T) {
	s := newSite(t, 4, 2000)
	cmd, _ := s.command()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	collect := func() {
		store, err := artifacts.OpenStore(filepath.Join(s.dir, "store"))
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		if _, _, err := store.GC(false); err != nil {
			t.Error(err)
		}
	}
	s.until("the sum is submitted", func() bool {
		collect()
		batches, _ := filepath.Glob(filepath.Join(s.dir, "store", "slurm", "batches", "*"))
		return len(batches) >= 2
	})
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	collect()
	s.must()
}
