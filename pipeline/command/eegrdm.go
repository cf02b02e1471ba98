package command

import (
	"context"
	"errors"
	"fmt"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/pipeline/arrays"
	"realnet/stages/analysis/decoding"
	"realnet/stages/eegrdm"
)

// EEGRDM makes one RDM a time point of people's own epochs.
type EEGRDM struct {
	In         string  `required:"" help:"Conditions x repetitions x channels x time: .npy (also the files of THINGS-EEG2), or an epochs artifact." placeholder:"FILE" type:"path"`
	Select     string  `help:"Key of the array, of a .npy that holds a dict." placeholder:"KEY"`
	Names      string  `help:"Text file with the conditions, one a line." placeholder:"FILE" type:"path"`
	Times      string  `help:"Text file or .npy with the seconds of each sample from stimulus onset; an artifact needs them." placeholder:"FILE" type:"path"`
	Recipe     string  `default:"lu" help:"lu (the study's), gifford (THINGS-EEG2's) or correlation (no decoding)." placeholder:"NAME"`
	Classifier string  `default:"svm" help:"svm or lda." placeholder:"NAME"`
	Shrinkage  float64 `default:"-1" help:"Of lda: 0 to 1, or -1 to estimate it."`
	Average    int     `default:"0" help:"Repetitions averaged to one pseudo-trial; 0: as the recipe (lu: 5)."`
	Folds      int     `default:"0" help:"Folds; 0: as the recipe (lu: 4)."`
	Repeats    int     `default:"0" help:"Times that everything is drawn anew; 0: as the recipe (lu: 5)."`
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
	recipe, err := c.recipe()
	if err != nil {
		return usageError{err}
	}
	in, err := arrays.Read(ctx, c.In, arrays.Options{Select: c.Select})
	if err != nil {
		return err
	}
	if err := in.Axes(4, "conditions x repetitions x channels x time"); err != nil {
		return fmt.Errorf("%s: %w", c.In, err)
	}
	s := in.Shape
	e := decoding.Epochs{Data: in.Float64(), Conditions: s[0], Repetitions: s[1], Channels: s[2], Times: s[3]}
	if err := c.label(ctx, in); err != nil {
		return err
	}
	values, times, err := c.decode(ctx, e, recipe)
	if errors.Is(err, decoding.ErrTooFewRepetitions) {
		err = fmt.Errorf("%w: take fewer with --average or --folds", err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.In, err)
	}
	shape := []int{times, e.Pairs()}
	if c.Generalise {
		shape = []int{times, times, e.Pairs()}
	}
	if err := c.write(a, in, shape, values, recipe); err != nil {
		return err
	}
	return summarise(c.output, c.metric(), len(values)/e.Pairs(), e.Conditions, shape, values).print(a, c.JSON)
}

// recipe checks the flags and lays the changes over the recipe.
func (c *EEGRDM) recipe() (decoding.Recipe, error) {
	p := eegrdm.Params{
		Recipe: c.Recipe, Average: c.Average, Folds: c.Folds, Repeats: c.Repeats, Window: c.Window, Step: c.Step, Smooth: c.Smooth, Seed: c.Seed,
	}
	if err := p.Validate(); err != nil {
		return decoding.Recipe{}, fmt.Errorf("--%w", err)
	}
	if c.Generalise && (c.Format != formatNPY || c.Recipe == eegrdm.Correlation) {
		return decoding.Recipe{}, errors.New("--generalise: give --format npy and a recipe that decodes")
	}
	if c.Recipe == eegrdm.Correlation {
		return decoding.Recipe{Window: 1, Step: 1}, nil
	}
	r, err := p.Decoding(c.Workers)
	switch c.Classifier {
	case "svm":
	case "lda":
		r.Classifier, r.Shrinkage = decoding.LinearLDA, c.Shrinkage
	default:
		return r, fmt.Errorf("--classifier %s: want svm or lda", c.Classifier)
	}
	return r, err
}

func (c *EEGRDM) metric() string {
	if c.Recipe == eegrdm.Correlation {
		return "correlation"
	}
	return "decoding accuracy"
}

// label completes names and times from their files.
func (c *EEGRDM) label(ctx context.Context, in *arrays.Array) error {
	names, err := labels(ctx, c.Names, in.Shape[0], "names")
	if err != nil {
		return err
	}
	if names != nil {
		in.Names = names
	}
	if in.Names == nil {
		in.Names = numbered("condition", in.Shape[0])
	}
	if c.Times != "" {
		t, err := arrays.Read(ctx, c.Times, arrays.Options{})
		if err != nil {
			return err
		}
		if in.Times = t.Float64(); len(in.Times) != in.Shape[3] {
			return fmt.Errorf("%s: %w: %d times for %d samples", c.Times, arrays.ErrLabels, len(in.Times), in.Shape[3])
		}
	}
	if in.Times == nil && c.Format == "" {
		return usagef("an artifact says when each RDM was: give --times, or --format npy")
	}
	if in.Times == nil { // samples stand for seconds in a file for people
		in.Times = make([]float64, in.Shape[3])
		for i := range in.Times {
			in.Times[i] = float64(i)
		}
	}
	return nil
}

func (c *EEGRDM) decode(ctx context.Context, e decoding.Epochs, r decoding.Recipe) (values []float64, times int, err error) {
	switch {
	case c.Recipe == eegrdm.Correlation:
		values, err = decoding.CorrelationRDM(ctx, e, r.Workers)
		return values, e.Times, err
	case c.Generalise:
		return decoding.Generalise(ctx, e, r)
	}
	return decoding.Pairwise(ctx, e, r)
}

func (c *EEGRDM) write(a *App, in *arrays.Array, shape []int, values []float64, r decoding.Recipe) error {
	if c.Format == formatNPY || c.Format == formatCSV {
		return c.writeArray(shape, values)
	}
	seconds := make([]float64, shape[0])
	for t := range seconds {
		seconds[t] = eegrdm.Centre(in.Times, t*r.Step, r.Window)
	}
	if c.Format == formatParquet {
		texts := make([]string, len(seconds))
		for t, s := range seconds {
			texts[t] = fmt.Sprintf("%g", s)
		}
		return arrays.WriteParquet(c.Out, pairs(texts, in.Names, values))
	}
	set := rdms.Set{Conditions: in.Names, Values: values}
	for _, s := range seconds {
		set.Rows = append(set.Rows, rdms.Row{Kind: "eeg", Subject: c.Subject, Time: s, Metric: c.metric()})
	}
	params := map[string]any{
		"recipe": c.Recipe, "classifier": c.Classifier, "average": r.Average, "folds": r.Folds, "repeats": r.Repeats,
		"window": r.Window, "step": r.Step, "smooth": r.Smooth, "seed": c.Seed,
	}
	inputs := []string{c.In}
	for _, f := range []string{c.Names, c.Times} {
		if f != "" {
			inputs = append(inputs, f)
		}
	}
	_, err := a.writeArtifact(c.Out, rdms.Schema, "eegrdm", params, inputs, func(w *artifacts.Writer) error { return rdms.Write(w, set) })
	return err
}
