package slurm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"realnet/artifacts"
	"realnet/model/kernels"
	"realnet/pipeline"
	"realnet/stages/stage"
)

// probed is what a node says of itself.
type probed struct {
	Findings []pipeline.Finding `json:"findings"`
	Lock     bool               `json:"lock"` // it sees the lock that the head holds
	Kernels  []string           `json:"kernels"`
}

// Examine looks at what running on the cluster needs, and asks up to a few nodes, each by
// a job of its own, for as long as patience lasts.
func (s *Slurm) Examine(ctx context.Context, storeDir string, patience time.Duration) []pipeline.Finding {
	var out []pipeline.Finding
	add := func(name, found, state, advice string) {
		out = append(out, pipeline.Finding{Name: name, Found: found, State: state, Advice: advice})
	}
	for _, c := range []string{"sbatch", "squeue", "scancel", "scontrol"} {
		if _, err := exec.LookPath(c); err != nil {
			add("commands", c+" is not in PATH", pipeline.Missing, "run this on a login node of the cluster, or load its Slurm module")
			return out
		}
	}
	s.client.settings = s.Settings
	cluster, err := s.client.describe(ctx)
	if err != nil {
		add("controller", "does not respond", pipeline.Missing, err.Error())
		return out
	}
	add("controller", "Slurm "+cluster.version, pipeline.OK, "")
	out = append(out, s.partition(ctx))
	if _, err := history(ctx, []string{namePrefix + "none"}); err != nil {
		add("accounting", "none", pipeline.OK, "")
	} else {
		add("accounting", "sacct responds", pipeline.OK, "")
	}
	switch ok, err := static(s.Program[0]); {
	case err != nil:
		add("program", s.Program[0], pipeline.Missing, err.Error())
	case !ok && !s.Settings.AnyLibC:
		add("program", "dynamically linked", pipeline.Missing, "build it with CGO_ENABLED=0 go build, or say --slurm libc=same if the nodes have the same libraries")
	default:
		add("program", "runs on any machine of its kind", pipeline.OK, "")
	}
	name, shared, known := artifacts.FileSystem(storeDir)
	switch {
	case shared:
		add("shared store", name, pipeline.OK, "")
	case strings.HasPrefix(storeDir, "/tmp/") || known:
		add("shared store", name+", "+storeDir, pipeline.Warn, "usually not the nodes': put the store on a file system that they share, with --store")
	default:
		add("shared store", name, pipeline.Warn, "it is not known whether the nodes share it; their answers below say")
	}
	if slices.ContainsFunc(out, func(f pipeline.Finding) bool { return f.State == pipeline.Missing }) {
		return out // no job can start
	}
	answers := s.askNodes(ctx, storeDir, patience)
	see := 0
	for _, f := range answers {
		if strings.HasPrefix(f.Found, hasKernels) {
			see++
		}
	}
	if i := slices.IndexFunc(out, func(f pipeline.Finding) bool { return f.Name == "shared store" }); i >= 0 && see == len(answers) {
		// They ran the program that is in it and wrote into it.
		out[i] = pipeline.Finding{Name: "shared store", Found: fmt.Sprintf("%s, %s: %d nodes read and write it", name, storeDir, see), State: pipeline.OK}
	}
	return append(out, answers...)
}

// hasKernels begins what is found of a node that answered.
const hasKernels = "kernels "

// partition says what there is to run on.
func (s *Slurm) partition(ctx context.Context) pipeline.Finding {
	f := pipeline.Finding{Name: "partition", State: pipeline.OK}
	args := []string{"-h", "-o", "%P|%a|%D|%c|%m|%l"}
	if s.Settings.Partition != "" {
		args = append(args, "-p", s.Settings.Partition)
	}
	out, err := call(command(ctx, "sinfo", args...))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err != nil || lines[0] == "" {
		f.Found, f.State, f.Advice = s.Settings.Partition, pipeline.Missing, "there is no such partition; sinfo lists them, --slurm partition= chooses"
		return f
	}
	for i, line := range lines {
		p := strings.Split(line, "|")
		if len(p) == 6 {
			lines[i] = fmt.Sprintf("%s: %s nodes of %s cores and %s MB, limit %s", p[0], p[2], p[3], p[4], p[5])
		}
	}
	f.Found = strings.Join(lines[:min(len(lines), 6)], "; ")
	if s.Settings.Partition == "" && !strings.Contains(out, "*|") {
		f.State, f.Advice = pipeline.Missing, "no partition is the default: choose one with --slurm partition="
	}
	return f
}

// mostNodes are asked by Examine.
const mostNodes = 8

// askNodes runs a job on each of a few nodes that looks at the store from there.
func (s *Slurm) askNodes(ctx context.Context, storeDir string, patience time.Duration) (out []pipeline.Finding) {
	fail := func(err error) []pipeline.Finding {
		return append(out, pipeline.Finding{Name: "nodes", Found: "could not be asked", State: pipeline.Missing, Advice: err.Error()})
	}
	args := []string{"-h", "-N", "-t", "idle,mixed", "-o", "%N"}
	if s.Settings.Partition != "" {
		args = append(args, "-p", s.Settings.Partition)
	}
	list, err := call(command(ctx, "sinfo", args...))
	if err != nil {
		return fail(err)
	}
	nodes := unique(strings.Fields(list))
	if len(nodes) == 0 {
		return append(out, pipeline.Finding{Name: "nodes", Found: "none is free", State: pipeline.Warn, Advice: "ask again when one is: what they see of the store is not known"})
	}
	nodes = nodes[:min(len(nodes), mostNodes)]
	base := filepath.Join(storeDir, "slurm")
	program, err := installProgram(base, s.Program[0], s.Settings.AnyLibC)
	if err != nil {
		return fail(err)
	}
	dir, err := os.MkdirTemp(base, "doctor-")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(dir)
	lock := filepath.Join(dir, "lock")
	release, err := artifacts.HoldLock(lock)
	if err != nil {
		return fail(err)
	}
	defer release()
	var ids []string
	for _, node := range nodes {
		r := s.Settings.requestOf("", stage.Need{CPUs: 1, Memory: 128 << 20}, 1)
		script := filepath.Join(dir, node+".sh")
		answer := filepath.Join(dir, node+".json")
		text := "#!/bin/sh\n" + string(s.setup) + "\nexport REALNET_SCRATCH=" + quote(s.Settings.Scratch) + "\n" + quote(program) + " doctor --store " + quote(storeDir) + " --node " + quote(lock) + " --json >" + quote(answer+".new") + " 2>&1\nmv " + quote(answer+".new") + " " + quote(answer) + "\n"
		if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
			return fail(err)
		}
		args := append([]string{"--parsable", "--no-requeue", "--job-name=" + namePrefix + "doctor", "--nodelist=" + node}, r.flags(s.Settings)...)
		number, what, err := s.client.submit(append(args, "--chdir="+dir, "--output="+filepath.Join(dir, node+".log"), script))
		if what != accepted {
			return fail(err)
		}
		ids = append(ids, number)
	}
	waiting := slices.Clone(nodes)
	for begun := time.Now(); len(waiting) > 0 && time.Since(begun) < patience && ctx.Err() == nil; {
		time.Sleep(300 * time.Millisecond)
		names, _ := os.ReadDir(dir)
		waiting = slices.DeleteFunc(waiting, func(node string) bool {
			return slices.ContainsFunc(names, func(e os.DirEntry) bool { return e.Name() == node+".json" })
		})
	}
	for _, node := range nodes {
		out = append(out, s.answerOf(dir, node))
	}
	if len(waiting) > 0 {
		if err := cancel(slices.DeleteFunc(ids, func(id string) bool { return id == "" }), nil); err != nil {
			return fail(err)
		}
	}
	return out
}

// answerOf reads what a node said.
func (s *Slurm) answerOf(dir, node string) pipeline.Finding {
	f := pipeline.Finding{Name: "node " + node, State: pipeline.OK}
	text, err := os.ReadFile(filepath.Join(dir, node+".json"))
	if errors.Is(err, os.ErrNotExist) {
		log, _ := os.ReadFile(filepath.Join(dir, node+".log"))
		f.Found, f.State, f.Advice = "did not respond in time", pipeline.Warn, "it is busy, or does not see the store"
		if len(log) > 0 {
			f.Advice = strings.TrimSpace(string(log))
		}
		return f
	}
	var p probed
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		f.Found, f.State, f.Advice = "its answer cannot be read", pipeline.Missing, strings.TrimSpace(string(text))
		return f
	}
	f.Found = hasKernels + strings.Join(p.Kernels, ", ")
	for _, x := range p.Findings {
		if x.State == pipeline.Missing {
			f.State, f.Advice = pipeline.Missing, x.Name+": "+x.Advice
		}
	}
	if kernel := s.Settings.kernelOf(); !slices.Contains(p.Kernels, kernel) {
		f.State, f.Advice = pipeline.Missing, fmt.Sprintf("it lacks the kernel %s: choose nodes with --slurm constraint=, or another kernel with --slurm kernel=%s", kernel, p.Kernels[0])
	}
	if !p.Lock {
		f.State, f.Advice = pipeline.Warn, "it does not see locks of this machine (Lustre mounted with localflock): one head at a time on this store"
	}
	return f
}

// Answer is what a node says to Examine: what it finds, and whether it sees the lock
// that the head holds. scratch is the node's own folder for checkpoints; "" is none.
func Answer(storeDir, lock, scratch string) any {
	p := probed{Findings: pipeline.Examine(storeDir), Kernels: kernels.Supported()}
	if scratch != "" {
		p.Findings = append(p.Findings, scratchFinding(scratch))
	}
	seen, err := artifacts.ProbeLock(lock)
	if err != nil {
		p.Findings = append(p.Findings, pipeline.Finding{Name: "store", Found: lock, State: pipeline.Missing, Advice: err.Error()})
	}
	p.Lock = seen
	return p
}

// scratchFinding looks whether a stage can keep its checkpoints in a folder of the node.
func scratchFinding(dir string) pipeline.Finding {
	f := pipeline.Finding{Name: "scratch", Found: dir, State: pipeline.OK}
	fail := func(err error) pipeline.Finding {
		f.State, f.Advice = pipeline.Missing, err.Error()+": choose another folder with --slurm scratch=, or none for one below the store"
		return f
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fail(err)
	}
	own, err := os.MkdirTemp(dir, "doctor-")
	if err != nil {
		return fail(err)
	}
	defer os.Remove(own)
	free, err := artifacts.FreeSpace(own)
	if err != nil {
		return fail(err)
	}
	if free < leastScratch {
		return fail(fmt.Errorf("%s has %d MiB free, a full training keeps %d", dir, free>>20, leastScratch>>20))
	}
	return f
}

// leastScratch holds two checkpoints of a full training: weights and two moments each.
const leastScratch = 2 << 30
