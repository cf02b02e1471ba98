package stats

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/inference"
	"realnet/stages/analysis/naming"
	"realnet/stages/stage"
)

// Kinds of RDMs.
const (
	kindModel   = "model" // of a network
	kindNeurons = "neurons"
)

// layerwise gives the results of a network that no brain trained, layer by layer and
// region by region: the mean over subjects, in which the sessions of a subject count
// once together, with an interval and a test over images and subjects; and
// the mean agreement of brains of different kinds in the same way.
func layerwise(ctx context.Context, env *stage.Env, p Params) ([]statistics.Row, error) {
	g, err := gatherLayers(env, p)
	if err != nil {
		return nil, err
	}
	j, err := newEstimator(ctx, env, g, p)
	if err != nil {
		return nil, err
	}
	var regions [][2]string
	for _, b := range g.brains {
		if at := [2]string{b.relation, b.roi}; !slices.Contains(regions, at) {
			regions = append(regions, at)
		}
	}
	for _, region := range regions {
		people := g.people(region)
		for n, net := range g.networks {
			var row statistics.Row
			switch {
			case net.variant != "":
				row = statistics.New(statistics.Similarity, nameOf("similarity", net.variant, net.trained, region[1]), nameOf("similarity", region[1]))
				row.Model, row.Layer = net.variant, net.trained
			case region[0] == relationFMRI:
				row = statistics.New(statistics.Agreement, "agreement/"+net.trained+"/"+region[1], "agreement")
				row.Reference = net.trained
			default:
				continue // the brain itself
			}
			row.ROI, row.Method = region[1], string(p.Method)
			row.Text = meaning("similarity-mean", row, words{"What": rdmText(net), "Region": g.regionText(region, p.EEGWindow), "Subjects": len(people), "Left": g.left})
			var s statistic
			for _, person := range people {
				s = append(s, unit{person.subject, func(c cells) float64 { return weighted(person.weights, c[n]) }})
			}
			j.add(row, s, !p.SubjectFlips)
			if p.SubjectFlips && j.err == nil && len(j.rows) > 0 && j.rows[len(j.rows)-1].Name == row.Name {
				if err := j.flipSubjects(ctx, &j.rows[len(j.rows)-1], s, env.Workers); err != nil {
					return nil, err
				}
			}
		}
	}
	return j.rows, j.err
}

// flipSubjects tests a mean over subjects by flipping the signs of their values: the
// subjects are the sample, the images are fixed.
func (j *estimator) flipSubjects(ctx context.Context, row *statistics.Row, s statistic, workers int) error {
	if len(s) < 2 {
		row.Test += "; " + say("test-one-subject", nil)
		return nil
	}
	values := make([]float64, len(s))
	for i, u := range s {
		values[i] = u.of(j.all)
	}
	res, err := inference.SignFlip(ctx, inference.Sample{Values: values, Subjects: len(s), Points: 1},
		inference.Options{Permutations: j.p.Flips, Seed: j.p.Seed, Workers: workers})
	if errors.Is(err, inference.ErrNoVariance) {
		row.Test += "; " + say("test-no-variance", nil)
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", row.Name, err)
	}
	row.P = res.P[0]
	row.Test += "; " + say("test-flips", words{"Subjects": len(s), "Flips": res.Flips, "Exact": res.Exact, "Smallest": fmt.Sprintf("%.3g", res.SmallestP)})
	return nil
}

// nameOf joins the parts of a result's name that there are.
func nameOf(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "/")
}

// rdmText and regionText say for readers what RDMs are of.
func rdmText(n network) string {
	if n.variant == "" {
		return n.trained // neurons
	}
	return modelText(n.variant, n.trained)
}

func modelText(model, layer string) string {
	switch {
	case layer == "":
		return model
	case model == "":
		return "layer " + layer
	}
	return "layer " + layer + " of " + model
}

func regionText(region [2]string) string {
	switch {
	case region[1] == "" && region[0] == relationEEG:
		return "the EEG"
	case region[1] == "":
		return "the brain (" + region[0] + ")"
	}
	return region[1]
}

// weighted is the sum of values by weights; those of weight 0 do not count.
func weighted(weights, values []float64) float64 {
	var sum float64
	for i, w := range weights {
		if w != 0 {
			sum += w * values[i]
		}
	}
	return sum
}

// gatherLayers takes every layer as a network of its own (trained holds the layer's
// name), and so every region that is not of fMRI (without a variant).
func gatherLayers(env *stage.Env, p Params) (gathered, error) {
	var g gathered
	models, err := readAll(env.In["models"])
	if err != nil {
		return g, err
	}
	brains, err := readAll(env.In["fmri"])
	if err != nil {
		return g, err
	}
	if g.conditions, g.left, err = joinNames(models, brains, p.Intersect); err != nil {
		return g, err
	}
	each := func(sets []rdms.Set, take func(row rdms.Row, values []float64)) error {
		for _, set := range sets {
			for i, row := range set.Rows {
				values, err := arrange(set, i, g.conditions)
				if err != nil {
					return fmt.Errorf("%s %s%s: %w", row.Kind, row.Layer, row.ROI, err)
				}
				take(row, values)
			}
		}
		return nil
	}
	if err := each(models, func(row rdms.Row, values []float64) {
		if len(p.Layers) == 0 || slices.Contains(p.Layers, row.Layer) {
			g.networks = append(g.networks, network{variant: row.Model, trained: row.Layer, names: []string{row.Layer}, layers: [][]float64{values}})
		}
	}); err != nil {
		return g, err
	}
	if len(g.networks) == 0 {
		return g, fmt.Errorf("no model RDM of layers %v", p.Layers)
	}
	courses := windowed{}
	err = each(brains, func(row rdms.Row, values []float64) {
		if row.Split != "" || (len(p.ROIs) > 0 && !slices.Contains(p.ROIs, row.ROI)) {
			return
		}
		if !math.IsNaN(row.Time) {
			courses.add(row, values, p.EEGWindow)
			return
		}
		g.brains = append(g.brains, brain{relation: row.Kind, subject: row.Subject, roi: row.ROI, values: values})
		if row.Kind == kindNeurons { // whose agreement with the fMRI is a result
			g.networks = append(g.networks, network{trained: row.ROI, names: []string{row.ROI}, layers: [][]float64{values}})
		}
	})
	if err != nil {
		return g, err
	}
	means, err := courses.brains(p.EEGWindow)
	g.brains = append(g.brains, means...)
	for _, b := range means {
		g.overTime = append(g.overTime, [2]string{b.relation, b.roi})
	}
	return g, err
}

// regionText names a region, and the window over which its RDMs are averaged.
func (g gathered) regionText(region [2]string, window [2]float64) string {
	text := regionText(region)
	if slices.Contains(g.overTime, region) {
		text += fmt.Sprintf(" (mean RDM from %v to %v s)", window[0], window[1])
	}
	return text
}

// windowed collects RDMs over time, for one mean RDM of each subject, session and region
// over the window of the overall comparison.
type windowed struct {
	keys []rdms.Row // in the order of the rows; their time is 0
	sums map[rdms.Row][]float64
	n    map[rdms.Row]int
}

func (w *windowed) add(row rdms.Row, values []float64, window [2]float64) {
	if w.sums == nil {
		w.sums, w.n = map[rdms.Row][]float64{}, map[rdms.Row]int{}
	}
	inside := row.Time >= window[0] && row.Time <= window[1]
	row.Time = 0
	if w.sums[row] == nil {
		w.keys, w.sums[row] = append(w.keys, row), make([]float64, len(values))
	}
	if !inside {
		return
	}
	for k, v := range values {
		w.sums[row][k] += v
	}
	w.n[row]++
}

func (w *windowed) brains(window [2]float64) ([]brain, error) {
	var out []brain
	for _, row := range w.keys {
		if w.n[row] == 0 {
			return nil, fmt.Errorf("%s of subject %s has no time point from %v to %v s: set stats.eeg_window to the times to average", row.Kind, row.Subject, window[0], window[1])
		}
		for k := range w.sums[row] {
			w.sums[row][k] /= float64(w.n[row])
		}
		out = append(out, brain{relation: row.Kind, subject: row.Subject, roi: row.ROI, values: w.sums[row]})
	}
	return out, nil
}

// joinNames gives the conditions of all RDMs the names that the first brain has for
// them, by the rule of package naming, and returns those that are compared, sorted: all
// of the first brain, which the others must have, or with intersect those that all
// have. left says whether the first brain has more.
func joinNames(models, brains []rdms.Set, intersect bool) (shared []string, left *leftOut, err error) {
	if len(brains) == 0 {
		return nil, nil, fmt.Errorf("no RDM of a brain")
	}
	shared = brains[0].Conditions
	for _, of := range []struct {
		what string
		sets []rdms.Set
	}{{"brains", brains}, {"models", models}} {
		what, sets := of.what, of.sets
		for k := range sets {
			j, err := naming.Join(sets[k].Conditions, shared, intersect)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", what, err)
			}
			names, kept := slices.Clone(sets[k].Conditions), make([]string, len(j.B))
			for at, i := range j.B {
				kept[at] = shared[i]
				names[j.A[at]] = shared[i]
			}
			sets[k].Conditions, shared = names, kept
		}
	}
	if len(shared) < 4 {
		return nil, nil, fmt.Errorf("models and brains share %d conditions, 4 or more are needed: their images must have the same names", len(shared))
	}
	if all := len(brains[0].Conditions); len(shared) < all {
		var names []string
		for _, c := range brains[0].Conditions {
			if !slices.Contains(shared, c) {
				names = append(names, c)
			}
		}
		left = &leftOut{Shared: len(shared), All: all, Names: strings.Join(names[:min(len(names), 8)], ", ")}
		if more := len(names) - 8; more > 0 {
			left.Names += fmt.Sprintf(" and %d more", more)
		}
	}
	return slices.Sorted(slices.Values(shared)), left, nil
}

// person says what the mean over a subject's RDMs of a kind and region takes of each brain.
type person struct {
	subject string
	weights []float64
}

func (g gathered) people(region [2]string) []person {
	var out []person
	count := map[string]float64{}
	for _, b := range g.brains {
		if [2]string{b.relation, b.roi} != region {
			continue
		}
		if count[b.subject]++; count[b.subject] == 1 {
			out = append(out, person{b.subject, make([]float64, len(g.brains))})
		}
	}
	for _, p := range out {
		for i, b := range g.brains {
			if [2]string{b.relation, b.roi} == region && b.subject == p.subject {
				p.weights[i] = 1 / count[p.subject]
			}
		}
	}
	return out
}

// brainRows takes what rsa computed of single RDMs: layers against each session of each
// subject, noise ceilings, a subject's sessions against each other, and brains of
// different kinds.
func brainRows(sims []similarities.Row) []statistics.Row {
	var rows []statistics.Row
	ceilings := map[string]bool{}
	for _, s := range sims {
		if s.Split != "" || !math.IsNaN(s.Time) {
			continue // of a part of the data, or of one of many times: in the table of similarities
		}
		where := s.ROI + "/" + s.Subject
		if s.Session != "" {
			where += "/" + s.Session
		}
		var row statistics.Row
		switch {
		case s.Compared == kindModel:
			row = ofSimilarity(s, statistics.Similarity, nameOf("similarity", s.Model, s.Layer, where), "similarity-by-subject/"+s.ROI)
			row.Text = meaning("similarity-subject", row, words{"What": modelText(s.Model, s.Layer), "Region": regionText([2]string{s.Kind, s.ROI})})
			if !math.IsNaN(s.CeilingLow) && !ceilings[s.Kind+s.ROI] {
				ceilings[s.Kind+s.ROI] = true
				rows = append(rows, ceilingRow(s, statistics.CeilingLower, "lower", s.CeilingLow),
					ceilingRow(s, statistics.CeilingUpper, "upper", s.CeilingHigh))
			}
		case s.Trained == s.Subject:
			row = ofSimilarity(s, statistics.Reliability, "reliability/sessions/"+s.Subject+"/"+region(s.ROI), "reliability/sessions")
			row.Check, row.Relation, row.Session = pending, statistics.Sessions, ""
			row.Text = meaning("reliability-sessions", row, words{"Region": regionText([2]string{s.Kind, s.ROI})})
		default:
			row = ofSimilarity(s, statistics.Agreement, "agreement/"+s.Trained+"/"+where, "agreement-by-subject")
			row.Reference = s.Trained
			row.Text = meaning("agreement-subject", row, words{"Region": regionText([2]string{s.Kind, s.ROI})})
		}
		rows = append(rows, row)
	}
	return rows
}

// ofSimilarity is the row of one comparison by rsa.
func ofSimilarity(s similarities.Row, kind, name, family string) statistics.Row {
	row := statistics.New(kind, name, family)
	row.Value, row.CILow, row.CIHigh, row.P, row.N, row.Unit = s.Value, s.CILow, s.CIHigh, s.P, s.Conditions, "images"
	row.Model, row.Layer, row.Subject, row.Session, row.ROI, row.Method = s.Model, s.Layer, s.Subject, s.Session, s.ROI, s.Method
	row.Test = howTested(s)
	return row
}

// howTested says how rsa made the interval and the p value of a comparison.
func howTested(s similarities.Row) string {
	return say("test-labels", words{
		"Method": s.Method, "Tested": !math.IsNaN(s.P), "Exact": s.Exact, "Permutations": s.Permutations, "Alternative": s.Alternative, "Bootstrap": !math.IsNaN(s.CILow),
	})
}

func ceilingRow(s similarities.Row, kind, which string, value float64) statistics.Row {
	row := statistics.New(kind, "ceiling/"+s.ROI+"/"+which, "ceiling")
	row.Value, row.N, row.Unit, row.ROI, row.Method = value, s.Conditions, "images", s.ROI, s.Method
	row.Test, row.Text = say("test-ceiling", nil), meaning(kind, row, words{"Region": regionText([2]string{s.Kind, s.ROI})})
	return row
}
