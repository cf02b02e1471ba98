package slurm

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"realnet/artifacts"
)

// Ready nodes are collected for collectMost, or until none has come for collectQuiet, so
// that siblings become one array.
const (
	collectQuiet = 100 * time.Millisecond
	collectMost  = 300 * time.Millisecond
	largestArray = 1000
)

// submit hands a job to the collector and waits until Slurm has it. The error is the
// context's, or Slurm's own.
func (s *Slurm) submit(ctx context.Context, j *job) error {
	s.mu.Lock()
	j.submitted, j.dropped = make(chan error, 1), false
	j.missing, j.ended, j.hopeless, j.last = time.Time{}, time.Time{}, time.Time{}, entry{}
	s.pending = append(s.pending, j)
	s.arrived = time.Now()
	if !s.collecting {
		s.collecting = true
		go s.collect()
	}
	s.mu.Unlock()
	select {
	case err := <-j.submitted:
		return err
	case <-ctx.Done():
	}
	s.mu.Lock()
	j.dropped = true // unless sbatch is being called
	s.mu.Unlock()
	select {
	case err := <-j.submitted:
		if err != nil {
			return errors.Join(ctx.Err(), err)
		}
		return s.stop(ctx, j)
	case <-time.After(20 * time.Second):
		return errors.Join(ctx.Err(), fmt.Errorf("sbatch has not answered; a job named %s may still start: scancel --name=%s", namePrefix+j.token, namePrefix+j.token))
	}
}

// collect waits until no more nodes become ready, and submits those that are.
func (s *Slurm) collect() {
	begun := time.Now()
	for {
		time.Sleep(collectQuiet / 4)
		s.mu.Lock()
		if time.Since(s.arrived) >= collectQuiet || time.Since(begun) >= collectMost {
			break
		}
		s.mu.Unlock()
	}
	list := s.pending
	s.pending, s.collecting = nil, false
	s.mu.Unlock()

	groups := map[string][]*job{}
	var order []string
	for _, j := range list {
		key := strings.Join(j.request.flags(s.Settings), "\x00")
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], j)
	}
	most := min(s.cluster.maxArray, largestArray) // the largest index is MaxArraySize - 1
	for _, key := range order {
		for jobs := groups[key]; len(jobs) > 0; {
			n := min(len(jobs), max(most, 1))
			go s.batch(jobs[:n])
			jobs = jobs[n:]
		}
	}
}

// batch submits jobs as one array and answers each.
func (s *Slurm) batch(jobs []*job) {
	jobs = s.keepWanted(jobs)
	if len(jobs) == 0 {
		return
	}
	err := s.submitBatch(jobs)
	for _, j := range jobs {
		j.submitted <- err
	}
}

// keepWanted answers the jobs that were cancelled meanwhile and returns the others.
func (s *Slurm) keepWanted(jobs []*job) []*job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var wanted []*job
	for _, j := range jobs {
		if j.dropped {
			j.submitted <- j.ctx.Err()
			continue
		}
		wanted = append(wanted, j)
	}
	return wanted
}

func (s *Slurm) submitBatch(jobs []*job) error {
	random := make([]byte, 8)
	if _, err := rand.Read(random); err != nil {
		return err
	}
	token := hex.EncodeToString(random)
	dir := filepath.Join(s.base, "batches", token)
	if err := os.Mkdir(dir, 0o755); err != nil { // --output needs it, or the job fails without a word
		return err
	}
	var list strings.Builder
	for _, j := range jobs {
		if strings.ContainsAny(j.dir, "\n\r") {
			return fmt.Errorf("slurm: %q: the store's path has a line break", j.dir)
		}
		list.WriteString(j.dir + "\n")
	}
	err := errors.Join(
		artifacts.ReplaceFile(filepath.Join(dir, "list"), []byte(list.String())),
		artifacts.ReplaceFile(filepath.Join(dir, "job.sh"), []byte(jobScript(dir, s.setup))))
	for i, j := range jobs {
		err = errors.Join(err, j.setBatch(token, i))
	}
	if err != nil {
		return err
	}
	array := fmt.Sprintf("0-%d", len(jobs)-1)
	if s.Settings.Throttle > 0 {
		array += fmt.Sprintf("%%%d", s.Settings.Throttle)
	}
	return s.untilTaken(batchArgs(s.Settings, jobs[0].request.flags(s.Settings), dir, token, array), token, jobs)
}

// untilTaken calls sbatch until Slurm has the batch or refuses it. A call without an
// answer may have been taken: the queue is asked by name, again after a while, before
// it is repeated. (Asking once is not enough: a busy controller answers the question
// before it reads the submission. Should it read two, the claim lets one run.)
func (s *Slurm) untilTaken(args []string, token string, jobs []*job) error {
	begun, warned := time.Now(), false
	for try := time.Second; ; try = min(2*try, 30*time.Second) {
		_, what, err := s.client.submit(args)
		switch what {
		case accepted:
			return nil
		case refused:
			return err
		case uncertain:
			if s.arrivedAfterAll(token, jobs) {
				return nil
			}
		case busy:
			time.Sleep(try)
		}
		if !s.anyWanted(jobs) {
			return context.Canceled
		}
		if !warned && time.Since(begun) > time.Minute {
			s.Log.Warn().Err(err).Msg("Slurm takes no jobs at the moment: trying on")
			warned = true
		}
	}
}

// anyWanted reports whether somebody still waits for one of the jobs.
func (s *Slurm) anyWanted(jobs []*job) bool {
	for _, j := range jobs {
		if j.ctx.Err() == nil {
			return true
		}
	}
	return false
}

// arrivedAfterAll asks the queue for a batch until it is there, or was missing in two
// answers that are settle apart.
func (s *Slurm) arrivedAfterAll(token string, jobs []*job) bool {
	var missing time.Time
	for s.anyWanted(jobs) {
		entries, err := s.client.queue(context.Background())
		for _, e := range entries {
			if e.name == namePrefix+token {
				return true
			}
		}
		if err == nil {
			if missing.IsZero() {
				missing = time.Now()
			}
			if time.Since(missing) >= s.settle {
				return false
			}
		}
		time.Sleep(time.Second)
	}
	return false
}

// cancel ends a job, with the others that are cancelled at the same time.
func (s *Slurm) cancel(j *job) error {
	s.mu.Lock()
	delete(s.watched, j)
	s.ending = append(s.ending, j)
	first := len(s.ending) == 1
	s.mu.Unlock()
	if !first {
		return nil // the first one's call takes this one too
	}
	time.Sleep(100 * time.Millisecond)
	s.mu.Lock()
	var ids, names []string
	for _, j := range s.ending {
		switch id := j.claim(); {
		case id != "":
			ids = append(ids, id)
		case j.last.job != "":
			ids = append(ids, j.last.id())
		default:
			names = append(names, namePrefix+j.token)
		}
	}
	s.ending = nil
	s.mu.Unlock()
	return cancel(ids, unique(names))
}

func unique(list []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
