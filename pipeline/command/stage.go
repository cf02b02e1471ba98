package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"realnet/pipeline"
	"realnet/pipeline/step"
)

// Stage runs one stage on given artifacts: the contract that every executor and
// every swapped program relies on.
type Stage struct {
	Name     string   `arg:"" optional:"" help:"Name of the stage; without it the stages are listed."`
	Params   string   `help:"JSON file of parameters; defaults for what it leaves out." placeholder:"FILE" type:"path"`
	In       []string `help:"An input artifact (or folder) for a port. May be repeated." placeholder:"PORT=DIR" sep:"none"`
	Out      string   `help:"Folder of the output artifact; must not exist." placeholder:"DIR" type:"path"`
	Swap     string   `help:"Run this program in place of the stage, and seal what it writes." placeholder:"PROGRAM"`
	Describe bool     `help:"Print ports, schemas and parameters with defaults as JSON."`
	Workers  int      `help:"Cores that the stage may use; 0 means all." env:"REALNET_WORKERS" default:"0"`
	Facts    string   `help:"File for host and times, which are then not in the manifest, so that its bytes depend only on content and provenance." env:"REALNET_FACTS" placeholder:"FILE" type:"path"`
	Scratch  string   `help:"Folder that survives a killed run, so that long work resumes. Default: OUT.scratch." env:"REALNET_SCRATCH" placeholder:"DIR" type:"path"`
}

// Examples of the command.
func (*Stage) Examples() string {
	return `realnet stage
realnet stage rdm --describe
realnet stage rdm --params params.json --in patterns=./patterns --out ./rdm`
}

// Run runs or describes the stage.
func (c *Stage) Run(ctx context.Context, a *App) error {
	if c.Name == "" {
		for _, name := range a.Registry.Names() {
			s, _ := a.Registry.Get(name)
			fmt.Fprintf(a.Stdout, "%-12s %s\n", name, s.Doc)
		}
		return nil
	}
	st, ok := a.Registry.Get(c.Name)
	if !ok {
		return fmt.Errorf("%w %q (stages: %s)", pipeline.ErrUnknownStage, c.Name, strings.Join(a.Registry.Names(), ", "))
	}
	if c.Describe {
		return printJSON(a.Stdout, st.Describe())
	}
	sources, err := a.Code()
	if err != nil {
		return err
	}
	code, err := sources.Of("stages/" + st.Name)
	if err != nil {
		return err
	}
	o := step.Flags{Params: c.Params, In: c.In, Out: c.Out, Scratch: c.Scratch, Swap: c.Swap, Workers: c.Workers, Facts: c.Facts, Log: a.Log}
	_, err = o.Run(ctx, st, code)
	var fault step.UsageError
	if errors.As(err, &fault) {
		return usageError{err}
	}
	return err
}
