package rsa

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rs/zerolog"
	"github.com/sourcegraph/conc/pool"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/inference"
	"realnet/stages/analysis/naming"
	"realnet/stages/analysis/rdm"
	"realnet/stages/stage"
)

// Stage is the rsa stage.
var Stage = stage.New(stage.Spec{
	Name: "rsa",
	Doc:  "Compares model RDMs with brain RDMs.",
	In: []stage.Port{
		{Name: "model", Schemas: []string{rdms.Schema.Name}, Many: true, Doc: "RDMs of models, or of whatever the brains are compared with"},
		{Name: "brain", Schemas: []string{rdms.Schema.Name}, Many: true, Doc: "RDMs of brains"},
	},
	Out: similarities.Schema,
}, DefaultParams(), run)

// one is one selected RDM.
type one struct {
	row      rdms.Row
	rdm      *rdm.RDM
	folds    []int32                           // of the conditions; nil: of one piece
	prepared func() (*compare.Prepared, error) // once, when asked for
}

func run(ctx context.Context, env *stage.Env, p Params) error {
	opts := p.options()
	opts.Workers = env.Workers
	models, closeModels, err := load(env.In["model"], p.Models, opts)
	if err != nil {
		return fmt.Errorf("models: %w", err)
	}
	defer closeModels()
	brains, closeBrains, err := load(env.In["brain"], p.Brains, opts)
	if err != nil {
		return fmt.Errorf("brains: %w", err)
	}
	defer closeBrains()
	if p.Intersect {
		if brains, err = shared(models, brains, opts, env.Log); err != nil {
			return err
		}
	}
	folds, err := foldsOf(models)
	if err != nil {
		return err
	}
	if folds != nil && p.Permutations+p.Bootstrap > 0 {
		return fmt.Errorf("permutations and bootstrap: %d and %d: models in folds are not tested one by one: give 0 and 0", p.Permutations, p.Bootstrap)
	}
	ceilings, err := noiseCeilings(brains, folds, p.options(), env.Log)
	if err != nil {
		return err
	}
	var pairs [][2]one
	for _, m := range models {
		for _, b := range brains {
			if matched(m.row, b.row, p.Match) {
				pairs = append(pairs, [2]one{m, b})
			}
		}
	}
	if len(pairs) == 0 {
		return fmt.Errorf("no model RDM agrees with a brain RDM in %v", p.Match)
	}
	rows, err := similar(ctx, env, pairs, p)
	if err != nil {
		return err
	}
	for i, pair := range pairs {
		if c := ceilings[place(pair[1].row)]; c != nil {
			rows[i].CeilingLow, rows[i].CeilingHigh = c.Lower, c.Upper
		}
	}
	return similarities.Write(env.Out, rows)
}

// similar compares the pairs, several at a time. Each pair's numbers follow from
// the seed alone.
func similar(ctx context.Context, env *stage.Env, pairs [][2]one, p Params) ([]similarities.Row, error) {
	rows := make([]similarities.Row, len(pairs))
	var mu sync.Mutex
	done := int64(0)
	group := pool.New().WithMaxGoroutines(max(1, env.Workers)).WithContext(ctx).WithCancelOnError().WithFirstError()
	inner := max(1, env.Workers/len(pairs))
	for i, pair := range pairs {
		group.Go(func(ctx context.Context) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			m, b := pair[0], pair[1]
			var err error
			if rows[i], err = similarity(ctx, m, b, p, inner); err != nil {
				return fmt.Errorf("%s against %s: %w", label(m.row), label(b.row), err)
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			env.Progress(done, int64(len(pairs)), "pairs")
			return nil
		})
	}
	return rows, group.Wait()
}

// load opens the selected RDMs of all artifacts, until the function that it returns closes
// them.
func load(list []*artifacts.Artifact, sel Selector, opts compare.Options) (out []one, closeAll func(), err error) {
	var open []*rdms.Mapped
	unmap := func() {
		for _, set := range open {
			set.Close()
		}
	}
	defer func() {
		if err != nil {
			unmap()
		}
	}()
	for _, a := range list {
		set, err := rdms.Map(a)
		if err != nil {
			return nil, nil, err
		}
		open = append(open, set)
		for i, row := range set.Rows {
			if !sel.takes(row) {
				continue
			}
			r, err := rdm.New(row.Metric, set.RDM(i), set.Conditions)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %s: %w", a.Dir(), label(row), err)
			}
			out = append(out, one{row, r, set.Folds, sync.OnceValues(func() (*compare.Prepared, error) {
				if len(r.Values) >= 1<<20 {
					// What is prepared takes the place of the values, and of what the sort took.
					defer runtime.GC()
					defer set.Forget()
				}
				return compare.Prepare(r.Values, opts)
			})})
		}
	}
	if len(out) == 0 {
		return nil, nil, fmt.Errorf("no RDM is selected by %+v", sel)
	}
	return out, unmap, nil
}

// shared cuts the brains to the conditions that all brains and models have.
func shared(models, brains []one, opts compare.Options, log zerolog.Logger) ([]one, error) {
	conditions := brains[0].rdm.Names
	for _, o := range slices.Concat(models, brains) {
		joined, err := naming.Join(o.rdm.Names, conditions, true)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", label(o.row), err)
		}
		if len(joined.LeftB) > 0 {
			log.Warn().Str("rdm", label(o.row)).Int("conditions", len(joined.B)).Strs("left_out", joined.LeftB).Msg("conditions that not all have are left out")
			conditions = pick(conditions, joined.B)
		}
	}
	out := make([]one, len(brains))
	for i, b := range brains {
		joined, err := naming.Join(b.rdm.Names, conditions, false)
		if err != nil {
			return nil, err
		}
		r, err := b.rdm.Subset(joined.A)
		if err != nil {
			return nil, err
		}
		r.Names = conditions
		prepare := sync.OnceValues(func() (*compare.Prepared, error) { return compare.Prepare(r.Values, opts) })
		out[i] = one{row: b.row, rdm: r, prepared: prepare}
	}
	return out, nil
}

func pick(list []string, index []int) []string {
	out := make([]string, len(index))
	for i, k := range index {
		out[i] = list[k]
	}
	return out
}

func matched(a, b rdms.Row, by []string) bool {
	for _, f := range by {
		if !fields[f](a, b) {
			return false
		}
	}
	return true
}

// similarity compares two RDMs, tests and bounds the value.
func similarity(ctx context.Context, m, b one, p Params, workers int) (similarities.Row, error) {
	row := similarities.Row{
		Compared: m.row.Kind, Model: m.row.Model, Layer: m.row.Layer, Trained: m.row.Subject,
		Kind: b.row.Kind, Dataset: p.Dataset, Subject: b.row.Subject, ROI: b.row.ROI, Session: b.row.Session, Split: b.row.Split, Time: b.row.Time,
		Method: string(p.Method), Alternative: string(p.Alternative), Conditions: int64(len(b.rdm.Names)),
		P: math.NaN(), CILow: math.NaN(), CIHigh: math.NaN(), CeilingLow: math.NaN(), CeilingHigh: math.NaN(),
	}
	model, err := sameOrder(m.rdm, b.rdm.Names)
	if err != nil {
		return row, err
	}
	opts := p.options()
	if m.folds != nil {
		row.Value, err = withinFolds(m, model, b.rdm, opts)
		return row, err
	}
	opts.Workers = workers
	if p.OmitNaN { // pairs that are left out differ from RDM to RDM, and are not tested
		row.Value, err = compare.RDMs(model, b.rdm, opts)
		return row, err
	}
	ofModel := m.prepared
	if model != m.rdm {
		ofModel = func() (*compare.Prepared, error) { return compare.Prepare(model.Values, opts) }
	}
	x, err := ofModel()
	if err != nil {
		return row, fmt.Errorf("model: %w", err)
	}
	y, err := b.prepared()
	if err != nil {
		return row, fmt.Errorf("brain: %w", err)
	}
	if row.Value, err = x.With(y); err != nil {
		return row, err
	}
	if p.Permutations > 0 {
		test := compare.Test{Permutations: p.Permutations, Seed: p.Seed, Workers: workers}
		null, err := compare.PreparedNull(ctx, x, y, opts, test)
		if err != nil {
			return row, err
		}
		row.P, row.Permutations, row.Exact = null.P(p.Alternative), int64(len(null.Deviations)), null.Exact
	}
	if p.Bootstrap > 0 {
		ci, err := interval(ctx, model, b.rdm, opts, p)
		if err != nil {
			return row, err
		}
		row.CILow, row.CIHigh = ci.Low, ci.High
	}
	return row, nil
}

// sameOrder gives the RDM of the named conditions, in their order and in these words.
func sameOrder(m *rdm.RDM, names []string) (*rdm.RDM, error) {
	if slices.Equal(m.Names, names) {
		return m, nil
	}
	joined, err := naming.Join(m.Names, names, false)
	if err != nil {
		return nil, err
	}
	out, err := m.Subset(joined.A)
	if err != nil {
		return nil, err
	}
	out.Names = names
	return out, nil
}

// interval is the 95 % percentile interval over images drawn with replacement.
// Pairs of an image with its own copy are left out: their zeros would raise
// every correlation. The whitened methods have no interval: their covariance is
// not defined for a draw with copies. Nor have three images.
func interval(ctx context.Context, a, b *rdm.RDM, opts compare.Options, p Params) (inference.Interval, error) {
	if !p.Method.OfSubsets() || b.N < inference.FewestConditions {
		return inference.Interval{Low: math.NaN(), High: math.NaN(), Level: 0.95}, nil
	}
	resampler, err := compare.NewResampler(a.Values, b.Values, b.N, opts)
	if err != nil {
		return inference.Interval{}, err
	}
	boot, err := inference.Bootstrap(ctx, 1, b.N, inference.Conditions, inference.BootstrapOptions{Samples: p.Bootstrap, Seed: p.Seed},
		func(_, conditions []int) (float64, error) { return resampler.Of(conditions) })
	if err != nil {
		return inference.Interval{}, fmt.Errorf("bootstrap: %w", err)
	}
	return inference.Percentile(boot, 0.95)
}

// place is what brains share whose RDMs make one noise ceiling.
func place(r rdms.Row) string {
	return r.Kind + "\x00" + r.ROI + "\x00" + r.Split + "\x00" + strconv.FormatFloat(r.Time, 'g', -1, 64)
}

// noiseCeilings bounds what a model can reach, place by place. A place with one
// subject has none; one whose RDMs have none (opposite ones) is logged with the reason.
func noiseCeilings(brains []one, folds *one, opts compare.Options, log zerolog.Logger) (map[string]*compare.Bounds, error) {
	groups := map[string][]one{}
	for _, b := range brains {
		groups[place(b.row)] = append(groups[place(b.row)], b)
	}
	out := map[string]*compare.Bounds{}
	for key, list := range groups {
		subjects := map[string]bool{}
		var set []*rdm.RDM
		var names []string
		for _, b := range list {
			aligned, err := sameOrder(b.rdm, list[0].rdm.Names)
			if err != nil {
				return nil, fmt.Errorf("noise ceiling: %s: %w", label(b.row), err)
			}
			set, names = append(set, aligned), append(names, b.row.Subject)
			subjects[b.row.Subject] = true
		}
		if len(subjects) < 2 {
			continue
		}
		bounds, err := ceiling(set, names, folds, opts)
		if errors.Is(err, compare.ErrCeiling) {
			log.Warn().Str("kind", list[0].row.Kind).Str("roi", list[0].row.ROI).Err(err).Msg("similarities without a noise ceiling")
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("noise ceiling: %w", err)
		}
		out[key] = bounds
	}
	return out, nil
}

func label(r rdms.Row) string {
	text := r.Kind
	for _, part := range []string{r.Model, r.Layer, r.Subject, r.ROI, r.Session, r.Split} {
		if part != "" {
			text += " " + part
		}
	}
	if !math.IsNaN(r.Time) {
		text += fmt.Sprintf(" %.3f s", r.Time)
	}
	return strings.TrimSpace(text)
}
