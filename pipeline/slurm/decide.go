package slurm

import (
	"fmt"
	"os/user"
	"slices"
	"strings"
	"time"
)

// exitFile is what a job wrote down when its stage had ended.
type exitFile struct {
	code     int
	job      string // JOB_INDEX
	restarts int
	node     string
}

// interrupted reports a stage that was ended from outside: by Slurm, when it is cancelled,
// preempted or at its time limit. It says so with 3, or is killed by HUP, INT, KILL or TERM.
func (e *exitFile) interrupted() bool {
	return e != nil && slices.Contains([]int{3, 129, 130, 137, 143}, e.code)
}

// observation is what is known about an attempt at one poll.
type observation struct {
	exit     *exitFile
	claimed  bool // a job began to run
	log      bool // the stage said something
	answered bool // the queue answered at this look
	entry    *entry
	// Since an answer of the queue last named the job (or since it was submitted), by the
	// clock of answers alone: while the queue is silent nothing is known.
	unseen  time.Duration
	ended   time.Duration // since the queue first said that it has ended
	hopeful time.Duration // since it first waited for what never comes

	resumed   bool   // the scratch folder changed during the attempt
	full      bool   // the store's file system is full
	slurmText string // what Slurm itself wrote about the job
	ours      bool   // cancelled by this process
	noKernel  bool   // the stage refused to compute with another kernel than asked for
}

// verdict is what to do about an attempt.
type verdict int

const (
	wait   verdict = iota
	adopt          // the stage says that it went well: look at its output
	again          // another attempt
	resend         // the same attempt once more: it never began
	fail
)

// decision is a verdict with its reasons.
type decision struct {
	verdict
	reason  string
	exclude string // a node that the next attempt avoids
	double  bool   // twice the memory
	free    bool   // does not count as an attempt: the stage went on
	words   bool   // the stage's own words follow
}

// never are reasons for which a job waits without end.
var never = []string{
	"PartitionConfig", "PartitionTimeLimit", "PartitionNodeLimit", "PartitionInactive", "BadConstraints", "DependencyNeverSatisfied", "JobHeldAdmin",
	"launch_failed_requeued_held", "InvalidAccount", "InvalidQOS", "QOSNotAllowed", "AccountNotAllowed", "ReqNodeNotAvail(Invalid)",
}

// neverAfter is how long a job waits for what never comes before it is given up.
const neverAfter = time.Minute

// over are the states in which a job has ended.
var over = []string{"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "BOOT_FAIL", "PREEMPTED", "OUT_OF_MEMORY", "DEADLINE", "REVOKED", "SPECIAL_EXIT"}

// decide says what happens to an attempt. Its order is the meaning: success is proved by the
// artifact alone, and a state of Slurm explains an exit code above 0, because a job
// that is preempted, timed out or drained writes one.
func decide(s observation, set Settings, settle time.Duration) decision {
	state := ""
	if s.entry != nil {
		state = s.entry.state
	}
	code := -1
	if s.exit != nil {
		code = s.exit.code
	}
	switch {
	case code == 0:
		return decision{verdict: adopt}
	case !s.answered:
		return decision{verdict: wait, reason: "the queue does not respond"}
	case state == "PENDING" && slices.Contains(never, s.entry.reason):
		if s.hopeful < neverAfter {
			return decision{verdict: wait, reason: "pending, " + s.entry.reason}
		}
		return decision{verdict: fail, reason: fmt.Sprintf("Slurm will never start it (%s): see --slurm partition, time, constraint, cpus and memory", s.entry.reason)}
	case state != "" && !slices.Contains(over, state):
		return decision{verdict: wait}
	}
	node := ""
	if s.entry != nil {
		node = s.entry.node
	}
	if node == "" && s.exit != nil {
		node = s.exit.node
	}
	switch state {
	case "NODE_FAIL", "BOOT_FAIL":
		return decision{verdict: again, reason: "node " + node + " failed", exclude: node}
	case "PREEMPTED":
		return decision{verdict: again, reason: "was preempted", free: s.resumed}
	case "TIMEOUT", "DEADLINE":
		if s.resumed {
			return decision{verdict: again, reason: "reached its time limit and continues", free: true}
		}
		return decision{verdict: fail, reason: "reached its time limit: raise it with --slurm time=4:00:00 or --slurm time.STAGE="}
	case "OUT_OF_MEMORY":
		return decision{verdict: again, reason: "ran out of memory", double: true}
	case "CANCELLED":
		if s.ours {
			return decision{verdict: fail, reason: "was cancelled"}
		}
		if s.exit == nil || s.exit.interrupted() {
			return decision{verdict: fail, reason: "somebody cancelled it with scancel" + s.entry.by() + "; run the same command to start it again"}
		}
	}
	if code > 0 && s.noKernel {
		return decision{verdict: again, reason: "node " + node + " lacks the kernel: set --slurm kernel=avx2, or choose nodes with --slurm constraint=", exclude: node}
	}
	if code > 128 && outOfMemory(s.slurmText) {
		return decision{verdict: again, reason: "ran out of memory", double: true}
	}
	if state == "" && s.exit.interrupted() { // the queue has forgotten why
		switch {
		case s.unseen < set.Latency:
			return decision{verdict: wait, reason: "was interrupted, looking for the reason"}
		case s.resumed:
			return decision{verdict: again, reason: "was interrupted and continues", free: true}
		}
		return decision{verdict: fail, reason: "was interrupted on " + node + " by scancel, a time limit or preemption, and Slurm no longer knows by which; run the same command to start it again"}
	}
	if code > 0 {
		return decision{verdict: fail, words: true}
	}
	if state != "" { // COMPLETED, FAILED or CANCELLED, and no exit file
		switch {
		case outOfMemory(s.slurmText):
			return decision{verdict: again, reason: "ran out of memory", double: true}
		case s.ended < set.Latency:
			return decision{verdict: wait, reason: "ended, waiting for its files"}
		case s.full:
			return decision{verdict: fail, reason: "the store's file system is full: free some, or clear the store with realnet artifacts gc"}
		case !s.log:
			return decision{verdict: again, reason: "did not start on " + node + ": " + orNone(s.slurmText), exclude: node}
		}
		return decision{verdict: fail, reason: "ended without a word on " + node + " (" + state + "): " + orNone(s.slurmText), words: true}
	}
	patience := max(set.Latency, settle)
	switch {
	case s.unseen < patience:
		return decision{verdict: wait, reason: "not in the queue"}
	case s.claimed:
		return decision{verdict: again, reason: "was lost"}
	}
	return decision{verdict: resend, reason: "never arrived"}
}

func orNone(text string) string {
	if text == "" {
		return "Slurm says nothing about it"
	}
	return text
}

func outOfMemory(text string) bool {
	return has(text, []string{"exceeded memory limit", "oom", "OOM", "Out Of Memory", "out of memory", "Exceeded job memory limit"})
}

// by says who cancelled a job, where the accounting knows.
func (e *entry) by() string {
	id, ok := strings.CutPrefix(e.reason, " by ")
	if e.state != "CANCELLED" || !ok {
		return ""
	}
	if u, err := user.LookupId(id); err == nil {
		return " by " + u.Username
	}
	return " by the user " + id
}
