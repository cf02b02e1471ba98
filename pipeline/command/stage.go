package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"realnet/artifacts"
	"realnet/pipeline"
	"realnet/stages/stage"
)

// Stage runs one stage on given artifacts: the contract that every executor and
// every swapped program relies on.
type Stage struct {
	Name     string   `arg:"" optional:"" help:"Name of the stage; without it the stages are listed."`
	Params   string   `help:"JSON file of parameters; defaults for what it leaves out." placeholder:"FILE" type:"path"`
	In       []string `help:"An input artifact (or folder) for a port. May be repeated." placeholder:"PORT=DIR" sep:"none"`
	Out      string   `help:"Folder of the output artifact; must not exist." placeholder:"DIR" type:"path"`
	Describe bool     `help:"Print ports, schemas and parameters with defaults as JSON."`
	Workers  int      `help:"Cores that the stage may use; 0 means all." env:"REALNET_WORKERS" default:"0"`
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
	if c.Out == "" {
		return usagef("stage %s: give --out DIR, or --describe", c.Name)
	}
	task, err := c.task(a, st)
	if err != nil {
		return err
	}
	_, err = pipeline.RunStage(ctx, task, c.Out)
	return err
}

// task collects parameters, inputs and provenance.
func (c *Stage) task(a *App, st stage.Stage) (pipeline.Task, error) {
	t := pipeline.Task{
		Node: st.Name, Stage: st, In: map[string][]*artifacts.Artifact{}, Folders: map[string]pipeline.External{},
		Workers: pipeline.Cores(c.Workers), Scratch: c.Scratch, Log: a.Log.With().Str("stage", st.Name).Logger(),
	}
	if t.Scratch == "" {
		t.Scratch = filepath.Clean(c.Out) + ".scratch"
	}
	last := time.Time{}
	t.Progress = func(done, total int64, note string) {
		if time.Since(last) > 5*time.Second {
			last = time.Now()
			a.Log.Info().Str("stage", st.Name).Int64("done", done).Int64("total", total).Msg(note)
		}
	}
	var raw []byte
	if c.Params != "" {
		var err error
		if raw, err = os.ReadFile(c.Params); err != nil {
			return t, usageError{err}
		}
	}
	var err error
	if t.Params, err = st.Canonical(raw); err != nil {
		return t, usageError{fmt.Errorf("%s: %w", c.Params, err)}
	}
	mix := pipeline.Ingredients{Stage: st.Name, Params: t.Params, Inputs: map[string][]artifacts.Digest{}, Machine: artifacts.ThisMachine()}
	for _, text := range c.In {
		port, dir, ok := strings.Cut(text, "=")
		if !ok {
			return t, usagef("--in %q: write PORT=DIR", text)
		}
		p, known := st.Port(port)
		if !known {
			return t, usagef("--in %s: stage %s has no port %q; see realnet stage %s --describe", text, st.Name, port, st.Name)
		}
		if p.Accepts(stage.Folder) {
			if _, err := os.Stat(filepath.Join(dir, artifacts.ManifestName)); errors.Is(err, fs.ErrNotExist) {
				e, err := pipeline.NewExternal(port, dir, nil, "")
				if err != nil {
					return t, err
				}
				t.Folders[port] = e
				mix.Inputs[port] = append(mix.Inputs[port], artifacts.Digest(e.Digest))
				continue
			}
		}
		art, err := artifacts.Open(dir)
		if err != nil {
			return t, fmt.Errorf("--in %s: %w", text, err)
		}
		t.In[port] = append(t.In[port], art)
		mix.Inputs[port] = append(mix.Inputs[port], art.Digest())
	}
	if st.Kernel != nil {
		mix.Kernel = st.Kernel()
	}
	code, err := a.Code()
	if err != nil {
		return t, err
	}
	if mix.Code, err = code.Of("stages/" + st.Name); err != nil {
		return t, err
	}
	t.Provenance = pipeline.Provenance(mix, st)
	return t, nil
}
