package stats

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/inference"
)

// timeCourses tests, over EEG subjects, at which times a variant's similarity
// differs from the control's (or the base's): sign-flip clusters that are formed
// anew under every flip. The similarity is the mean over layers and training
// subjects.
func timeCourses(sims []similarities.Row, p Params, workers int) ([]statistics.Row, error) {
	curves := map[string]map[string]map[float64]*running{} // variant, EEG subject, time
	times := map[float64]bool{}
	var variants []string
	for _, s := range sims {
		if s.Kind != "eeg" || math.IsNaN(s.Time) || (len(p.Layers) > 0 && !slices.Contains(p.Layers, s.Layer)) {
			continue
		}
		if curves[s.Model] == nil {
			curves[s.Model] = map[string]map[float64]*running{}
			variants = append(variants, s.Model)
		}
		if curves[s.Model][s.Subject] == nil {
			curves[s.Model][s.Subject] = map[float64]*running{}
		}
		if curves[s.Model][s.Subject][s.Time] == nil {
			curves[s.Model][s.Subject][s.Time] = &running{}
		}
		curves[s.Model][s.Subject][s.Time].add(s.Value)
		times[s.Time] = true
	}
	reference := p.Control
	if curves[reference] == nil {
		reference = p.Base
	}
	if len(curves[reference]) < 2 {
		return nil, nil // no EEG, or one subject: nothing to flip
	}
	var axis []float64
	for t := range times {
		axis = append(axis, t)
	}
	sort.Float64s(axis)
	var rows []statistics.Row
	for _, v := range variants {
		if v == p.Base || v == reference {
			continue
		}
		sample, subjects, err := differences(curves[v], curves[reference], axis)
		if err != nil {
			return nil, fmt.Errorf("EEG time course of %s: %w", v, err)
		}
		o := inference.DefaultClusterOptions()
		o.Permutations, o.Seed, o.Workers = p.Flips, p.Seed, workers
		res, err := inference.ClusterTest(sample, o)
		if err != nil {
			return nil, fmt.Errorf("EEG time course of %s: %w", v, err)
		}
		for k, c := range res.Clusters {
			rows = append(rows, statistics.Row{
				Name: fmt.Sprintf("eeg-cluster/%s/over-%s/%d", v, reference, k+1), Family: "eeg-cluster/" + v,
				Value: c.Mass, CILow: axis[c.Start], CIHigh: axis[c.Stop-1], P: c.P, PAdj: c.P, N: int64(subjects), Unit: "EEG subjects",
				Test:  fmt.Sprintf("sign-flip cluster mass, two-sided, %d flips (exact: %v), smallest possible p %.2g; the interval is the cluster's time in seconds", res.Flips, res.Exact, res.SmallestP),
				Text:  fmt.Sprintf("Between these times %s is closer to (or, if negative, farther from) the EEG than %s.", v, reference),
				Model: v, Time: axis[c.Start],
			})
		}
	}
	return rows, nil
}

type running struct {
	sum float64
	n   int
}

func (r *running) add(v float64) { r.sum += v; r.n++ }
func (r *running) mean() float64 { return r.sum / float64(r.n) }

// differences is subjects x times of a - b.
func differences(a, b map[string]map[float64]*running, axis []float64) (inference.Sample, int, error) {
	var names []string
	for s := range a {
		names = append(names, s)
	}
	sort.Strings(names)
	out := inference.Sample{Subjects: len(names), Points: len(axis)}
	for _, s := range names {
		for _, t := range axis {
			x, y := a[s][t], b[s][t]
			if x == nil || y == nil {
				return out, 0, fmt.Errorf("EEG subject %s lacks the time %v s in one of the models", s, t)
			}
			out.Values = append(out.Values, x.mean()-y.mean())
		}
	}
	return out, len(names), nil
}
