package stats

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"realnet/artifacts/schemas/accuracies"
	dims "realnet/artifacts/schemas/dimensions"
	"realnet/artifacts/schemas/encodings"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/artifacts/schemas/weights"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/inference"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Alpha        float64  `json:"alpha" doc:"level of tests and checks"`
	Correction   string   `json:"correction" doc:"of p values within a family: holm, fdr, by, bonferroni, none"`
	Permutations int      `json:"permutations" doc:"of label permutation tests; all of them when that is no more"`
	Flips        int      `json:"flips" doc:"sign flips of the cluster test over time; with one training, all of them when that is no more"`
	Seed         uint64   `json:"seed"`
	ROIs         []string `json:"rois" doc:"regions to take; none: all"`
	Layers       []string `json:"layers" doc:"layers whose similarities are averaged; none: all. Of the default, those that activations.layers has"`

	Method compare.Method `json:"method" doc:"comparator of RDMs, as of stage rsa: spearman, pearson, kendall, tau-a, rho-a, cosine; object dimensions are compared by spearman, as in stage dimensions"`

	Base      string        `json:"base" doc:"the variant that others are compared with"`
	Control   string        `json:"control" doc:"the variant trained without the brain"`
	Shuffled  []string      `json:"shuffled" doc:"variants trained on shuffled pairs; what must gain must gain over them, and the first is the reference of the object dimensions"`
	Expect    []Expectation `json:"expect" doc:"what variants must show, for the checks"`
	Truth     bool          `json:"truth" doc:"the planted dimensions are known and checked"`
	EEGWindow [2]float64    `json:"eeg_window" doc:"seconds; the EEG's RDMs are averaged over it for the overall comparison"`

	Groups       []Group     `json:"groups" doc:"subjects whose brains together trained the networks of a label; other labels are subjects"`
	Layerwise    bool        `json:"layerwise" doc:"results layer by layer, for a network that no brain trained"`
	SubjectFlips bool        `json:"subject_flips" doc:"layer by layer, test over subjects alone: sign flips of their similarities (flips of them, or all), two-sided"`
	Intersect    bool        `json:"intersect" doc:"layer by layer, of the conditions that all models and brains have, as stage rsa"`
	Contaminated int         `json:"contaminated" doc:"test images that the base network was trained on"`
	Objectives   []Objective `json:"objectives" doc:"contrasts of trainings that differ in one field, for the object dimensions"`
	Weights      []string    `json:"weights" doc:"variant of each network of the port weights"`
	Sweep        []string    `json:"sweep" doc:"variants that differ in beta alone, from which a validation split chooses one"`
}

// DefaultParams test at 5 % with Holm's correction.
func DefaultParams() Params {
	return Params{
		Alpha: 0.05, Correction: "holm", Method: compare.Spearman, Permutations: 50000, Flips: 10000,
		Layers: []string{"V1", "V2", "V4", "IT"}, Base: "base", Control: "control", EEGWindow: [2]float64{0.05, 0.6},
	}
}

// corrections adjust the p values of a family.
var corrections = map[string]func([]float64) ([]float64, error){
	"holm": inference.Holm, "fdr": inference.BenjaminiHochberg, "by": inference.BenjaminiYekutieli, "bonferroni": inference.Bonferroni,
	"none": func(p []float64) ([]float64, error) { return p, nil },
}

// Validate checks levels and names.
func (p Params) Validate() error {
	if !(p.Alpha > 0 && p.Alpha < 1) {
		return fmt.Errorf("alpha: %v is not between 0 and 1", p.Alpha)
	}
	if corrections[p.Correction] == nil {
		return fmt.Errorf("correction: %q is none of holm, fdr, by, bonferroni, none", p.Correction)
	}
	if !slices.Contains(compare.Methods(), p.Method) {
		return fmt.Errorf("method: %q is none of %v", p.Method, compare.Methods())
	}
	if err := cmp.Or(
		stage.Within("permutations", p.Permutations, 1, inference.MostFlips), stage.Within("flips", p.Flips, 1, inference.MostFlips),
		stage.Within("contaminated", p.Contaminated, 0, math.MaxInt),
	); err != nil {
		return err
	}
	if !(p.EEGWindow[0] <= p.EEGWindow[1]) {
		return fmt.Errorf("eeg_window: %v does not run forward", p.EEGWindow)
	}
	return nil
}

// Stage is the stats stage.
var Stage = stage.New(stage.Spec{
	Name: "stats",
	Doc:  "Turns similarities and patterns into results with tests and checks.",
	In: []stage.Port{
		{Name: "models", Schemas: []string{rdms.Schema.Name}, Many: true, Optional: true, Doc: "RDMs of networks, the base among them"},
		{Name: "eeg_models", Schemas: []string{rdms.Schema.Name}, Many: true, Optional: true, Doc: "RDMs of the same networks on the EEG's images, where these are others"},
		{Name: "fmri", Schemas: []string{rdms.Schema.Name}, Many: true, Optional: true, Doc: "RDMs of the brains that trained the networks"},
		{Name: "other", Schemas: []string{rdms.Schema.Name}, Many: true, Optional: true, Doc: "RDMs of brains of another dataset"},
		{Name: "eeg", Schemas: []string{rdms.Schema.Name}, Many: true, Optional: true, Doc: "RDMs over time of EEG subjects"},
		{Name: "shared", Schemas: []string{rdms.Schema.Name}, Many: true, Optional: true, Doc: "RDMs of the brains that trained the networks, over images that the EEG shows too"},
		{Name: "dimensions", Schemas: []string{dims.Schema.Name}, Optional: true, Doc: "dimensions of the objects"},
		{Name: "accuracies", Schemas: []string{accuracies.Schema.Name}, Many: true, Optional: true, Doc: "accuracy of the networks"},
		{Name: "encodings", Schemas: []string{encodings.Schema.Name}, Many: true, Optional: true, Doc: "how well the networks predict responses"},
		{Name: "weights", Schemas: []string{weights.Schema.Name}, Many: true, Optional: true, Doc: "trained networks with a validation split, for the choice of beta"},
		{Name: "similarities", Schemas: []string{similarities.Schema.Name}, Many: true, Optional: true, Doc: "similarities of RDMs"},
		{Name: "patterns", Schemas: []string{patterns.Schema.Name}, Many: true, Optional: true, Doc: "response patterns with runs, for their reliability"},
	},
	Out: statistics.Schema,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	var rows []statistics.Row
	var sims []similarities.Row
	for _, a := range env.In["similarities"] {
		got, err := similarities.Read(a)
		if err != nil {
			return err
		}
		sims = append(sims, got...)
	}
	rows = append(rows, rdmReliability(sims)...)
	for _, a := range env.In["patterns"] {
		pats, err := patterns.Read(a)
		if err != nil {
			return err
		}
		got, err := patternReliability(ctx, pats, p, env.Workers)
		if err != nil {
			return err
		}
		rows = append(rows, got...)
	}
	if p.Layerwise {
		got, err := layerwise(ctx, env, p)
		if err != nil {
			return err
		}
		rows = append(append(rows, brainRows(sims)...), got...)
		if got, err = similarCourses(ctx, sims, p, env.Workers); err != nil {
			return err
		}
		rows = append(rows, got...)
	} else if len(env.In["models"]) > 0 {
		got, err := alignment(ctx, env, p)
		if err != nil {
			return err
		}
		rows = append(rows, got...)
		if got, err = timeCourses(ctx, sims, p, env.Workers); err != nil {
			return err
		}
		rows = append(rows, got...)
	}
	shared, err := sharedBrains(ctx, env, p)
	if err != nil {
		return err
	}
	rows = append(rows, shared...)
	encoded, err := encodingRows(env.In["encodings"], p)
	if err != nil {
		return err
	}
	rows = append(rows, encoded...)
	same, err := sameAsBase(env.In["models"], p.Base)
	if err != nil {
		return err
	}
	accuracy, err := accuracyRows(env.In["accuracies"], same, p)
	if err != nil {
		return err
	}
	rows = append(rows, accuracy...)
	betas, err := betaRows(env.In["weights"], p)
	if err != nil {
		return err
	}
	rows = append(rows, betas...)
	if len(rows) == 0 {
		return fmt.Errorf("nothing to make results of: give models and brains, similarities or patterns")
	}
	if err := correct(rows, p); err != nil {
		return err
	}
	gateClusters(rows)
	if len(p.Expect) > 0 {
		rows = append(rows, signs(rows, p)...)
	}
	return statistics.Write(env.Out, rows)
}

// correct adjusts p values family by family, but for those whose test corrected
// them, and decides the pending checks (a variant that must gain has a sequence of them,
// see sequences): an effect above 0 with a corrected p below
// alpha passes, or fails where there must be none. What was not tested is no check.
func correct(rows []statistics.Row, p Params) error {
	families := map[string][]int{}
	for i, r := range rows {
		if r.Tested() && math.IsNaN(r.PCorrected) {
			families[r.Family] = append(families[r.Family], i)
		}
	}
	names := make([]string, 0, len(families))
	for f := range families {
		names = append(names, f)
	}
	sort.Strings(names)
	for _, f := range names {
		var raw []float64
		for _, i := range families[f] {
			raw = append(raw, rows[i].P)
		}
		adjust := corrections[p.Correction]
		if strings.HasPrefix(f, "gain/") && p.Correction != "none" {
			adjust = sequences(rows, families[f])
		}
		adjusted, err := adjust(raw)
		if err != nil {
			return fmt.Errorf("family %s: %w", f, err)
		}
		for k, i := range families[f] {
			rows[i].PCorrected = adjusted[k]
		}
	}
	for i, r := range rows {
		above := r.Value > 0 && r.PCorrected < p.Alpha
		switch {
		case r.Check != pending && r.Check != pendingNone:
		case !r.Tested():
			rows[i].Check = ""
			rows[i].Test += "; " + say("test-no-check", nil)
		default:
			rows[i].Check = verdict(above == (r.Check == pending))
		}
	}
	return nil
}

// sequences corrects the gains of variants that must gain. Each variant is compared with
// base, control and shuffled pairs in this order, the order of its rows, and counts as
// above one reference only if it is above those before; several variants share the level.
func sequences(rows []statistics.Row, family []int) func([]float64) ([]float64, error) {
	of := map[string][]int{} // places in the family, by variant
	for k, i := range family {
		of[rows[i].Model] = append(of[rows[i].Model], k)
	}
	return func(p []float64) ([]float64, error) {
		out := make([]float64, len(p))
		for _, places := range of {
			var own []float64
			for _, k := range places {
				own = append(own, p[k])
			}
			adjusted, err := inference.FixedSequence(own)
			if err != nil {
				return nil, err
			}
			for n, k := range places {
				out[k] = min(1, adjusted[n]*float64(len(of)))
			}
		}
		return out, nil
	}
}

// Checks that wait for their corrected p.
const (
	pending     = "must be above 0"
	pendingNone = "must not be above 0"
)

func verdict(ok bool) string {
	if ok {
		return statistics.Pass
	}
	return statistics.Fail
}
