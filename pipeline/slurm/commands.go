package slurm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// client calls Slurm's commands.
type client struct {
	settings       Settings
	sbatch, squeue atomic.Int64 // how often each was called
}

// commandEnv is this process's environment without what Slurm set for the job that it
// may itself be part of: sbatch would take that job's limits for the new one's.
func commandEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "SLURM_") && !strings.HasPrefix(name, "SLURM_CONF") && name != "SLURM_CLUSTERS" && name != "SLURM_JWT" {
			continue
		}
		env = append(env, v)
	}
	return env
}

// command prepares a call. It is in a process group of its own: Ctrl-C at a terminal
// must not reach an sbatch that is about to submit.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = commandEnv()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// commandError is a call of Slurm that failed, with its own words.
type commandError struct {
	name, text string
	err        error
}

func (e *commandError) Error() string {
	if e.text == "" {
		return fmt.Sprintf("%s: %v", e.name, e.err)
	}
	return fmt.Sprintf("%s: %s", e.name, e.text)
}

func (e *commandError) Unwrap() error { return e.err }

func call(cmd *exec.Cmd) (string, error) {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(errs.String())
		if text == "" {
			text = strings.TrimSpace(out.String())
		}
		return out.String(), &commandError{cmd.Args[0], strings.TrimPrefix(text, cmd.Args[0]+": error: "), err}
	}
	return out.String(), nil
}

// ErrNoSlurm is returned where Slurm's commands are missing or reach no controller.
var ErrNoSlurm = errors.New("Slurm does not respond here")

// passing are errors of sbatch that say nothing about whether the job was taken, or
// that go away: the controller is busy, away or full.
var passing = []string{
	"Socket timed out", "Unable to contact slurm controller", "Connection refused", "Zero Bytes", "Transport endpoint", "temporarily unavailable",
	"Unexpected message received", "Connection reset", "Connection timed out", "No route to host", "Resource temporarily", "Slurm backup controller in standby",
	"Communication connection failure", "Insane message length", "Address already in use", "Job violates accounting/QOS policy (job submit limit",
}

// full are errors of sbatch that go away when jobs of one's own end.
var full = []string{"QOSMaxSubmitJobPerUserLimit", "AssocMaxSubmitJobLimit", "QOSMaxSubmit", "MaxSubmitJobs", "job submit limit", "Job limit", "Slurm job queue full"}

func has(text string, list []string) bool {
	for _, s := range list {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// submission is what became of one call of sbatch.
type submission int

const (
	accepted  submission = iota
	refused              // for good, with an error that says why
	uncertain            // it may have been taken
	busy                 // not taken, and worth another try
)

// submit calls sbatch once. The number is that of the array's job, "" when it is not
// known. The call is never killed: killed halfway, it could leave a job that nobody knows.
func (c *client) submit(args []string) (number string, what submission, err error) {
	c.sbatch.Add(1)
	out, err := call(command(context.Background(), "sbatch", args...))
	if err == nil {
		return jobNumber(out), accepted, nil
	}
	var failed *commandError
	if !errors.As(err, &failed) || errors.Is(err, exec.ErrNotFound) {
		return "", refused, err
	}
	switch {
	case has(failed.text, full):
		return "", busy, err
	case has(failed.text, passing):
		return "", uncertain, err
	}
	return "", refused, err
}

var digits = regexp.MustCompile(`[0-9]+`)

// jobNumber reads what --parsable prints, ID or ID;CLUSTER, in the last line: sites put
// text around it. "" when there is none; the job is then found by its name.
func jobNumber(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	id, _, _ := strings.Cut(strings.TrimSpace(lines[len(lines)-1]), ";")
	if digits.FindString(id) != id {
		return ""
	}
	return id
}

// entry is what the queue says of one task of an array.
type entry struct {
	job, index          string // array job and task
	state, reason, node string
	name                string // rn-TOKEN
}

// id is the task as scancel takes it.
func (e entry) id() string { return e.job + "_" + e.index }

// queue looks at all jobs of the user once. By name, not by number: one purged number
// makes the whole call fail, or not, depending on the others.
func (c *client) queue(ctx context.Context) ([]entry, error) {
	c.squeue.Add(1)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	out, err := call(command(ctx, "squeue", "-h", "-r", "--states=all", "--me", "-o", "%F|%K|%T|%r|%N|%j"))
	if err != nil {
		return nil, err
	}
	var list []entry
	for line := range strings.Lines(out) {
		f := strings.SplitN(strings.TrimRight(line, "\r\n"), "|", 6)
		if len(f) == 6 && strings.HasPrefix(f[5], namePrefix) {
			list = append(list, entry{f[0], f[1], f[2], f[3], f[4], f[5]})
		}
	}
	return list, nil
}

const namePrefix = "rn-"

// history asks the accounting for jobs that the queue no longer knows. It is absent at
// many sites and late at others, so its silence means nothing.
func history(ctx context.Context, names []string) ([]entry, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out, err := call(command(ctx, "sacct", "-X", "-n", "-P", "--name", strings.Join(names, ","), "-o", "JobID,JobName,State,ExitCode,NodeList", "--starttime", "now-30days"))
	if err != nil {
		return nil, err
	}
	var list []entry
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) < 5 {
			continue
		}
		job, index, _ := strings.Cut(f[0], "_")
		state, _, _ := strings.Cut(f[2], " ") // CANCELLED by UID
		list = append(list, entry{job, index, state, strings.TrimPrefix(f[2], state), f[4], f[1]})
	}
	return list, nil
}

// cancel ends tasks, by id (JOB_INDEX), and whole arrays by name. It says which may
// still run.
func cancel(ids, names []string) error {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	var errs []error
	if len(ids) > 0 {
		_, err := call(command(ctx, "scancel", ids...))
		errs = append(errs, err)
	}
	for _, n := range names {
		_, err := call(command(ctx, "scancel", "--name="+n))
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("jobs %s may still run, end them with scancel: %w", strings.Join(append(ids, names...), " "), err)
	}
	return nil
}

// cluster is what the controller says about itself.
type cluster struct {
	version        string
	messageTimeout time.Duration
	maxArray       int // largest index + 1
	minJobAge      time.Duration
	maxCPUs        int // of the largest node in the partition; 0: unknown
}

var configLine = regexp.MustCompile(`(?m)^(MessageTimeout|MaxArraySize|MinJobAge|SLURM_VERSION)\s*=\s*(\S+)`)

// describe asks the controller for its configuration, and for its largest node.
func (c *client) describe(ctx context.Context) (cluster, error) {
	k := cluster{messageTimeout: 10 * time.Second, maxArray: 1001, minJobAge: 300 * time.Second}
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	out, err := call(command(ctx, "scontrol", "show", "config"))
	if err != nil {
		return k, fmt.Errorf("%w: %w", ErrNoSlurm, err)
	}
	for _, m := range configLine.FindAllStringSubmatch(out, -1) {
		n, _ := strconv.Atoi(m[2])
		switch m[1] {
		case "SLURM_VERSION":
			k.version = m[2]
		case "MessageTimeout":
			k.messageTimeout = time.Duration(max(n, 1)) * time.Second
		case "MaxArraySize":
			k.maxArray = n
		case "MinJobAge":
			k.minJobAge = time.Duration(n) * time.Second
		}
	}
	args := []string{"-h", "-o", "%c"}
	if c.settings.Partition != "" {
		args = append(args, "-p", c.settings.Partition)
	}
	if out, err := call(command(ctx, "sinfo", args...)); err == nil {
		for word := range strings.FieldsSeq(out) {
			n, _ := strconv.Atoi(strings.TrimRight(word, "+"))
			k.maxCPUs = max(k.maxCPUs, n)
		}
	}
	return k, nil
}
