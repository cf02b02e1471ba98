package slurm

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"realnet/artifacts"
)

const (
	slowest  = time.Minute      // between looks while nothing ends
	logEvery = 10 * time.Second // a job's log is read at most so often
)

// watch adds a job to those that the watcher looks after, and starts it if need be.
func (s *Slurm) watch(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched[j] = true
	select {
	case s.wake <- struct{}{}:
	default:
	}
	if !s.watching {
		s.watching = true
		go s.poll()
	}
}

// poll queries the state of all jobs, repeatedly, until there are none.
func (s *Slurm) poll() {
	pause := s.Settings.Poll
	for {
		s.mu.Lock()
		if len(s.watched) == 0 {
			s.watching = false
			s.mu.Unlock()
			return
		}
		jobs := make([]*job, 0, len(s.watched))
		for j := range s.watched {
			jobs = append(jobs, j)
		}
		s.mu.Unlock()
		if s.lookOnce(jobs) {
			pause = s.Settings.Poll
		}
		select {
		case <-time.After(pause):
			pause = max(min(pause*3/2, slowest), s.Settings.Poll)
		case <-s.wake:
			pause = s.Settings.Poll
			time.Sleep(min(pause, 500*time.Millisecond)) // others may come with it
		}
	}
}

// lookOnce looks at the jobs, rules on those that have ended and reports whether one
// has.
func (s *Slurm) lookOnce(jobs []*job) bool {
	ended := false
	observations := map[*job]*observation{}
	for _, j := range jobs {
		v := &observation{}
		var err error
		if v.exit, v.log, v.claimed, err = j.files(); err != nil {
			j.task.Log.Debug().Err(err).Msg("an attempt's folder cannot be read")
			continue
		}
		if v.exit != nil && v.exit.code == 0 {
			s.rule(j, decide(*v, s.Settings, s.settle))
			ended = true
			continue
		}
		observations[j] = v
	}
	if len(observations) == 0 {
		return ended
	}
	entries, err := s.client.queue(context.Background())
	if err != nil {
		s.Log.Debug().Err(err).Msg("the queue does not respond")
	}
	now := time.Now()
	var lost []*job
	for j, v := range observations {
		v.answered = err == nil
		if err == nil {
			v.entry = find(entries, j)
			j.since(v, now)
			if v.entry == nil && (v.unseen >= max(s.Settings.Latency, s.settle) || v.exit.interrupted()) {
				lost = append(lost, j)
			}
		}
	}
	if len(lost) > 0 {
		s.askHistory(lost, observations)
	}
	full := storeFull(s.base)
	for j, v := range observations {
		if v.entry != nil {
			s.mu.Lock()
			j.last = *v.entry
			s.mu.Unlock()
		}
		v.full = full
		if v.entry == nil || slices.Contains(over, v.entry.state) || v.exit != nil {
			v.slurmText = slurmSays(s.base, j)
			v.resumed = movedOn(j)
			v.noKernel = v.exit != nil && lacksKernel(j)
		}
		r := decide(*v, s.Settings, s.settle)
		if r.verdict != wait {
			s.rule(j, r)
			ended = true
			continue
		}
		s.progress(j, v, r)
	}
	return ended
}

// since keeps how long the queue has said what it says now of a job.
func (j *job) since(v *observation, now time.Time) {
	lasting := func(at *time.Time, holds bool) time.Duration {
		switch {
		case !holds:
			*at = time.Time{}
			return 0
		case at.IsZero():
			*at = now
		}
		return now.Sub(*at)
	}
	v.unseen = lasting(&j.missing, v.entry == nil)
	v.ended = lasting(&j.ended, v.entry != nil && slices.Contains(over, v.entry.state))
	v.hopeful = lasting(&j.hopeless, v.entry != nil && v.entry.state == "PENDING" && slices.Contains(never, v.entry.reason))
}

// rule gives a decision to the goroutine that waits for it.
func (s *Slurm) rule(j *job, r decision) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watched[j] {
		delete(s.watched, j)
		j.decisions <- r
	}
}

// find returns what the queue says of a job: of the task that has claimed the attempt,
// else of any task of its name, a living one first.
func find(entries []entry, j *job) *entry {
	claim := j.claim()
	var found *entry
	for i, e := range entries {
		switch {
		case claim != "":
			if e.id() == claim {
				return &entries[i]
			}
		case e.name == namePrefix+j.token && e.index == strconv.Itoa(j.index):
			if found == nil || slices.Contains(over, found.state) {
				found = &entries[i]
			}
		}
	}
	return found
}

// askHistory asks the accounting about jobs that the queue has forgotten, if there is
// one.
func (s *Slurm) askHistory(lost []*job, observations map[*job]*observation) {
	if s.accounting == 2 {
		return
	}
	var names []string
	for _, j := range lost {
		names = append(names, namePrefix+j.token)
	}
	entries, err := history(context.Background(), unique(names))
	if err != nil {
		if s.accounting == 0 {
			s.accounting = 2
		}
		return
	}
	s.accounting = 1
	for _, j := range lost {
		// It is late: that a job runs, it may say long after its end.
		if e := find(entries, j); e != nil && slices.Contains(over, e.state) {
			observations[j].entry = e
			observations[j].ended = s.Settings.Latency
		}
	}
}

// progress reports what a job does.
func (s *Slurm) progress(j *job, v *observation, r decision) {
	note := r.reason
	if v.entry != nil && note == "" {
		switch v.entry.state {
		case "PENDING", "CONFIGURING", "REQUEUED", "SUSPENDED":
			note = strings.ToLower(v.entry.state)
			if v.entry.reason != "" && v.entry.reason != "None" {
				note += ", " + v.entry.reason
			}
		default:
			note = "running on " + v.entry.node
		}
	}
	if note != "" && note != j.note {
		j.note = note
		j.task.Progress(0, 0, note)
	}
	if v.log && time.Since(j.logged) >= logEvery {
		j.logged = time.Now()
		s.hear(j)
	}
}

// hear passes on what the stage has said since the last time.
func (s *Slurm) hear(j *job) {
	for {
		text, err := j.logFrom(j.offset)
		if err != nil || len(text) == 0 {
			return
		}
		_, _ = j.words.Write(text) // it never fails
		j.offset += int64(len(text))
	}
}

// slurmSays returns the end of what Slurm itself wrote about a job.
func slurmSays(base string, j *job) string {
	const most = 1 << 10
	text, err := os.ReadFile(filepath.Join(base, "batches", j.token, "slurm-"+strconv.Itoa(j.index)))
	if err != nil {
		return ""
	}
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

// movedOn reports whether the stage has left something in its scratch folder during
// this attempt, from which another would resume.
func movedOn(j *job) bool {
	begun, err := os.Lstat(j.path("claim"))
	if err != nil || j.task.Scratch == "" {
		return false
	}
	moved := false
	_ = filepath.WalkDir(j.task.Scratch, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what is not there did not move
		}
		if info, err := d.Info(); err == nil && info.ModTime().After(begun.ModTime()) {
			moved = true
			return fs.SkipAll
		}
		return nil
	})
	return moved
}

// lacksKernel reports whether the stage refused to compute with the kernel asked for.
func lacksKernel(j *job) bool {
	info, err := os.Stat(j.path("log"))
	if err != nil {
		return false
	}
	text, err := j.logFrom(max(0, info.Size()-8<<10))
	return err == nil && strings.Contains(string(text), "kernel not supported here")
}

// storeFull reports whether the store's file system has no room left.
func storeFull(base string) bool {
	free, err := artifacts.FreeSpace(base)
	return err == nil && free < 1<<20
}

// String names the task for messages.
func (e entry) String() string { return fmt.Sprintf("%s %s", e.id(), e.state) }
