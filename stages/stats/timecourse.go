package stats

import (
	"context"
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
// anew under every flip. The similarity is the mean over training subjects and
// over layers; where there are several layers each is tested as well. The layers
// of a variant are one test: a flip turns a subject's courses of all layers at
// once, and a cluster of any layer is compared with the largest of all layers, so
// that the error of claiming any is controlled over times and layers.
func timeCourses(ctx context.Context, sims []similarities.Row, p Params, workers int) ([]statistics.Row, error) {
	all := newCourses(sims, p.Layers)
	reference := p.Control
	if all.of[overLayers][reference] == nil {
		reference = p.Base
	}
	if len(all.of[overLayers][reference]) < 2 {
		return nil, nil // no EEG, or one subject: nothing to flip
	}
	var rows []statistics.Row
	for _, v := range all.variants {
		if v == p.Base || v == reference {
			continue
		}
		mean, err := all.test(ctx, v, reference, []string{overLayers}, p, workers)
		if err != nil {
			return nil, fmt.Errorf("EEG time course of %s: %w", v, err)
		}
		rows = append(rows, mean...)
		var layers []string
		for _, l := range all.layers {
			if all.of[l][v] != nil && all.of[l][reference] != nil {
				layers = append(layers, l)
			}
		}
		if len(layers) < 2 {
			continue // the mean is that layer
		}
		each, err := all.test(ctx, v, reference, layers, p, workers)
		if err != nil {
			return nil, fmt.Errorf("EEG time courses of the layers of %s: %w", v, err)
		}
		rows = append(rows, each...)
	}
	return rows, nil
}

// similarCourses tests, over EEG subjects and region by region, at which times a model is
// similar to the EEG at all, where no training is compared: sign-flip clusters of the
// similarities themselves, of the mean over layers and of each layer, as in timeCourses.
func similarCourses(ctx context.Context, sims []similarities.Row, p Params, workers int) ([]statistics.Row, error) {
	var rows []statistics.Row
	var regions []string
	for _, s := range sims {
		if !math.IsNaN(s.Time) && !slices.Contains(regions, s.ROI) {
			regions = append(regions, s.ROI)
		}
	}
	for _, region := range regions {
		all := newCourses(slices.DeleteFunc(slices.Clone(sims), func(s similarities.Row) bool { return s.ROI != region || s.Split != "" || s.Compared != kindModel }), p.Layers)
		for _, v := range all.variants {
			var layers []string
			for _, l := range all.layers {
				if all.of[l][v] != nil {
					layers = append(layers, l)
				}
			}
			for _, tested := range [][]string{{overLayers}, layers} {
				if len(all.of[overLayers][v]) < 2 || len(tested) < 2 && tested[0] != overLayers || len(all.times) < 2 {
					continue // one subject: nothing to flip; one layer: the mean is that layer
				}
				got, err := all.test(ctx, v, nothing, tested, p, workers)
				if err != nil {
					return nil, fmt.Errorf("time course of %s: %w", v, err)
				}
				for i := range got {
					if got[i].ROI = region; region != "" {
						got[i].Name = nameOf(got[i].Name, region)
					}
				}
				rows = append(rows, got...)
			}
		}
	}
	return rows, nil
}

// nothing stands for no similarity, with which a course is compared.
const nothing = ""

// overLayers stands for the mean of all layers where a layer is named.
const overLayers = ""

// courses are similarities with EEG over time, means over training subjects.
type courses struct {
	of               map[string]map[string]map[string]map[float64]*running // layer, variant, EEG subject, time
	layers, variants []string                                              // in the order of the rows
	times            []float64                                             // ascending, seconds
}

// newCourses gathers the rows of the given layers, of all if none is given.
func newCourses(sims []similarities.Row, layers []string) courses {
	c := courses{of: map[string]map[string]map[string]map[float64]*running{}}
	for _, s := range sims {
		if s.Kind != relationEEG || math.IsNaN(s.Time) || (len(layers) > 0 && !slices.Contains(layers, s.Layer)) {
			continue
		}
		if !slices.Contains(c.layers, s.Layer) {
			c.layers = append(c.layers, s.Layer)
		}
		if !slices.Contains(c.variants, s.Model) {
			c.variants = append(c.variants, s.Model)
		}
		for _, layer := range []string{overLayers, s.Layer} {
			of := entry(entry(entry(c.of, layer), s.Model), s.Subject)
			if of[s.Time] == nil {
				of[s.Time] = &running{}
			}
			of[s.Time].add(s.Value)
			if s.Layer == overLayers {
				break // a network without named layers
			}
		}
	}
	seen := map[float64]bool{}
	for _, subjects := range c.of[overLayers] {
		for _, times := range subjects {
			for t := range times {
				seen[t] = true
			}
		}
	}
	for t := range seen {
		c.times = append(c.times, t)
	}
	sort.Float64s(c.times)
	return c
}

// entry is m[key], made if it is not there.
func entry[K comparable, V any](m map[string]map[K]V, key string) map[K]V {
	if m[key] == nil {
		m[key] = map[K]V{}
	}
	return m[key]
}

// test is the cluster test of one variant over layers x times.
func (c courses) test(ctx context.Context, variant, reference string, layers []string, p Params, workers int) ([]statistics.Row, error) {
	sample, err := c.differences(variant, reference, layers)
	if err != nil {
		return nil, err
	}
	o := inference.DefaultClusterOptions()
	o.Permutations, o.Seed, o.Workers = p.Flips, p.Seed, workers
	o.Adjacency = make(inference.Adjacency, len(layers)).OverTime(len(c.times)) // no layer touches another
	res, err := inference.ClusterTest(ctx, sample, o)
	if err != nil {
		return nil, err
	}
	var rows []statistics.Row
	count := map[string]int{}
	for _, found := range res.Clusters {
		layer, start, last := layers[found.Start/len(c.times)], found.Start%len(c.times), (found.Stop-1)%len(c.times)
		count[layer]++
		name, family := "", "eeg-cluster/"+variant
		if layer != overLayers {
			name, family = layer+"/", "eeg-cluster-by-layer/"+variant
		}
		over := "over-" + reference
		if reference == nothing {
			over = "over-zero"
		}
		row := statistics.New(statistics.Cluster, fmt.Sprintf("eeg-cluster/%s/%s/%s%d", variant, over, name, count[layer]), family)
		row.Value, row.N, row.Unit = found.Mass, int64(sample.Subjects), "EEG subjects"
		row.P, row.PCorrected = found.P, found.P // the largest mass over times and layers corrects already
		row.Model, row.Reference, row.Relation, row.Layer = variant, reference, statistics.EEG, layer
		row.Time, row.TimeEnd = c.times[start], c.times[last]
		row.Test = say("test-cluster", words{"Layers": len(layers), "Flips": res.Flips, "Exact": res.Exact, "Smallest": fmt.Sprintf("%.2g", res.SmallestP)})
		row.Text = meaning("cluster", row, words{"From": math.Round(1000 * row.Time), "To": math.Round(1000 * row.TimeEnd), "More": found.Mass > 0})
		rows = append(rows, row)
	}
	return rows, nil
}

// differences is EEG subjects x (layers x times) of a variant less the reference.
func (c courses) differences(variant, reference string, layers []string) (inference.Sample, error) {
	var subjects []string
	for s := range c.of[overLayers][variant] {
		subjects = append(subjects, s)
	}
	sort.Strings(subjects)
	out := inference.Sample{Subjects: len(subjects), Points: len(layers) * len(c.times)}
	for _, s := range subjects {
		for _, l := range layers {
			a, b := c.of[l][variant][s], c.of[l][reference][s]
			for _, t := range c.times {
				x, y := a[t], b[t]
				if reference == nothing {
					y = &running{n: 1} // zero
				}
				if x == nil || y == nil {
					return out, fmt.Errorf("EEG subject %s lacks the time %v s in one of the models", s, t)
				}
				out.Values = append(out.Values, x.mean()-y.mean())
			}
		}
	}
	return out, nil
}

type running struct {
	sum float64
	n   int
}

func (r *running) add(v float64) { r.sum += v; r.n++ }
func (r *running) mean() float64 { return r.sum / float64(r.n) }
