package slurm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/sourcegraph/conc/pool"

	"realnet/artifacts"
	"realnet/pipeline"
	"realnet/pipeline/executortest"
	"realnet/pipeline/identity"
	"realnet/pipeline/slurm"
)

// The campaign does to a real cluster what happens to clusters. It needs the folder of a
// cluster of ci/slurm/test-cluster, whose daemons it may stop and kill; ci/slurm/campaign
// starts one and runs it.
const campaignEnv = "REALNET_SLURM_CAMPAIGN"

// headEnv makes the test binary a head: the folder of its store. Its plan is in planEnv:
// how many siblings, and how long each takes.
const (
	headEnv = "REALNET_TEST_SLURM_HEAD"
	planEnv = "REALNET_TEST_SLURM_PLAN"
)

// head runs a plan of siblings and their sum. Settings come by REALNET_SLURM.
func head() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fail := func(err error) int { fmt.Fprintln(os.Stderr, "head:", err); return 1 }
	var n, milliseconds int
	if _, err := fmt.Sscan(os.Getenv(planEnv), &n, &milliseconds); err != nil {
		return fail(err)
	}
	plan := pipeline.NewPlan("siblings", executortest.Registry())
	var in []pipeline.Input
	for i := range n {
		id := fmt.Sprintf("n/%d", i)
		if _, err := plan.Add(id, "numbers", json.RawMessage(fmt.Sprintf(`{"n":2,"seed":%d,"sleep_ns":%d}`, i, milliseconds*1e6))); err != nil {
			return fail(err)
		}
		in = append(in, pipeline.From("numbers", id))
	}
	if _, err := plan.Add("sum", "sum", json.RawMessage(`{}`), in...); err != nil {
		return fail(err)
	}
	store, err := artifacts.OpenStore(os.Getenv(headEnv))
	if err != nil {
		return fail(err)
	}
	defer store.Close()
	code, err := identity.New(executortest.Sources())
	if err != nil {
		return fail(err)
	}
	settings, err := slurm.ReadSettings(nil, executortest.Registry().Names())
	if err != nil {
		return fail(err)
	}
	self, err := os.Executable()
	if err != nil {
		return fail(err)
	}
	log := zerolog.New(os.Stderr).Level(zerolog.WarnLevel)
	exe := &slurm.Slurm{Settings: settings, Program: []string{self, "stage"}, Log: log}
	r := &pipeline.Runner{Registry: executortest.Registry(), Code: code, Store: store, Executor: exe, Log: log}
	r.Events = func(e pipeline.Event) {
		if e.Phase == pipeline.Done {
			fmt.Println("made", e.Node)
		}
	}
	out, err := r.Run(ctx, plan)
	sbatch, squeue := exe.Calls()
	fmt.Printf("calls %d %d\n", sbatch, squeue)
	if err != nil {
		return fail(err)
	}
	fmt.Println("result", out[len(out)-1].Digest)
	return 0
}

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
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), headEnv+"="+filepath.Join(s.dir, "store"), fmt.Sprintf("%s=%d %d", planEnv, s.n, s.ms), "REALNET_SLURM="+s.settings), extra...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
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
	if want := s.local(); !strings.Contains(out, "result "+want) {
		s.t.Errorf("the result is not that of a local run, %s:\n%s", want, out)
	}
}

// local is the digest that a local run gives.
func (s *site) local() string {
	s.t.Helper()
	dir := s.t.TempDir()
	store, err := artifacts.OpenStore(dir)
	if err != nil {
		s.t.Fatal(err)
	}
	defer store.Close()
	in := make([]*artifacts.Artifact, s.n)
	group := pool.New().WithErrors().WithFirstError()
	for i := range in {
		task := executortest.NewTask(s.t, dir, fmt.Sprint(i), "numbers", fmt.Sprintf(`{"n":2,"seed":%d,"sleep_ns":%d}`, i, s.ms*1e6))
		group.Go(func() (err error) {
			in[i], err = (pipeline.Local{}).Run(s.t.Context(), store, task)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		s.t.Fatal(err)
	}
	a, err := (pipeline.Local{}).Run(s.t.Context(), store, executortest.NewTask(s.t, dir, "sum", "sum", `{}`, in...))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(a.Digest())
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
	s := newSite(t, 8, 6000)
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

// A job reaches its time limit and has nothing to continue from.
func TestCampaignTimeLimit(t *testing.T) {
	s := newSite(t, 1, 200000, "time=1")
	out, err := s.run()
	if err == nil || !strings.Contains(out, "reached its time limit: raise it with --slurm time=") {
		t.Errorf("%v\n%s", err, out)
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
		t.Skipf("no file system can be mounted here: %s", out)
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
