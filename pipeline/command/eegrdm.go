package command

import (
	"context"
	"errors"
	"fmt"
	"math"

	"realnet/artifacts"
	"realnet/artifacts/schemas/epochs"
	"realnet/artifacts/schemas/rdms"
	"realnet/pipeline/arrays"
	"realnet/stages/analysis/decoding"
	"realnet/stages/eegrdm"
)

// EEGRDM makes one RDM per time point of the user's epochs.
type EEGRDM struct {
	In         string  `required:"" help:"Conditions x repetitions x channels x time: .npy (also the files of THINGS-EEG2), .npz, .mat, .h5, .pt, or an epochs artifact." placeholder:"FILE" type:"path"`
	Select     string  `aliases:"array,dataset" help:"The array to take, of a file with several." placeholder:"KEY"`
	Names      string  `help:"Text file with the conditions, one per line." placeholder:"FILE" type:"path"`
	Times      string  `help:"Text file or .npy with the seconds of each sample from stimulus onset; an artifact needs them." placeholder:"FILE" type:"path"`
	Recipe     string  `default:"lu" help:"lu (the study's), gifford (THINGS-EEG2's) or correlation (no decoding)." placeholder:"NAME"`
	Classifier string  `default:"svm" help:"svm or lda." placeholder:"NAME"`
	Shrinkage  float64 `default:"-1" help:"Of lda: 0 to 1, or -1 to estimate it."`
	Average    int     `default:"0" help:"Repetitions averaged to one pseudo-trial; 0: as the recipe (lu: 5)."`
	Folds      int     `default:"0" help:"Folds; 0: as the recipe (lu: 4)."`
	Repeats    int     `default:"0" help:"Repetitions of the decoding with new random groups; 0: as the recipe (lu: 5)."`
	Window     int     `default:"0" help:"Samples averaged before decoding; 0: as the recipe (1)."`
	Step       int     `default:"0" help:"Samples from one window to the next; 0: as the recipe (1)."`
	Smooth     int     `default:"0" help:"Odd width of the centred mean over time points; 1: none; 0: as the recipe (lu: 5)."`
	Generalise bool    `help:"Train at each time and test at every other: training times x test times x pairs out, as .npy."`
	Subject    string  `help:"Label of the subject, for an artifact."`
	Seed       uint64  `default:"0" help:"Seed of groups and folds."`
	Workers    int     `default:"0" help:"Cores to use; 0 means all."`
	JSON       bool    `help:"Print a summary as JSON."`
	output
}

// Examples of the command.
func (*EEGRDM) Examples() string {
	return `realnet eegrdm --in epochs.npy --recipe lu --format npy --out accuracies.npy
realnet eegrdm --in epochs.npy --average 4 --folds 5 --repeats 10 --smooth 1 --seed 7 --format npy --out accuracies.npy
realnet eegrdm --in epochs.npy --recipe gifford --times seconds.txt --names images.txt --out ./rdms
realnet eegrdm --in epochs.npy --generalise --format npy --out generalisation.npy`
}

// Run decodes and writes accuracies.
func (c *EEGRDM) Run(ctx context.Context, a *App) error {
	if err := c.check(true, formatNPY, formatCSV, formatParquet); err != nil {
		return err
	}
	params := eegrdm.Params{
		Recipe: c.Recipe, Classifier: c.Classifier, Shrinkage: c.Shrinkage, Average: c.Average, Folds: c.Folds, Repeats: c.Repeats,
		Window: c.Window, Step: c.Step, Smooth: c.Smooth, Generalise: c.Generalise, Subject: c.Subject, Seed: c.Seed,
	}
	if _, err := canonical(eegrdm.Stage, params); err != nil {
		return err
	}
	if c.Generalise && c.Format != formatNPY {
		return usagef("--generalise: give --format npy")
	}
	in, named, err := c.inputs(ctx)
	if err != nil {
		return err
	}
	if !named.times && c.Format == "" {
		return usagef("an artifact says when each RDM was: give --times, or --format npy")
	}
	made, err := a.stageInMemory(ctx, eegrdm.Stage, params, in, c.Workers)
	if errors.Is(err, decoding.ErrTooFewRepetitions) {
		err = fmt.Errorf("%w: take fewer with --average or --folds", err)
	}
	if err != nil {
		return inFile(c.In, err)
	}
	set, err := rdms.Read(made)
	if err != nil {
		return err
	}
	pairs := len(set.Values) / len(set.Rows)
	shape := []int{len(set.Rows), pairs}
	if c.Generalise {
		times := int(math.Round(math.Sqrt(float64(len(set.Rows)))))
		shape = []int{times, times, pairs}
	}
	if err := c.write(a, set, shape, params, named.conditions); err != nil {
		return err
	}
	s := summarise(c.output, set.Rows[0].Metric, len(set.Rows), len(set.Conditions), shape, set.Values)
	if named.conditions {
		s.Order, s.Names = "as in the data", c.namesFile()
	}
	return s.print(a, c.JSON)
}

// namings say which names are the user's own.
type namings struct{ conditions, times bool }

// inputs reads the files into an artifact of epochs; such an artifact goes to the stage as
// it is.
func (c *EEGRDM) inputs(ctx context.Context) (inputs, namings, error) {
	if isArtifact(c.In) && c.Names+c.Times == "" {
		art, err := artifacts.Open(c.In)
		if err == nil && art.Manifest().Schema.Name == epochs.Schema.Name {
			return inputs{"epochs": {art}}, namings{true, true}, nil
		}
	}
	x, err := arrays.Read(ctx, c.In, arrays.Options{Select: c.Select, InPlace: true})
	if err != nil {
		return nil, namings{}, err
	}
	if err := x.Axes(4, "conditions x repetitions x channels x time"); err != nil {
		return nil, namings{}, fmt.Errorf("%s: %w", c.In, err)
	}
	if x.Len() == 0 {
		return nil, namings{}, fmt.Errorf("%s: %w: %v is empty", c.In, arrays.ErrShape, x.Shape)
	}
	named, err := c.label(ctx, x)
	if err != nil {
		return nil, named, err
	}
	conditions, channels := make([]epochs.Condition, x.Shape[0]), make([]epochs.Channel, x.Shape[2])
	for i, name := range x.Names {
		conditions[i].Name = name
	}
	for i, name := range numbered("channel", x.Shape[2]) {
		channels[i].Name = name
	}
	list, err := one(inMemory(c.In, epochs.Schema, func(w *artifacts.Writer) error { return x.WriteEpochs(w, conditions, channels) }))
	return inputs{"epochs": list}, named, err
}

// label completes names and times from their files.
func (c *EEGRDM) label(ctx context.Context, x *arrays.Array) (named namings, err error) {
	names, err := labels(ctx, c.Names, x.Shape[0], "names")
	if err != nil {
		return named, err
	}
	if x.Names, err = x.Named(names); err != nil {
		return named, fmt.Errorf("%s: %w", c.In, err)
	}
	if named.conditions = x.Names != nil; !named.conditions {
		x.Names = numbered("condition", x.Shape[0])
	}
	if c.Times != "" {
		t, err := arrays.Read(ctx, c.Times, arrays.Options{})
		if err != nil {
			return named, err
		}
		if x.Times = t.Float64(); len(x.Times) != x.Shape[3] {
			return named, fmt.Errorf("%s: %w: %d times for %d samples", c.Times, arrays.ErrLabels, len(x.Times), x.Shape[3])
		}
	}
	if named.times = x.Times != nil; !named.times { // samples stand for seconds in a file for people
		x.Times = make([]float64, x.Shape[3])
		for i := range x.Times {
			x.Times[i] = float64(i)
		}
	}
	return named, nil
}

func (c *EEGRDM) write(a *App, set rdms.Set, shape []int, params eegrdm.Params, named bool) error {
	switch c.Format {
	case formatNPY, formatCSV:
		var names []string
		if named {
			names = set.Conditions
		}
		return c.writeNamed(a, shape, set.Values, names)
	case formatParquet:
		texts := make([]string, len(set.Rows))
		for t, row := range set.Rows {
			texts[t] = fmt.Sprintf("%g", row.Time)
		}
		return arrays.WriteParquet(c.Out, pairs(texts, set.Conditions, set.Values))
	}
	_, err := a.writeArtifact(c.Out, rdms.Schema, "eegrdm", params, given(c.In, c.Names, c.Times), func(w *artifacts.Writer) error { return rdms.Write(w, set) })
	return err
}
