package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"realnet/artifacts"
)

// Port is one named input of a stage.
type Port struct {
	Name     string   `json:"name"`
	Schemas  []string `json:"schemas"`            // accepted artifact schemas; [Folder] for a plain directory
	Many     bool     `json:"many,omitempty"`     // takes any number of artifacts, in the order given
	Optional bool     `json:"optional,omitempty"` // may be absent
	Doc      string   `json:"doc"`
}

// Folder is the schema name of a port that takes a plain directory, such as a
// dataset that a user already has.
const Folder = "folder"

// Accepts reports whether the port takes artifacts of the schema.
func (p Port) Accepts(schema string) bool {
	for _, s := range p.Schemas {
		if s == schema {
			return true
		}
	}
	return false
}

// Need is what one run of a stage asks of a machine.
type Need struct {
	CPUs   int   `json:"cpus"`   // cores that it keeps busy; 0 means as many as there are
	Memory int64 `json:"memory"` // peak bytes; 0 means little
	// Shares says of a node that could keep every core busy that it takes less processor
	// time on a part of them: where others wait, they run side by side.
	Shares bool `json:"shares,omitempty"`
}

// Spec is what a stage says about itself.
type Spec struct {
	Name string // as in `realnet stage NAME`; also its folder below stages/
	Doc  string // one sentence
	In   []Port
	Out  artifacts.Schema
	// Network says that the stage may use the network. Only fetch does.
	Network bool
	// Kernel names the compute kernel in use, for stages whose last bits depend
	// on it; nil for all others.
	Kernel func() string
	// Decoder names the file decoders in use, for stages that read images.
	Decoder string
}

// Stage is one step of a pipeline. The zero value is not usable; see [New].
type Stage struct {
	Spec
	defaults any
	params   func(json.RawMessage) (any, error)
	run      func(context.Context, *Env, any) error
	need     func(params any, in map[string][]*artifacts.Artifact) (Need, error)
}

// Validator is implemented by parameters that have rules of their own.
// An error from Validate is shown to the user as it is: it names the
// parameter, its value and what is allowed.
type Validator interface{ Validate() error }

// Sizer is implemented by parameters that know what a run needs.
type Sizer interface{ Need() Need }

// InputSizer is implemented by parameters whose needs depend on the inputs too.
type InputSizer interface {
	NeedOf(in map[string][]*artifacts.Artifact) (Need, error)
}

// New makes a stage. P is a plain struct with json tags; its value here is the
// default of every parameter.
func New[P any](spec Spec, defaults P, run func(context.Context, *Env, P) error) Stage {
	return Stage{
		Spec:     spec,
		defaults: defaults,
		params: func(raw json.RawMessage) (any, error) {
			return decodeParams(spec.Name, raw, defaults)
		},
		run: func(ctx context.Context, env *Env, p any) error { return run(ctx, env, p.(P)) },
		need: func(p any, in map[string][]*artifacts.Artifact) (Need, error) {
			if s, ok := p.(InputSizer); ok && in != nil {
				return s.NeedOf(in)
			}
			if s, ok := p.(Sizer); ok {
				return s.Need(), nil
			}
			return Need{CPUs: 1}, nil
		},
	}
}

// Canonical returns the complete parameters of a run as canonical JSON: the
// defaults with raw laid over them. Two texts that mean the same give the same
// bytes. An unknown field, a wrong type or a value that the stage refuses is an
// error that names it.
func (s Stage) Canonical(raw json.RawMessage) (json.RawMessage, error) {
	p, err := s.params(raw)
	if err != nil {
		return nil, err
	}
	return artifacts.CanonicalOf(p)
}

// Need says what a run with these parameters and inputs asks of a machine. Before there
// are inputs, in is nil.
func (s Stage) Need(raw json.RawMessage, in map[string][]*artifacts.Artifact) (Need, error) {
	p, err := s.params(raw)
	if err != nil {
		return Need{}, err
	}
	return s.need(p, in)
}

// Port returns the port of the given name.
func (s Stage) Port(name string) (Port, bool) {
	for _, p := range s.In {
		if p.Name == name {
			return p, true
		}
	}
	return Port{}, false
}

// CheckInputs reports an input that is missing, unknown, doubled or of a schema
// that its port does not take.
func (s Stage) CheckInputs(env *Env) error {
	for name, list := range env.In {
		port, ok := s.Port(name)
		if !ok {
			return fmt.Errorf("stage %s: no input port %q (ports: %s)", s.Name, name, s.portNames())
		}
		for _, a := range list {
			if schema := a.Manifest().Schema.Name; !port.Accepts(schema) {
				return fmt.Errorf("stage %s: port %s takes %v, but %s holds %q", s.Name, name, port.Schemas, a.Dir(), schema)
			}
		}
	}
	for name := range env.Folders {
		port, ok := s.Port(name)
		if !ok {
			return fmt.Errorf("stage %s: no input port %q (ports: %s)", s.Name, name, s.portNames())
		}
		if !port.Accepts(Folder) {
			return fmt.Errorf("stage %s: port %s takes %v, not a plain folder", s.Name, name, port.Schemas)
		}
	}
	for _, port := range s.In {
		n := len(env.In[port.Name])
		if _, ok := env.Folders[port.Name]; ok {
			n++
		}
		switch {
		case n == 0 && !port.Optional:
			return fmt.Errorf("stage %s: input %s is missing (%s): give --in %s=DIR", s.Name, port.Name, port.Doc, port.Name)
		case n > 1 && !port.Many:
			return fmt.Errorf("stage %s: input %s takes one artifact, got %d", s.Name, port.Name, n)
		}
	}
	return nil
}

func (s Stage) portNames() string {
	names := ""
	for i, p := range s.In {
		if i > 0 {
			names += ", "
		}
		names += p.Name
	}
	if names == "" {
		return "none"
	}
	return names
}

// Run checks inputs and parameters and runs the stage. The caller owns env.Out:
// it commits on success and aborts on error. A panic becomes an error that
// names the stage, so that one broken stage never takes a pipeline down.
func (s Stage) Run(ctx context.Context, env *Env, raw json.RawMessage) (err error) {
	p, err := s.params(raw)
	if err != nil {
		return err
	}
	if err := s.CheckInputs(env); err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("stage %s: %w: %v\n%s", s.Name, ErrPanic, r, stack())
		}
	}()
	if err := s.run(ctx, env, p); err != nil {
		return fmt.Errorf("stage %s: %w", s.Name, err)
	}
	return nil
}

// ErrPanic is returned when a stage's code panicked: a bug, not bad input.
var ErrPanic = errors.New("internal error (please report it)")
