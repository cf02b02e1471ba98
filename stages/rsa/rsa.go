package rsa

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

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
	row   rdms.Row
	rdm   *rdm.RDM
	folds []int32 // of the conditions; nil: of one piece
}

func run(ctx context.Context, env *stage.Env, p Params) error {
	models, err := load(env.In["model"], p.Models)
	if err != nil {
		return fmt.Errorf("models: %w", err)
	}
	brains, err := load(env.In["brain"], p.Brains)
	if err != nil {
		return fmt.Errorf("brains: %w", err)
	}
	if p.Intersect {
		if brains, err = shared(models, brains, env.Log); err != nil {
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
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, env.Workers))
	inner := max(1, env.Workers/len(pairs))
	for i, pair := range pairs {
		group.Go(func() error {
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

// load reads the selected RDMs of all artifacts.
func load(list []*artifacts.Artifact, sel Selector) ([]one, error) {
	var out []one
	for _, a := range list {
		set, err := rdms.Read(a)
		if err != nil {
			return nil, err
		}
		for i, row := range set.Rows {
			if !sel.takes(row) {
				continue
			}
			r, err := rdm.New(row.Metric, set.RDM(i), set.Conditions)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", a.Dir(), label(row), err)
			}
			out = append(out, one{row, r, set.Folds})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no RDM is selected by %+v", sel)
	}
	return out, nil
}

// shared cuts the brains to the conditions that all brains and models have.
func shared(models, brains []one, log zerolog.Logger) ([]one, error) {
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
		out[i] = one{row: b.row, rdm: r}
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
	if row.Value, err = compare.RDMs(model, b.rdm, opts); err != nil {
		return row, err
	}
	if p.Permutations > 0 {
		test := compare.Test{Permutations: p.Permutations, Seed: p.Seed, Alternative: p.Alternative, Workers: workers}
		res, err := compare.Permute(ctx, model, b.rdm, opts, test)
		if err != nil {
			return row, err
		}
		row.P, row.Permutations, row.Exact = res.P, int64(res.Permutations), res.Exact
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
// not defined for a draw with copies.
func interval(ctx context.Context, a, b *rdm.RDM, opts compare.Options, p Params) (inference.Interval, error) {
	if p.Method == compare.WhitenedCorrelation || p.Method == compare.WhitenedCosine {
		return inference.Interval{Low: math.NaN(), High: math.NaN(), Level: 0.95}, nil
	}
	boot, err := inference.Bootstrap(ctx, 1, b.N, inference.Conditions, inference.BootstrapOptions{Samples: p.Bootstrap, Seed: p.Seed},
		func(_, conditions []int) (float64, error) {
			pairs := inference.DistinctPairs(conditions, b.N)
			x, y := make([]float64, len(pairs)), make([]float64, len(pairs))
			for i, k := range pairs {
				x[i], y[i] = a.Values[k], b.Values[k]
			}
			return compare.Vectors(x, y, opts)
		})
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
