package eegrdm

import (
	"context"
	"fmt"
	"math"

	"realnet/artifacts"
	"realnet/artifacts/schemas/epochs"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/decoding"
	"realnet/stages/stage"
)

// Params of the stage. A recipe is laid down first; what is not 0 beside it
// changes it.
type Params struct {
	Recipe     string  `json:"recipe" doc:"lu (the study's), gifford (THINGS-EEG2's), or correlation (no decoding)"`
	Classifier string  `json:"classifier" doc:"svm (linear C-SVC) or lda"`
	Shrinkage  float64 `json:"shrinkage" doc:"of lda: 0 to 1, or -1 to estimate it"`
	Average    int     `json:"average" doc:"repetitions averaged to one pseudo-trial; 0: as the recipe"`
	Folds      int     `json:"folds" doc:"0: as the recipe"`
	Repeats    int     `json:"repeats" doc:"0: as the recipe"`
	Window     int     `json:"window" doc:"samples averaged before decoding; 0: as the recipe"`
	Step       int     `json:"step" doc:"samples from one window to the next; 0: as the recipe"`
	Smooth     int     `json:"smooth" doc:"odd width of the mean over time points; 1: none, 0: as the recipe"`
	Generalise bool    `json:"generalise" doc:"train at each time and test at every other: an RDM a pair of times, those of one training time together, labelled with it as their part of the data (split)"`
	Subject    string  `json:"subject" doc:"label"`
	Seed       uint64  `json:"seed"`
}

// Classifiers.
const (
	SVM = "svm"
	LDA = "lda"
)

// Correlation is the recipe without decoding.
const Correlation = "correlation"

// DefaultParams are the study's recipe.
func DefaultParams() Params { return Params{Recipe: "lu", Classifier: SVM, Shrinkage: decoding.Auto} }

// Validate checks the recipe's name and the changes to it.
func (p Params) Validate() error {
	if p.Classifier != SVM && p.Classifier != LDA {
		return fmt.Errorf("classifier: %q is neither %s nor %s", p.Classifier, SVM, LDA)
	}
	if p.Shrinkage != decoding.Auto && !(p.Shrinkage >= 0 && p.Shrinkage <= 1) {
		return fmt.Errorf("shrinkage: %v is not within 0 and 1, nor %v, which estimates it", p.Shrinkage, decoding.Auto)
	}
	if p.Generalise && p.Recipe == Correlation {
		return fmt.Errorf("generalise: the recipe %q decodes nothing", p.Recipe)
	}
	if p.Recipe != Correlation {
		if _, err := p.Decoding(0); err != nil {
			return err
		}
	}
	for _, f := range p.changes(nil) {
		if f.from < 0 {
			return fmt.Errorf("%s: %d: 1 or more, or 0 for the recipe's own", f.name, f.from)
		}
		if f.from > 0 && p.Recipe == Correlation {
			return fmt.Errorf("%s: %d: the recipe %q decodes nothing", f.name, f.from, p.Recipe)
		}
	}
	return nil
}

// change is a parameter beside the recipe and the field that it sets.
type change struct {
	name string
	from int
	to   *int
}

func (p Params) changes(r *decoding.Recipe) []change {
	if r == nil {
		r = &decoding.Recipe{}
	}
	return []change{
		{"average", p.Average, &r.Average},
		{"folds", p.Folds, &r.Folds},
		{"repeats", p.Repeats, &r.Repeats},
		{"window", p.Window, &r.Window},
		{"step", p.Step, &r.Step},
		{"smooth", p.Smooth, &r.Smooth},
	}
}

// Decoding is the complete recipe of the parameters.
func (p Params) Decoding(workers int) (decoding.Recipe, error) {
	var r decoding.Recipe
	switch p.Recipe {
	case "lu":
		r = decoding.Lu()
	case "gifford":
		r = decoding.Gifford()
	default:
		return r, fmt.Errorf("recipe: %q is none of lu, gifford, correlation", p.Recipe)
	}
	for _, f := range p.changes(&r) {
		if f.from != 0 {
			*f.to = f.from
		}
	}
	if p.Classifier == LDA {
		r.Classifier, r.Shrinkage = decoding.LinearLDA, p.Shrinkage
	}
	r.Seed, r.Workers = p.Seed, workers
	return r, nil
}

// Need of a run: every core, and the Gram matrices of a time point.
func (Params) Need() stage.Need { return stage.Need{Memory: 1 << 30} }

// Stage is the eegrdm stage.
var Stage = stage.New(stage.Spec{
	Name: "eegrdm",
	Doc:  "Makes one RDM a time point of a subject's EEG.",
	In:   []stage.Port{{Name: "epochs", Schemas: []string{epochs.Schema.Name}, Doc: "a subject's EEG"}},
	Out:  rdms.Schema,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	a := env.One("epochs")
	tensor, err := artifacts.OpenFloats(a, epochs.Tensor)
	if err != nil {
		return err
	}
	defer func() { _ = tensor.Close() }() // nothing was written
	shape := tensor.Shape
	times, err := artifacts.ReadTable[epochs.Time](a, epochs.TimesTable)
	if err != nil {
		return err
	}
	names, err := artifacts.ReadTable[epochs.Condition](a, epochs.ConditionsTable)
	if err != nil {
		return err
	}
	if len(shape) != 4 || shape[0] != len(names) || shape[3] != len(times) {
		return fmt.Errorf("%s: epochs of shape %v for %d conditions and %d times", a.Dir(), shape, len(names), len(times))
	}
	e := decoding.Epochs{Conditions: shape[0], Repetitions: shape[1], Channels: shape[2], Times: shape[3]}
	if tensor.Single != nil {
		e.Single = tensor.Single.Data
	} else {
		e.Data = tensor.Double.Data
	}
	seconds := make([]float64, len(times))
	for i, t := range times {
		seconds[i] = t.Seconds
	}
	set := rdms.Set{}
	for _, n := range names {
		set.Conditions = append(set.Conditions, n.Name)
	}
	metric, window, step := "decoding accuracy", 1, 1
	if p.Recipe == Correlation {
		metric = "correlation"
		if set.Values, err = decoding.CorrelationRDM(ctx, e, env.Workers); err != nil {
			return err
		}
	} else {
		r, err := p.Decoding(env.Workers)
		if err != nil {
			return err
		}
		window, step = r.Window, r.Step
		times := 0
		if p.Generalise {
			set.Values, times, err = decoding.Generalise(ctx, e, r)
		} else {
			set.Values, _, err = decoding.Pairwise(ctx, e, r)
		}
		if err != nil {
			return err
		}
		for t := range times {
			trained := fmt.Sprintf("trained at %g s", Centre(seconds, t*step, window))
			for u := range times {
				set.Rows = append(set.Rows, rdms.Row{Kind: "eeg", Subject: p.Subject, Split: trained, Time: Centre(seconds, u*step, window), Metric: metric})
			}
		}
	}
	for t := range len(set.Values)/e.Pairs() - len(set.Rows) {
		set.Rows = append(set.Rows, rdms.Row{Kind: "eeg", Subject: p.Subject, Time: Centre(seconds, t*step, window), Metric: metric})
	}
	return rdms.Write(env.Out, set)
}

// Centre is the mean time of a window of samples, to the microsecond.
func Centre(seconds []float64, first, window int) float64 {
	var sum float64
	for _, t := range seconds[first : first+window] {
		sum += t
	}
	return math.Round(sum/float64(window)*1e6) / 1e6 // sums of decimal times, without their rounding
}
