package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/stages/stage"
)

// Options are the flags of the contract, as typed.
type Options struct {
	Params  string   // JSON file; defaults for what it leaves out, or for all
	In      []string // PORT=DIR
	Out     string   // folder; must not exist
	Scratch string   // default: Out + ".scratch"
	Swap    string   // PROGRAM [ARG ...] that runs in place of the stage, or ""
	Workers int      // 0: all cores
	Log     zerolog.Logger
}

// UsageError is returned when the flags themselves are wrong.
type UsageError struct{ error }

// Unwrap returns the cause.
func (e UsageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// Run runs the stage, or the program that replaces it, as the flags say. Code is
// the identity of the stage's code that the output will record.
func (o Options) Run(ctx context.Context, st stage.Stage, code string) (*artifacts.Artifact, error) {
	if o.Out == "" {
		return nil, usagef("stage %s: give --out DIR, or --describe", st.Name)
	}
	var program *Program
	if o.Swap != "" {
		_, p, err := ParseSwap(st.Name + "=" + o.Swap)
		if err != nil {
			return nil, UsageError{err}
		}
		program, code = &p, p.Digest
	}
	s, err := o.step(st, code)
	if err != nil {
		return nil, err
	}
	if program != nil {
		out, err := filepath.Abs(o.Out) // a program may change its folder
		if err != nil {
			return nil, err
		}
		return program.Run(ctx, s, out)
	}
	return s.Run(ctx, o.Out)
}

// step collects parameters, inputs and provenance.
func (o Options) step(st stage.Stage, code string) (Step, error) {
	s := Step{
		Stage: st, In: map[string][]*artifacts.Artifact{}, Folders: map[string]External{},
		Workers: Cores(o.Workers), Scratch: o.Scratch, Log: o.Log.With().Str("stage", st.Name).Logger(),
	}
	if s.Scratch == "" {
		s.Scratch = filepath.Clean(o.Out) + ".scratch"
	}
	var last time.Time
	s.Progress = func(done, total int64, note string) {
		if time.Since(last) > 5*time.Second {
			last = time.Now()
			s.Log.Info().Int64("done", done).Int64("total", total).Msg(note)
		}
	}
	var raw []byte
	var err error
	if o.Params != "" {
		if raw, err = os.ReadFile(o.Params); err != nil {
			return s, UsageError{err}
		}
	}
	if s.Params, err = st.Canonical(raw); err != nil {
		return s, usagef("%s: %w", o.Params, err)
	}
	mix := NewIngredients(st, code, s.Params)
	for _, text := range o.In {
		if err := s.input(text, &mix); err != nil {
			return s, err
		}
	}
	s.Provenance = mix.Provenance(st)
	return s, nil
}

// input opens one PORT=DIR.
func (s Step) input(text string, mix *Ingredients) error {
	port, dir, ok := strings.Cut(text, "=")
	if !ok {
		return usagef("--in %q: write PORT=DIR", text)
	}
	p, known := s.Stage.Port(port)
	if !known {
		return usagef("--in %s: stage %s has no port %q; see realnet stage %s --describe", text, s.Stage.Name, port, s.Stage.Name)
	}
	if p.Accepts(stage.Folder) {
		if _, err := os.Stat(filepath.Join(dir, artifacts.ManifestName)); errors.Is(err, fs.ErrNotExist) {
			e, err := NewExternal(port, dir, nil, "")
			if err != nil {
				return err
			}
			s.Folders[port] = e
			mix.Inputs[port] = append(mix.Inputs[port], artifacts.Digest(e.Digest))
			return nil
		}
	}
	art, err := artifacts.Open(dir)
	if err != nil {
		return fmt.Errorf("--in %s: %w", text, err)
	}
	s.In[port] = append(s.In[port], art)
	mix.Inputs[port] = append(mix.Inputs[port], art.Digest())
	return nil
}
