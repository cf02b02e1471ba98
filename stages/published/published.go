package published

import (
	"context"
	"fmt"
	"path/filepath"

	"realnet/artifacts/schemas/dataset"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Layout string `json:"layout" doc:"kriegeskorte92"`
}

// DefaultParams read the 92 images' RDMs.
func DefaultParams() Params { return Params{Layout: "kriegeskorte92"} }

// layouts read the RDMs of a dataset.
var layouts = map[string]func(root string) (rdms.Set, error){"kriegeskorte92": kriegeskorte92}

// Validate checks the layout.
func (p Params) Validate() error {
	if layouts[p.Layout] == nil {
		return fmt.Errorf("layout: %q is not kriegeskorte92", p.Layout)
	}
	return nil
}

// Stage is the published stage.
var Stage = stage.New(stage.Spec{
	Name: "published",
	Doc:  "Reads RDMs that others have published.",
	In:   []stage.Port{{Name: "dataset", Schemas: []string{dataset.Schema.Name}, Doc: "the dataset's files"}},
	Out:  rdms.Schema,
}, DefaultParams(), run)

func run(_ context.Context, env *stage.Env, p Params) error {
	a := env.One("dataset")
	if err := a.Check(nil); err != nil {
		return err
	}
	set, err := layouts[p.Layout](filepath.Join(a.Dir(), dataset.Root))
	if err != nil {
		return err
	}
	return rdms.Write(env.Out, set)
}
