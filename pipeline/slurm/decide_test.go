package slurm

import (
	"strings"
	"testing"
	"time"

	"realnet/stages/stage"
)

// The table of what is concluded from a job's exit file and Slurm's word.
func TestDecide(t *testing.T) {
	set := DefaultSettings()
	set.Latency = 10 * time.Second
	const settle = 20 * time.Second
	exit := func(code int) *exitFile { return &exitFile{code: code, job: "7_0", node: "n1"} }
	state := func(s string) *entry { return &entry{job: "7", index: "0", state: s, node: "n1", name: "rn-t"} }
	pending := func(reason string) *entry { e := state("PENDING"); e.reason = reason; return e }
	const long = time.Hour
	for _, c := range []struct {
		name        string
		observation observation
		want        verdict
		words       string
	}{
		{"exit 0 and it still completes", observation{exit: exit(0), entry: state("COMPLETING")}, adopt, ""},
		{"exit 0 and the queue is silent", observation{exit: exit(0)}, adopt, ""},
		{"exit 0 and it was preempted after its end", observation{exit: exit(0), answered: true, entry: state("PREEMPTED")}, adopt, ""},

		{"pending", observation{answered: true, entry: pending("Priority")}, wait, ""},
		{"running", observation{answered: true, entry: state("RUNNING")}, wait, ""},
		{"failed, but Slurm has not ended it", observation{answered: true, exit: exit(1), entry: state("COMPLETING")}, wait, ""},
		{"requeued by the administrator", observation{answered: true, exit: exit(3), entry: state("REQUEUED")}, wait, ""},
		{"a limit of the account", observation{answered: true, entry: pending("AssocGrpCpuLimit"), hopeful: long}, wait, ""},
		{"queue silent, exit 1", observation{exit: exit(1), unseen: long}, wait, "does not respond"},
		{"queue silent, nothing", observation{unseen: long, ended: long}, wait, "does not respond"},

		{"never starts, at first", observation{answered: true, entry: pending("PartitionTimeLimit"), hopeful: 59 * time.Second}, wait, "PartitionTimeLimit"},
		{"never starts", observation{answered: true, entry: pending("PartitionTimeLimit"), hopeful: 61 * time.Second}, fail, "--slurm partition"},

		{"node failed", observation{answered: true, entry: state("NODE_FAIL")}, again, "node n1 failed"},
		{"boot failed, exit 143", observation{answered: true, exit: exit(143), entry: state("BOOT_FAIL")}, again, "n1"},
		{"preempted", observation{answered: true, exit: exit(3), entry: state("PREEMPTED")}, again, "preempted"},
		{"time limit, something to continue", observation{answered: true, exit: exit(3), entry: state("TIMEOUT"), resumed: true}, again, "continues"},
		{"time limit, nothing to continue", observation{answered: true, entry: state("TIMEOUT")}, fail, "--slurm time="},
		{"out of memory", observation{answered: true, entry: state("OUT_OF_MEMORY")}, again, "memory"},
		{"out of memory as Slurm without cgroups says it", observation{answered: true, entry: state("FAILED"), slurmText: "slurmstepd: error: Job 7 exceeded memory limit (300 > 200), being killed"}, again, "memory"},
		{"killed by the kernel", observation{answered: true, exit: exit(137), entry: state("FAILED"), slurmText: "Detected 1 oom_kill event"}, again, "memory"},
		{"cancelled by someone", observation{answered: true, exit: exit(3), entry: state("CANCELLED")}, fail, "somebody cancelled"},
		{"cancelled by someone before it ran", observation{answered: true, entry: state("CANCELLED")}, fail, "somebody cancelled"},
		{"cancelled after its stage had failed", observation{answered: true, exit: exit(1), entry: state("CANCELLED")}, fail, ""},

		{"stage failed", observation{answered: true, exit: exit(1), entry: state("FAILED"), log: true}, fail, ""},
		{"stage failed, gone from the queue", observation{answered: true, exit: exit(1), log: true}, fail, ""},
		{"interrupted, gone from the queue for a moment", observation{answered: true, exit: exit(3), log: true}, wait, "looking for the reason"},
		{"interrupted, gone from the queue", observation{answered: true, exit: exit(143), log: true, unseen: 11 * time.Second}, fail, "no longer knows"},
		{"interrupted, gone from the queue, something to continue", observation{answered: true, exit: exit(3), log: true, unseen: 11 * time.Second, resumed: true}, again, "continues"},
		{"crashed, gone from the queue", observation{answered: true, exit: exit(139), log: true}, fail, ""},
		{"the node lacks the kernel", observation{answered: true, exit: exit(1), entry: state("FAILED"), log: true, noKernel: true}, again, "lacks the kernel"},

		{"ended, its files may come", observation{answered: true, entry: state("COMPLETED"), ended: 9 * time.Second}, wait, "waiting for its files"},
		{"ended without a start", observation{answered: true, entry: state("FAILED"), ended: 11 * time.Second, slurmText: "could not open output"}, again, "could not open output"},
		{"ended without a file on a full store", observation{answered: true, entry: state("COMPLETED"), ended: 11 * time.Second, full: true}, fail, "full"},
		{"ended with a log and no exit file", observation{answered: true, entry: state("FAILED"), ended: 11 * time.Second, log: true}, fail, "without a word"},

		{"unknown for a moment", observation{answered: true, unseen: 19 * time.Second}, wait, "not in the queue"},
		{"unknown for long, it had begun", observation{answered: true, claimed: true, unseen: 21 * time.Second}, again, "lost"},
		{"unknown for long, it never began", observation{answered: true, unseen: 21 * time.Second}, resend, "never arrived"},
	} {
		r := decide(c.observation, set, settle)
		if r.verdict != c.want || !strings.Contains(r.reason, c.words) {
			t.Errorf("%s: verdict %d %q, want %d with %q", c.name, r.verdict, r.reason, c.want, c.words)
		}
		if (r.verdict == again || r.verdict == fail) && r.reason == "" && !r.words {
			t.Errorf("%s: no reason", c.name)
		}
	}
	if r := decide(observation{answered: true, entry: state("NODE_FAIL")}, set, settle); r.exclude != "n1" {
		t.Errorf("a failed node is not excluded: %+v", r)
	}
	if r := decide(observation{answered: true, entry: state("OUT_OF_MEMORY")}, set, settle); !r.double {
		t.Errorf("no more memory after it ran out: %+v", r)
	}
}

func TestJobNumber(t *testing.T) {
	for out, want := range map[string]string{
		"17\n": "17", "17;cluster\n": "17", "Welcome to our cluster!\nYour quota is 5\n42\n": "42", "Submitted batch job 17\n": "", "": "", "thanks\n": "",
	} {
		if got := jobNumber(out); got != want {
			t.Errorf("%q: %q, want %q", out, got, want)
		}
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90": 90 * time.Minute, "1:30": 90 * time.Second, "4:00:00": 4 * time.Hour, "1-12": 36 * time.Hour, "1-12:30": 36*time.Hour + 30*time.Minute, "2-0:0:5": 48*time.Hour + 5*time.Second,
		"": 0, "0": 0, "x": 0, "1:2:3:4": 0, "-5": 0, "1-": 0, "1e3": 0,
	} {
		got, err := parseTime(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v %v, want %v", text, got, err, want)
		}
	}
	if got := limit(61 * time.Second); got != "2" {
		t.Errorf("61 s are %s minutes, want 2: Slurm must not end it early", got)
	}
}

func TestRequest(t *testing.T) {
	set := DefaultSettings()
	known := []string{"train", "rdm"}
	for _, text := range []string{"cpus=16", "cpus.train=4", "memory=2", "memory.rdm=3G", "time.train=1-0", "exclude=n9"} {
		if err := set.Set(text, known); err != nil {
			t.Fatal(err)
		}
	}
	need := stage.Need{Memory: 1 << 30}
	r := set.requestOf("train", need, 8)
	if r.cpus != 4 || r.mib() != 2*1280+256 || r.time != 24*time.Hour {
		t.Errorf("train asks for %+v", r)
	}
	if r := set.requestOf("rdm", need, 8); r.cpus != 8 || r.mib() != 3072 {
		t.Errorf("rdm asks for %+v: want 8 cores, those of the largest node, and 3 GiB", r)
	}
	r.exclude = []string{"n1"}
	if got := strings.Join(r.flags(set), " "); !strings.Contains(got, "--exclude=n9,n1") || !strings.Contains(got, "--mem=2816M") {
		t.Errorf("flags %s", got)
	}
	if err := set.Set("memory=per-cpu", known); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.flags(set), " "); !strings.Contains(got, "--mem-per-cpu=704M") {
		t.Errorf("flags %s", got)
	}
}
