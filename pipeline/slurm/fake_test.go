package slurm_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/pipeline"
	"realnet/pipeline/executortest"
	"realnet/pipeline/slurm"
)

// fake is a Slurm of shell scripts that runs jobs on this machine. Each call of sbatch
// takes the next line of the file modes:
//
//	ok        the job is taken and its number printed
//	banner    likewise, with text around the number
//	silent    likewise, with text alone
//	taken     "Socket timed out", and the job runs
//	lost      "Socket timed out", and there is no job
//	busy      a limit of jobs that passes
//	refuse    an error for good
//	never     the job waits for what never comes
type fake struct {
	dir string
	exe *slurm.Slurm
	*artifacts.Store
}

const fakeSbatch = `#!/bin/sh
d='DIR'
mode=$(head -n 1 "$d/modes"); sed -i 1d "$d/modes"
echo "${mode:-ok} $*" >>"$d/calls"
number=$(cat "$d/next"); echo $((number + 1)) >"$d/next"
for a in "$@"; do
	case $a in --array=*) array=${a#--array=} ;; --job-name=*) name=${a#--job-name=} ;; --chdir=*) cd "${a#--chdir=}" ;; esac
	script=$a
done
last=${array#0-}; last=${last%%%*}
run() {
	for i in $(seq 0 "$last"); do
		echo "$1|None|fake|$name" >"$d/jobs/${number}_$i"
	done
	[ "$1" = RUNNING ] || return 0
	(for i in $(seq 0 "$last"); do
		SLURM_ARRAY_JOB_ID=$number SLURM_ARRAY_TASK_ID=$i SLURMD_NODENAME=fake sh "$script" >"slurm-$i" 2>&1
		if [ $? = 0 ]; then state=COMPLETED; else state=FAILED; fi
		echo "$state|None|fake|$name" >"$d/jobs/${number}_$i"
	done) >/dev/null 2>&1 </dev/null &
}
case ${mode:-ok} in
ok) run RUNNING; echo "$number" ;;
banner) run RUNNING; echo "Welcome to the cluster!"; echo "Your project has 12 hours left"; echo "$number;main" ;;
silent) run RUNNING; echo "Thank you for your job" ;;
taken) run RUNNING; echo "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation" >&2; exit 1 ;;
lost) echo "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation" >&2; exit 1 ;;
busy) echo "sbatch: error: Batch job submission failed: QOSMaxSubmitJobPerUserLimit" >&2; exit 1 ;;
refuse) echo "sbatch: error: invalid partition specified: cpu" >&2; exit 1 ;;
never) run PENDING; sed -i 's/|None|/|PartitionTimeLimit|/' "$d/jobs/${number}_"*; echo "$number" ;;
esac
`

const fakeSqueue = `#!/bin/sh
d='DIR'
if [ -s "$d/deaf" ]; then sed -i 1d "$d/deaf"; echo "squeue: error: Unable to contact slurm controller" >&2; exit 1; fi
for f in "$d"/jobs/*; do
	[ -e "$f" ] || continue
	id=${f##*/}
	IFS='|' read -r state reason node name <"$f"
	echo "${id%_*}|${id#*_}|$state|$reason|$node|$name"
done
`

const fakeScancel = `#!/bin/sh
echo "$*" >>'DIR/cancelled'
for id in "$@"; do sed -i 's/^[A-Z]*/CANCELLED/' "DIR/jobs/$id" 2>/dev/null; done
exit 0
`

const fakeScontrol = `#!/bin/sh
echo "MessageTimeout          = 1 sec"
echo "MaxArraySize            = 1001"
echo "SLURM_VERSION           = 22.05.8"
`

func newFake(t *testing.T, modes ...string) *fake {
	t.Helper()
	f := &fake{dir: t.TempDir()}
	bin := filepath.Join(f.dir, "bin")
	for _, d := range []string{bin, filepath.Join(f.dir, "jobs")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"sbatch": fakeSbatch, "squeue": fakeSqueue, "scancel": fakeScancel, "scontrol": fakeScontrol, "sinfo": "#!/bin/sh\necho 4\n", "sacct": "#!/bin/sh\nexit 1\n"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(strings.ReplaceAll(text, "DIR", f.dir)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	f.write(t, "modes", strings.Join(append(modes, ""), "\n"))
	f.write(t, "next", "7\n")
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	// A space and a quote in the path: neither scripts nor commands may break on them.
	store, err := artifacts.OpenStore(filepath.Join(f.dir, "the lab's store"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	f.Store = store
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := testSettings(t)
	s.Poll, s.Latency = 100*time.Millisecond, 500*time.Millisecond
	f.exe = &slurm.Slurm{Settings: s, Program: []string{self, "stage"}, Log: zerolog.Nop()}
	return f
}

func (f *fake) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (f *fake) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(f.dir, name))
	return string(text)
}

// run runs n tasks side by side.
func (f *fake) run(t *testing.T, ctx context.Context, n int) error {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		task := executortest.NewTask(t, f.dir, fmt.Sprint("key ", i), "numbers", fmt.Sprintf(`{"n":2,"seed":%d}`, i))
		wg.Go(func() { _, errs[i] = f.exe.Run(ctx, f.Store, task) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// However sbatch answers, every task runs once and gives its artifact.
func TestHoweverSbatchAnswers(t *testing.T) {
	for _, modes := range [][]string{{"ok"}, {"banner"}, {"silent"}, {"taken"}, {"lost", "ok"}, {"lost", "lost", "taken"}, {"busy", "ok"}} {
		t.Run(strings.Join(modes, "-"), func(t *testing.T) {
			f := newFake(t, modes...)
			if err := f.run(t, t.Context(), 3); err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(f.read("calls"), "\n"); got != len(modes) {
				t.Errorf("sbatch was called %d times, want %d: three tasks are one array\n%s", got, len(modes), f.read("calls"))
			}
			if left, _ := os.ReadDir(filepath.Join(f.Store.Dir(), "slurm", "jobs")); len(left) > 0 {
				t.Errorf("folders of finished nodes stay: %v", left)
			}
		})
	}
}

// The suite of executors, where there is no Slurm.
func TestConformanceOnScripts(t *testing.T) {
	executortest.Run(t, func(t *testing.T) pipeline.Executor {
		t.Setenv(slurm.Environment, "poll=100ms latency=500ms settle=1s libc=same cpus=1 local=fetch") // of heads
		return newFake(t, "ok").exe
	})
}

func TestSbatchRefuses(t *testing.T) {
	f := newFake(t, "refuse")
	if err := f.run(t, t.Context(), 1); err == nil || !strings.Contains(err.Error(), "invalid partition specified") {
		t.Errorf("got %v, want sbatch's own words", err)
	}
}

// A queue that does not answer means nothing about jobs.
func TestQueueIsDeaf(t *testing.T) {
	f := newFake(t, "ok")
	f.write(t, "deaf", strings.Repeat("x\n", 12))
	task := executortest.NewTask(t, f.dir, "k", "numbers", `{"n":2,"seed":1,"sleep_ns":2500000000}`)
	if _, err := f.exe.Run(t.Context(), f.Store, task); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(f.read("calls"), "\n"); got != 1 {
		t.Errorf("sbatch was called %d times, want 1", got)
	}
}

// A job that Slurm forgot without its having begun is submitted again, into the same
// attempt.
func TestForgottenJob(t *testing.T) {
	f := newFake(t, "never", "ok")
	go func() {
		for range 50 {
			time.Sleep(100 * time.Millisecond)
			if os.Remove(filepath.Join(f.dir, "jobs", "7_0")) == nil {
				return
			}
		}
	}()
	if err := f.run(t, t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(f.read("calls"), "\n"); got != 2 {
		t.Errorf("sbatch was called %d times, want 2", got)
	}
}

// A head that starts again finds the jobs of the one before it.
func TestAttaches(t *testing.T) {
	f := newFake(t, "ok")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error)
	task := executortest.NewTask(t, f.dir, "k", "numbers", `{"n":2,"seed":1,"sleep_ns":3000000000}`)
	go func() { _, err := f.exe.Run(ctx, f.Store, task); done <- err }()
	time.Sleep(1500 * time.Millisecond)
	cancel(errors.New("hangup signal received")) // as when a terminal closes
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if f.read("cancelled") != "" {
		t.Fatalf("a hang-up cancelled jobs: %s", f.read("cancelled"))
	}
	second := &slurm.Slurm{Settings: f.exe.Settings, Program: f.exe.Program, Log: zerolog.Nop()}
	if _, err := second.Run(t.Context(), f.Store, task); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(f.read("calls"), "\n"); got != 1 {
		t.Errorf("sbatch was called %d times, want 1", got)
	}
}

// The inputs of queued jobs outlive gc; commands see nothing of a job that the head is
// part of.
func TestHeadInsideAJob(t *testing.T) {
	t.Setenv("SLURM_JOB_ID", "99")
	t.Setenv("SLURM_MEM_PER_NODE", "1")
	f := newFake(t, "ok")
	bin := filepath.Join(f.dir, "bin", "sbatch")
	text, err := os.ReadFile(bin)
	if err != nil {
		t.Fatal(err)
	}
	f.write(t, "bin/sbatch", strings.Replace(string(text), "#!/bin/sh\n", "#!/bin/sh\n[ -z \"$SLURM_JOB_ID$SLURM_MEM_PER_NODE\" ] || { echo \"sees the job of the head\" >&2; exit 1; }\n", 1))
	if err := f.run(t, t.Context(), 1); err != nil {
		t.Fatal(err)
	}
}

// What says that it was made with another kernel, or by other code, than was asked for
// is refused, with both values.
func TestOtherProvenanceIsRefused(t *testing.T) {
	f := newFake(t, "ok")
	task := executortest.NewTask(t, f.dir, "k", "numbers", `{"n":2,"seed":1}`)
	task.Provenance.Kernel, task.Provenance.Code = "avx1024", "code:newer"
	_, err := f.exe.Run(t.Context(), f.Store, task)
	if err == nil || !strings.Contains(err.Error(), `kernel is "", not "avx1024"`) || !strings.Contains(err.Error(), `not "code:newer"`) {
		t.Errorf("got %v", err)
	}
	if _, ok, _ := f.Store.Lookup("k"); ok {
		t.Error("it was taken all the same")
	}
}

// An artifact that a slow file system shows only after the exit file is waited for.
func TestOutputAppearsLate(t *testing.T) {
	f := newFake(t, "ok")
	f.exe.Settings.Latency = 5 * time.Second
	setup := filepath.Join(f.dir, "setup")
	// The output is moved away when the stage has ended, and comes back two seconds later.
	text := `late() { while [ ! -e exit ]; do sleep 0.02; done; mv out .late; sleep 2; mv .late out; }
late >/dev/null 2>&1 </dev/null &
`
	if err := os.WriteFile(setup, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	f.exe.Settings.Setup = setup
	f.exe.Settings.Poll = time.Second
	if err := f.run(t, t.Context(), 1); err != nil {
		t.Error(err)
	}
}

// A node that lacks the kernel is left out; when all do, the error says what to set.
func TestNodesWithoutTheKernel(t *testing.T) {
	f := newFake(t, "ok", "ok", "ok")
	task := executortest.NewTask(t, f.dir, "k", "fail", `{"message":"REALNET_KERNEL=avx512: kernel not supported here; use one of: avx2, generic"}`)
	_, err := f.exe.Run(t.Context(), f.Store, task)
	if err == nil || !strings.Contains(err.Error(), "lacks the kernel: set --slurm kernel=avx2") || !strings.Contains(err.Error(), "after 3 attempts") {
		t.Errorf("got %v", err)
	}
	if got := strings.Count(f.read("calls"), "--exclude=fake"); got != 2 {
		t.Errorf("the node was left out in %d submissions, want 2\n%s", got, f.read("calls"))
	}
}
