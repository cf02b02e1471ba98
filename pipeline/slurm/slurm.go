package slurm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/model/kernels"
	"realnet/pipeline"
	"realnet/pipeline/step"
	"realnet/stages/stage"
)

// Slurm is the executor. Its Program is copied into the store once, so that jobs run
// these bytes although they are rebuilt meanwhile. It must not be copied after use.
type Slurm struct {
	Settings Settings
	Program  []string // such as {"/usr/bin/realnet", "stage"}; the stage's name follows
	Log      zerolog.Logger

	once     sync.Once
	beginErr error
	base     string // the folder slurm of the store
	program  []string
	setup    []byte
	kernel   string
	cluster  cluster
	settle   time.Duration
	slots    chan struct{}

	accounting int // of sacct: 0 not tried, 1 works, 2 does not; the watcher's

	client client

	mu         sync.Mutex // guards what follows, and the last observation of every job
	pending    []*job     // to be submitted
	collecting bool
	arrived    time.Time // when the last was added
	watched    map[*job]bool
	watching   bool
	wake       chan struct{}
	ending     []*job // to be cancelled
}

// Name returns "slurm".
func (*Slurm) Name() string { return "slurm" }

// Elsewhere reports tasks that run on the cluster: all but those that read folders of
// the user or the network, which nodes seldom have, and the stages of the setting local.
func (s *Slurm) Elsewhere(task step.Task) bool {
	return s.ElsewhereStage(task.Stage, len(task.Externals) > 0)
}

// ElsewhereStage is Elsewhere for a stage that reads folders of the user or does not.
func (s *Slurm) ElsewhereStage(st stage.Stage, folders bool) bool {
	return !st.Network && !folders && !slices.Contains(s.Settings.Local, st.Name)
}

// Calls is how often sbatch and squeue were called.
func (s *Slurm) Calls() (sbatch, squeue int64) {
	return s.client.sbatch.Load(), s.client.squeue.Load()
}

// kernelOf is the kind of kernel that jobs compute with.
func (set Settings) kernelOf() string {
	if set.Kernel != "" {
		return set.Kernel
	}
	if k := os.Getenv(kernels.Environment); k != "" {
		return k
	}
	return kernels.Supported()[0]
}

// begin makes everything ready at the first task of a process.
func (s *Slurm) begin(ctx context.Context, store *artifacts.Store) error {
	s.once.Do(func() { s.beginErr = s.prepare(ctx, store) })
	return s.beginErr
}

func (s *Slurm) prepare(ctx context.Context, store *artifacts.Store) error {
	if !filepath.IsAbs(store.Dir()) {
		return fmt.Errorf("slurm: the store %s has a relative path: give it whole, with --store or REALNET_STORE", store.Dir())
	}
	s.client.settings = s.Settings
	s.wake, s.watched = make(chan struct{}, 1), map[*job]bool{}
	s.slots = make(chan struct{}, s.Settings.Jobs)
	s.base = filepath.Join(store.Dir(), "slurm")
	s.kernel = s.Settings.kernelOf()
	cluster, err := s.client.describe(ctx)
	for begun := time.Now(); err != nil && has(err.Error(), passing) && time.Since(begun) < time.Minute; {
		if err := pause(ctx, 2*time.Second); err != nil {
			return err
		}
		cluster, err = s.client.describe(ctx)
	}
	if err != nil {
		return err
	}
	s.cluster = cluster
	if s.settle = s.Settings.Settle; s.settle == 0 {
		s.settle = 2 * s.cluster.messageTimeout
	}
	if s.setup, err = s.Settings.setupOf(); err != nil {
		return err
	}
	if err := artifacts.Probe(store.Dir()); err != nil {
		return fmt.Errorf("slurm: %w", err)
	}
	for _, d := range []string{"programs", "batches", "jobs"} {
		if err := os.MkdirAll(filepath.Join(s.base, d), 0o755); err != nil {
			return err
		}
	}
	if name, shared, known := artifacts.FileSystem(store.Dir()); known && !shared {
		s.Log.Warn().Str("store", store.Dir()).Str("file_system", name).Msg("the nodes may not see this store: put it on a shared file system with --store")
	}
	file, err := installProgram(s.base, s.Program[0], s.Settings.AnyLibC)
	if err != nil {
		return err
	}
	s.program = append([]string{file}, s.Program[1:]...)
	sweep(s.base)
	return nil
}

// job is an attempt that this process follows.
type job struct {
	*attempt
	ctx     context.Context
	task    step.Task
	request request
	started time.Time
	words   *step.Output
	offset  int64 // of the log, what words has seen

	submitted chan error    // what became of sbatch
	decisions chan decision // one
	dropped   bool          // cancelled before it was submitted

	// of the watcher
	missing, ended, hopeless time.Time // since when; zero: not
	last                     entry
	note                     string
	logged                   time.Time
}

// Run makes the artifact of the task, here or as a job.
func (s *Slurm) Run(ctx context.Context, store *artifacts.Store, task step.Task) (*artifacts.Artifact, error) {
	if !s.Elsewhere(task) {
		return pipeline.Local{}.Run(ctx, store, task)
	}
	if err := s.begin(ctx, store); err != nil {
		return nil, err
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	need, err := task.Stage.Need(task.Params, nil) // what --dry-run prints, before there are inputs
	if err != nil {
		return nil, err
	}
	ask := s.Settings.requestOf(task.Stage.Name, need, s.cluster.maxCPUs)
	dir := jobDir(store, task.Key)
	for failures := 0; ; {
		j, attached, err := s.attempt(ctx, store, task, dir, ask)
		if err != nil {
			return nil, err
		}
		r, err := s.follow(ctx, j, attached)
		if err != nil {
			if HungUp(ctx) {
				return nil, err
			}
			return nil, errors.Join(err, s.finish(store, j, "cancelled"))
		}
		if r.verdict == adopt {
			a, err := s.take(ctx, store, j)
			if err == nil {
				return a, os.RemoveAll(dir)
			}
			return nil, errors.Join(err, s.finish(store, j, "left no valid output"))
		}
		if err := s.finish(store, j, r.reason); err != nil {
			return nil, err
		}
		if r.verdict == fail {
			return nil, s.failure(j, r)
		}
		if !r.free {
			failures++
		}
		if failures >= s.Settings.Attempts || r.double && failures > 1 {
			r.reason += fmt.Sprintf("; given up after %d attempts", failures)
			if r.double {
				r.reason += fmt.Sprintf(", the last with %d MiB: raise it with --slurm memory.%s=", ask.mib(), task.Stage.Name)
			}
			return nil, s.failure(j, r)
		}
		task.Log.Warn().Str("job", j.last.id()).Msgf("%s: another attempt", r.reason)
		if r.double {
			ask.memory *= 2
		}
		if r.exclude != "" && !slices.Contains(ask.exclude, r.exclude) {
			ask.exclude = append(slices.Clone(ask.exclude), r.exclude)
		}
	}
}

// attempt returns the attempt of the node that may be running, else a new one.
func (s *Slurm) attempt(ctx context.Context, store *artifacts.Store, task step.Task, dir string, ask request) (j *job, attached bool, err error) {
	j = &job{ctx: ctx, task: task, request: ask, started: time.Now(), words: step.NewOutput(task), decisions: make(chan decision, 1)}
	for {
		a, number, err := lastAttempt(dir)
		if err != nil {
			return nil, false, err
		}
		if a != nil {
			j.attempt = a
			task.Log.Info().Str("attempt", a.dir).Msg("attached to the job of an earlier run")
			return j, true, nil
		}
		a, err = newAttempt(dir, number+1)
		if errors.Is(err, fs.ErrExist) { // another head was quicker and is about to submit
			if err := pause(ctx, time.Second); err != nil {
				return nil, false, err
			}
			continue
		}
		if err != nil {
			return nil, false, err
		}
		j.attempt = a
		scratch := task.Scratch
		if s.Settings.Scratch != "" {
			scratch = filepath.Join(s.Settings.Scratch, "realnet-"+filepath.Base(dir))
		}
		run := runScript(task, s.program, a.dir, scratch, ask, s.kernel)
		var inputs []artifacts.Digest
		for _, list := range task.In {
			for _, in := range list {
				inputs = append(inputs, in.Digest())
			}
		}
		const longestQueue = 60 * 24 * time.Hour
		err = errors.Join(
			os.WriteFile(a.path("params.json"), task.Params, 0o644), os.WriteFile(a.path("run"), []byte(run), 0o644),
			store.Hold(a.hold(), time.Now().Add(longestQueue), inputs))
		return j, false, err
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// follow submits an attempt, or attaches to it, and waits for what becomes of it. Its
// error is the context's, or why it could not be submitted.
func (s *Slurm) follow(ctx context.Context, j *job, attached bool) (decision, error) {
	for resent := 0; ; resent++ {
		if !attached || resent > 0 {
			if err := s.submit(ctx, j); err != nil {
				return decision{}, err
			}
		}
		s.watch(j)
		select {
		case r := <-j.decisions:
			if r.verdict == resend && resent < s.Settings.Attempts {
				j.task.Log.Warn().Msg("no job of this attempt ever arrived: submitting it again")
				continue
			}
			return r, nil
		case <-ctx.Done():
			return decision{}, s.stop(ctx, j)
		}
	}
}

// stop ends a job when its context has ended. A terminal that hangs up is no wish to
// end: the job runs on, and the same command attaches to it.
func (s *Slurm) stop(ctx context.Context, j *job) error {
	if HungUp(ctx) {
		s.mu.Lock()
		delete(s.watched, j)
		s.mu.Unlock()
		return ctx.Err()
	}
	return errors.Join(ctx.Err(), s.cancel(j))
}

// HungUp reports whether a context ended because the terminal was closed.
func HungUp(ctx context.Context) bool {
	cause := context.Cause(ctx)
	return cause != nil && strings.Contains(cause.Error(), syscall.SIGHUP.String())
}

// finish ends an attempt.
func (s *Slurm) finish(store *artifacts.Store, j *job, why string) error {
	return errors.Join(j.end(why), store.Release(j.hold()))
}

// failure is the error of a node, with the stage's own words where it has any.
func (s *Slurm) failure(j *job, r decision) error {
	s.hear(j)
	where := "attempt " + j.dir
	if j.last.job != "" {
		where = "job " + j.last.id()
		if j.last.node != "" {
			where += " on " + j.last.node
		}
	}
	if !r.words {
		return fmt.Errorf("stage %s: %s: %s; its files are in %s", j.task.Stage.Name, where, r.reason, j.dir)
	}
	how := r.reason
	if exit, _, _, err := j.files(); err == nil && exit != nil {
		where = "job " + exit.job + " on " + exit.node
		how = fmt.Sprintf("exit code %d", exit.code)
		if signal := exit.code - 128; signal > 0 && signal < 65 {
			how = step.SignalText(signalOf(signal))
		}
	}
	return j.words.Failure(where + ": " + how)
}

// take puts what a job made into the store. The files may be seen here only after a
// while; a torn copy reads as damage and is read again.
func (s *Slurm) take(ctx context.Context, store *artifacts.Store, j *job) (*artifacts.Artifact, error) {
	s.hear(j)
	for begun := time.Now(); ; {
		a, err := s.adoptOnce(store, j)
		if err == nil {
			return a, nil
		}
		if got, ok, lerr := store.Lookup(j.task.Key); ok && lerr == nil { // another head took it
			return got, store.Release(j.hold())
		}
		var other *otherProvenance
		if errors.As(err, &other) || time.Since(begun) > s.Settings.Latency {
			return nil, fmt.Errorf("stage %s: job %s left no valid output in %s: %w", j.task.Stage.Name, j.claim(), j.path("out"), err)
		}
		if err := pause(ctx, time.Second); err != nil {
			return nil, err
		}
		if _, _, _, err := j.files(); err != nil { // look at the folder anew
			return nil, err
		}
	}
}

func (s *Slurm) adoptOnce(store *artifacts.Store, j *job) (*artifacts.Artifact, error) {
	made, err := artifacts.Open(j.path("out"))
	if err != nil {
		return nil, err
	}
	if err := sameProvenance(j.task.Provenance, made.Manifest().Provenance); err != nil {
		return nil, err
	}
	if got, want := made.Manifest().Schema, j.task.Stage.Out.Ref(); got != want {
		return nil, fmt.Errorf("%w: it wrote %s, the stage writes %s", artifacts.ErrSchema, got, want)
	}
	a, err := store.Adopt(j.task.Key, j.path("out"))
	if err != nil {
		return nil, err
	}
	return a, store.Release(j.hold())
}
