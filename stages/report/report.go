package report

import (
	"context"
	"encoding/json"
	"fmt"
	"path"

	"realnet/artifacts"
	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/page"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/profiles"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/targets"
	"realnet/artifacts/schemas/weights"
	"realnet/stages/report/figures"
	"realnet/stages/report/params"
	"realnet/stages/stage"
)

// Params of the stage.
type Params = params.Params

// DefaultParams name the base model and the control.
func DefaultParams() Params { return params.Default() }

var ports = []stage.Port{
	many("statistics", statistics.Schema, "results"),
	many("similarities", similarities.Schema, "similarities of models and brains"),
	many("rdms", rdms.Schema, "RDMs of models and of fMRI, for heat maps and maps of the stimuli"),
	many("weights", weights.Schema, "networks, for their training curves"),
	many("targets", targets.Schema, "targets, for the variance that their components explain"),
	many("accuracies", accuracies.Schema, "classification accuracies"),
	many("profiles", profiles.Schema, "similarity of layers with object dimensions"),
	many("stimuli", stimuli.Schema, "images, for thumbnails"),
	many("patterns", patterns.Schema, "response patterns, for their sizes"),
}

// Stage is the report stage.
var Stage = stage.New(stage.Spec{
	Name: "report",
	Doc:  "Shows a run: one HTML page, figures, tables, results for scripts.",
	In:   ports,
	Out:  page.Schema,
}, DefaultParams(), run)

// Figures draws the figures of a report's inputs, by port.
func Figures(in map[string][]*artifacts.Artifact, p Params) ([]figures.Figure, error) {
	all, err := read(&stage.Env{In: in}, p)
	if err != nil {
		return nil, err
	}
	return figures.All(all.Data)
}

func many(name string, schema artifacts.Schema, doc string) stage.Port {
	return stage.Port{Name: name, Schemas: []string{schema.Name}, Many: true, Optional: true, Doc: doc}
}

func run(_ context.Context, env *stage.Env, p Params) error {
	if p.Title == "" {
		p.Title = p.Study
	}
	if string(p.StudyJSON) == "null" {
		p.StudyJSON = nil
	}
	in, err := read(env, p)
	if err != nil {
		return err
	}
	if err := writeResults(env.Out, p, in.Statistics); err != nil {
		return err
	}
	if len(p.StudyJSON) > 0 {
		text, err := json.MarshalIndent(p.StudyJSON, "", "  ")
		if err != nil {
			return fmt.Errorf("study_json: %w", err)
		}
		if err := writeFile(env.Out, page.Study, append(text, '\n')); err != nil {
			return err
		}
	}
	tables := tablesOf(in)
	if err := writeTables(env.Out, in, tables); err != nil {
		return err
	}
	drawn, err := figures.All(in.Data)
	if err != nil {
		return err
	}
	for _, f := range drawn {
		if err := writeFile(env.Out, path.Join("figures", f.Name+".svg"), f.SVG); err != nil {
			return err
		}
		if err := writeFile(env.Out, path.Join("figures", f.Name+".png"), f.PNG); err != nil {
			return err
		}
	}
	return writePage(env.Out, p, in, tables, drawn)
}

func writeFile(w *artifacts.Writer, name string, text []byte) error {
	f, err := w.File(name)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return f.Close()
}
