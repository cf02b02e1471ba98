package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	"realnet/stages/stage"
)

// Flags are the flags of the contract, as typed.
type Flags struct {
	Params  string   // JSON file; defaults for what it leaves out, or for all
	In      []string // PORT=DIR
	Out     string   // folder; must not exist
	Scratch string   // default: Out + ".scratch"
	Swap    string   // PROGRAM [ARG ...] that runs in place of the stage, or ""
	Workers int      // 0: all cores
	Facts   string   // file for host and times in place of the manifest, or ""
	Log     zerolog.Logger
}

// UsageError is returned when the flags themselves are wrong.
type UsageError struct{ error }

// Unwrap returns the cause.
func (e UsageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// Run runs the stage, or the program that replaces it, as the flags say. Code is
// the identity of the stage's code that the output will record.
func (f Flags) Run(ctx context.Context, st stage.Stage, code string) (*artifacts.Artifact, error) {
	if f.Out == "" {
		return nil, usagef("stage %s: give --out DIR, or --describe", st.Name)
	}
	var program *Program
	if f.Swap != "" {
		_, p, err := ParseSwap(st.Name + "=" + f.Swap)
		if err != nil {
			return nil, UsageError{err}
		}
		program, code = &p, p.Digest
	}
	t, err := f.task(ctx, st, code)
	if err != nil {
		return nil, err
	}
	if program != nil {
		out, err := filepath.Abs(f.Out) // a program may change its folder
		if err != nil {
			return nil, err
		}
		return program.Run(ctx, t, out)
	}
	return t.Run(ctx, f.Out)
}

// task collects parameters, inputs and provenance.
func (f Flags) task(ctx context.Context, st stage.Stage, code string) (Task, error) {
	var raw []byte
	var err error
	if f.Params != "" {
		if raw, err = os.ReadFile(f.Params); err != nil {
			return Task{}, UsageError{err}
		}
	}
	params, err := st.Canonical(raw)
	if err != nil {
		return Task{}, usagef("%s: %w", f.Params, err)
	}
	t := NewTask(st, params)
	t.Workers, t.Log = Cores(f.Workers), f.Log.With().Str("stage", st.Name).Logger()
	if t.Scratch = f.Scratch; t.Scratch == "" {
		t.Scratch = filepath.Clean(f.Out) + ".scratch"
	}
	t.Progress, t.Facts = progressLog(t.Log), f.Facts
	ingredients := NewIngredients(st, code, params)
	for _, text := range f.In {
		if err := t.input(ctx, text, &ingredients); err != nil {
			return t, err
		}
	}
	t.Provenance = ingredients.Provenance(st)
	return t, nil
}

// input opens one PORT=DIR.
func (t Task) input(ctx context.Context, text string, ingredients *Ingredients) error {
	port, dir, ok := strings.Cut(text, "=")
	if !ok {
		return usagef("--in %q: write PORT=DIR", text)
	}
	p, known := t.Stage.Port(port)
	if !known {
		return usagef("--in %s: stage %s has no port %q; see realnet stage %s --describe", text, t.Stage.Name, port, t.Stage.Name)
	}
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("--in %s: there is no such folder: %w", text, err)
	}
	if p.Accepts(stage.Folder) {
		if _, err := os.Stat(filepath.Join(dir, artifacts.ManifestName)); errors.Is(err, fs.ErrNotExist) {
			e, err := NewExternal(ctx, port, dir, nil, "")
			if err != nil {
				return err
			}
			t.Externals[port] = e
			ingredients.Inputs[port] = append(ingredients.Inputs[port], artifacts.Digest(e.Digest))
			return nil
		}
	}
	if _, err := os.Stat(filepath.Join(dir, artifacts.ManifestName)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--in %s: a plain folder, not an artifact; make one with: %s", text, maker(p, dir))
	}
	art, err := artifacts.Open(dir)
	if err != nil {
		return fmt.Errorf("--in %s: %w", text, err)
	}
	t.In[port] = append(t.In[port], art)
	ingredients.Inputs[port] = append(ingredients.Inputs[port], art.Digest())
	return nil
}

// maker is the command that makes an artifact which the port takes from a plain
// folder.
func maker(p stage.Port, dir string) string {
	if p.Accepts(dataset.Schema.Name) {
		return "realnet stage fetch --in source=" + dir + " --out DIR"
	}
	return "realnet artifacts import --in " + dir + " --schema " + p.Schemas[0] + " --out DIR"
}
