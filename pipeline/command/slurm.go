package command

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"realnet/model/kernels"
	"realnet/pipeline"
	"realnet/pipeline/slurm"
)

// SlurmFlags are the settings of the cluster, for commands that plan or run on it.
type SlurmFlags struct {
	Slurm []string `help:"A setting of the cluster, such as partition=cpu, account=p123, time=4:00:00 or cpus.train=8. May be repeated; REALNET_SLURM holds others." placeholder:"KEY=VALUE" sep:"none"`
}

// cancelling is how long the command may take after a signal to end its jobs.
const cancelling = 30 * time.Second

// executor returns the Slurm executor by the settings, and pins the kernel that all
// nodes compute with: it is part of the keys, so it must be known before planning.
func (f SlurmFlags) executor(a *App) (*slurm.Slurm, error) {
	settings, err := slurm.ReadSettings(f.Slurm, a.Registry.Names())
	if err != nil {
		return nil, usageError{err}
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if settings.Kernel != "" && os.Getenv(kernels.Environment) != settings.Kernel {
		if err := os.Setenv(kernels.Environment, settings.Kernel); err != nil {
			return nil, err
		}
		if slices.Equal(a.Args, os.Args[1:]) { // kernels are chosen when a process starts
			return nil, syscall.Exec(self, os.Args, os.Environ())
		}
	}
	return &slurm.Slurm{Settings: settings, Program: []string{self, "stage"}, Log: a.Log}, nil
}

// preview prints the batch scripts that a run of the plan would submit.
func preview(ctx context.Context, a *App, s *slurm.Slurm, r *pipeline.Runner, plan *pipeline.Plan) error {
	status, err := r.Status(plan)
	if err != nil {
		return err
	}
	digest := map[string]string{}
	for _, n := range status {
		if n.Digest != "" {
			digest[n.ID] = filepath.Join(r.Store.Dir(), "objects", n.Digest.Hex())
		}
	}
	var nodes []slurm.Planned
	for _, n := range status {
		st, _ := a.Registry.Get(n.Stage)
		if n.State == "cached" || !s.ElsewhereStage(st, reads(n.In)) {
			continue
		}
		p := slurm.Planned{Node: n.ID, Stage: st, Params: n.Params}
		if program, ok := r.Swaps[n.Stage]; ok {
			p.Swap = &program
		}
		for _, in := range n.In {
			from := digest[in.Node]
			if from == "" {
				from = "(output of " + in.Node + ")"
			}
			p.In = append(p.In, in.Port+"="+from)
		}
		nodes = append(nodes, p)
	}
	return s.Preview(ctx, a.Stdout, r.Store.Dir(), nodes)
}

// reads reports whether an input is a folder of the user.
func reads(in []pipeline.Input) bool {
	for _, i := range in {
		if i.External != "" {
			return true
		}
	}
	return false
}
