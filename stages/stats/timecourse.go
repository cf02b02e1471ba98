package stats

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"

	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/inference"
)

// timeCourses tests at which times a variant's similarity with EEG differs from that of a
// reference: the control (or the base) and, for a variant that must gain, those trained
// on shuffled pairs. Each training is compared with every EEG subject, and clusters are
// formed anew in every draw that flips the signs of trainings and of EEG subjects, so that
// what one training happened to have is not taken for an effect. The similarity is the
// mean over layers; where there are several layers each is tested as well. The layers of
// a variant are one test: a draw flips all layers at once, and a cluster of any layer is
// compared with the largest of all layers, so that the error of claiming any is
// controlled over times and layers.
func timeCourses(ctx context.Context, sims []similarities.Row, p Params, workers int) ([]statistics.Row, error) {
	all := newCourses(sims, p.Layers)
	control := p.Control
	if all.of[overLayers][control] == nil {
		control = p.Base
	}
	if len(all.subjects) < 2 {
		return nil, nil // no EEG, or one subject: nothing to flip
	}
	var rows []statistics.Row
	for _, v := range all.variants {
		if v == p.Base || v == control {
			continue
		}
		references := []string{control}
		for _, e := range p.Expect {
			if e.Variant == v && e.Gain {
				references = append(references, p.Shuffled...)
			}
		}
		for _, reference := range references {
			if all.of[overLayers][reference] == nil {
				continue
			}
			mean, err := all.test(ctx, v, reference, []string{overLayers}, p, workers)
			if err != nil {
				return nil, fmt.Errorf("EEG time course of %s over %s: %w", v, reference, err)
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
				return nil, fmt.Errorf("EEG time courses of the layers of %s over %s: %w", v, reference, err)
			}
			rows = append(rows, each...)
		}
	}
	return rows, nil
}

// gateClusters makes a cluster a claim only where the gain over the same reference in the
// window chosen in advance is one: the corrected p of a cluster is never below that of this
// gain, and 1 where the gain has the other sign. The gain is tested over images and
// trainings, which are fixed, or few, in the test of clusters. Rows have corrected p.
func gateClusters(rows []statistics.Row) {
	for i := range rows {
		r := &rows[i]
		if r.Kind != statistics.Cluster {
			continue
		}
		for _, g := range rows {
			if g.Kind != statistics.Gain || g.Model != r.Model || g.Reference != r.Reference || g.Relation != r.Relation || g.Subject != "" || !g.Tested() {
				continue
			}
			opposed := g.Value*r.Value < 0
			if r.PCorrected = max(r.PCorrected, g.PCorrected); opposed {
				r.PCorrected = 1
			}
			r.Test += say("test-cluster-gate", words{"P": fmt.Sprintf("%.2g", g.PCorrected), "Opposed": opposed})
		}
	}
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
				if len(all.subjects) < 2 || len(tested) < 2 && tested[0] != overLayers || len(all.times) < 2 {
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

// courses are similarities with EEG over time.
type courses struct {
	of               map[string]map[string]map[pair]map[float64]*running // layer, variant, pair, time
	layers, variants []string                                            // in the order of the rows
	subjects         []string                                            // of the EEG, sorted
	times            []float64                                           // ascending, seconds
}

// pair is a network, by the subject who trained it ("": none did), and an EEG subject.
type pair struct{ trained, subject string }

// newCourses gathers the rows of the given layers, of all if none is given.
func newCourses(sims []similarities.Row, layers []string) courses {
	c := courses{of: map[string]map[string]map[pair]map[float64]*running{}}
	seen := map[float64]bool{}
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
		if !slices.Contains(c.subjects, s.Subject) {
			c.subjects = append(c.subjects, s.Subject)
		}
		for _, layer := range []string{overLayers, s.Layer} {
			of := entry(entry(entry(c.of, layer), s.Model), pair{s.Trained, s.Subject})
			if of[s.Time] == nil {
				of[s.Time] = &running{}
			}
			of[s.Time].add(s.Value)
			if s.Layer == overLayers {
				break // a network without named layers
			}
		}
		seen[s.Time] = true
	}
	sort.Strings(c.subjects)
	c.times = slices.Sorted(maps.Keys(seen))
	return c
}

// entry is m[key], made if it is not there.
func entry[A, B comparable, V any](m map[A]map[B]V, key A) map[B]V {
	if m[key] == nil {
		m[key] = map[B]V{}
	}
	return m[key]
}

// trainings are the subjects who trained a variant's networks, sorted.
func (c courses) trainings(variant string) []string {
	seen := map[string]bool{}
	for p := range c.of[overLayers][variant] {
		seen[p.trained] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// test is the cluster test of one variant over layers x times.
func (c courses) test(ctx context.Context, variant, reference string, layers []string, p Params, workers int) ([]statistics.Row, error) {
	sample, err := c.differences(variant, reference, layers)
	if err != nil {
		return nil, err
	}
	o := inference.DefaultClusterOptions()
	o.Permutations, o.Seed, o.Workers = p.Flips, p.Seed, workers
	sample, kept := varying(sample)
	if len(kept) == 0 {
		return nil, nil
	}
	o.Adjacency = among(make(inference.Adjacency, len(layers)).OverTime(len(c.times)), kept) // no layer touches another
	res, err := inference.CrossedClusters(ctx, sample, o)
	if err != nil {
		return nil, err
	}
	constant := len(layers)*len(c.times) - len(kept)
	var rows []statistics.Row
	count := map[string]int{}
	for _, found := range res.Clusters {
		first, final := kept[found.Start], kept[found.Stop-1]
		layer, start, last := layers[first/len(c.times)], first%len(c.times), final%len(c.times)
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
		if sample.Trainings > 1 {
			row.NSubjects = int64(sample.Trainings)
		}
		row.P, row.PCorrected = found.P, found.P // the largest mass over times and layers corrects already
		row.Model, row.Reference, row.Relation, row.Layer = variant, reference, statistics.EEG, layer
		row.Time, row.TimeEnd = c.times[start], c.times[last]
		row.Test = say("test-cluster", words{"Layers": len(layers), "Trainings": sample.Trainings, "Flips": res.Flips, "Exact": res.Exact, "Smallest": fmt.Sprintf("%.2g", res.SmallestP), "Constant": constant})
		row.Text = meaning("cluster", row, words{"From": math.Round(1000 * row.Time), "To": math.Round(1000 * row.TimeEnd), "More": found.Mass > 0})
		rows = append(rows, row)
	}
	return rows, nil
}

// differences is trainings x EEG subjects x (layers x times) of a variant less the
// reference: the network that the same subject trained, or the mean of those that there
// are.
func (c courses) differences(variant, reference string, layers []string) (inference.Crossed, error) {
	trainings, references := c.trainings(variant), c.trainings(reference)
	out := inference.Crossed{Trainings: len(trainings), Subjects: len(c.subjects), Points: len(layers) * len(c.times)}
	for _, training := range trainings {
		from := references // none of nothing, which is 0
		if slices.Contains(references, training) {
			from = []string{training}
		}
		for _, s := range c.subjects {
			for _, l := range layers {
				for _, t := range c.times {
					x, y := c.of[l][variant][pair{training, s}][t], running{}
					for _, f := range from {
						if v := c.of[l][reference][pair{f, s}][t]; v != nil {
							y.add(v.mean())
						}
					}
					if x == nil || y.n < len(from) {
						return out, fmt.Errorf("EEG subject %s lacks the time %v s in one of the models", s, t)
					}
					value := x.mean()
					if y.n > 0 {
						value -= y.mean()
					}
					out.Values = append(out.Values, value)
				}
			}
		}
	}
	return out, nil
}

// varying leaves out the points at which all values are the same: they have no t, and are in
// no cluster. kept are the points that remain.
func varying(s inference.Crossed) (out inference.Crossed, kept []int) {
	n := s.Trainings * s.Subjects
	for p := range s.Points {
		for k := 1; k < n; k++ {
			if s.Values[k*s.Points+p] != s.Values[p] {
				kept = append(kept, p)
				break
			}
		}
	}
	out = inference.Crossed{Trainings: s.Trainings, Subjects: s.Subjects, Points: len(kept)}
	for k := range n {
		for _, p := range kept {
			out.Values = append(out.Values, s.Values[k*s.Points+p])
		}
	}
	return out, kept
}

// among is an adjacency between some of its points, by their places in kept.
func among(a inference.Adjacency, kept []int) inference.Adjacency {
	out := make(inference.Adjacency, len(kept))
	for i, p := range kept {
		for _, near := range a[p] {
			if at, found := slices.BinarySearch(kept, near); found {
				out[i] = append(out[i], at)
			}
		}
	}
	return out
}

type running struct {
	sum float64
	n   int
}

func (r *running) add(v float64) { r.sum += v; r.n++ }
func (r *running) mean() float64 { return r.sum / float64(r.n) }
