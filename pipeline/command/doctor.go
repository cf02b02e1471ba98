package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"realnet/pipeline"
	"realnet/pipeline/slurm"
)

// Doctor says whether studies can run here, and what is missing.
type Doctor struct {
	Executor string `help:"Where studies are to run: local or slurm." enum:"local,slurm" default:"local"`
	SlurmFlags
	Wait time.Duration `help:"With --executor slurm: how long to wait for the nodes to respond." default:"60s"`
	Node string        `hidden:"" help:"Respond as a node: the lock that the head holds." placeholder:"FILE"`
	JSON bool          `help:"Print JSON."`
}

// Examples of the command.
func (*Doctor) Examples() string {
	return "realnet doctor\nrealnet doctor --json"
}

// ErrUnfit is returned when a study cannot run.
var ErrUnfit = errors.New("studies cannot run here")

// Run prints what is found.
func (c *Doctor) Run(ctx context.Context, a *App) error {
	if c.Node != "" {
		return printJSON(a.Stdout, slurm.Answer(a.StoreDir, c.Node, os.Getenv("REALNET_SCRATCH")))
	}
	findings := pipeline.Examine(a.StoreDir)
	if c.Executor == "slurm" {
		s, err := c.SlurmFlags.executor(a)
		if err != nil {
			return err
		}
		findings = append(findings, s.Examine(ctx, a.StoreDir, c.Wait)...)
	} else if len(c.Slurm) > 0 {
		return usagef("--slurm needs --executor slurm")
	}
	fit := true
	for _, f := range findings {
		fit = fit && f.State != pipeline.Missing
	}
	if c.JSON {
		if err := printJSON(a.Stdout, map[string]any{"fit": fit, "findings": findings}); err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			fmt.Fprintf(a.Stdout, "%-8s %-13s %s\n", f.State, f.Name, f.Found)
			if f.Advice != "" {
				fmt.Fprintf(a.Stdout, "%22s %s\n", "", f.Advice)
			}
		}
	}
	if !fit {
		return fmt.Errorf("%w: see what is missing above", ErrUnfit)
	}
	return nil
}
