package stats

import (
	"context"
	"fmt"
	"math"
	"slices"

	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/stage"
)

// kindModel is the kind of a network's RDMs.
const kindModel = "model"

// layerwise gives the results of a network that no brain trained, layer by layer and
// region by region: the mean over subjects, in which the sessions of a subject count
// once together, with an interval and a test over images and subjects; and
// the mean agreement of brains of different kinds in the same way.
func layerwise(ctx context.Context, env *stage.Env, p Params) ([]statistics.Row, error) {
	g, err := gatherLayers(env, p)
	if err != nil {
		return nil, err
	}
	j, err := newJudge(ctx, env, g, p)
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
			row := statistics.Row{Model: net.variant, Layer: net.trained, ROI: region[1]}
			switch {
			case net.variant != "":
				row.Name, row.Family = "similarity/"+net.variant+"/"+net.trained+"/"+region[1], "similarity/"+region[1]
				row.Text = fmt.Sprintf("Spearman correlation of the RDM of layer %s with that of %s, mean over %d subjects.", net.trained, region[1], len(people))
			case region[0] == "fmri":
				row.Name, row.Family, row.Layer = "agreement/"+net.trained+"/"+region[1], "agreement", ""
				row.Text = fmt.Sprintf("Spearman correlation of the RDM of %s with that of %s, mean over %d subjects.", net.trained, region[1], len(people))
			default:
				continue // the brain itself
			}
			var m measure
			for _, person := range people {
				m = append(m, unit{person.subject, func(c cells) float64 { return dot(person.weights, c[n]) }})
			}
			j.add(row, m, true)
		}
	}
	return j.rows, j.err
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
	if g.conditions, err = common(models, []string{"fmri"}, map[string][]rdms.Set{"fmri": brains}); err != nil {
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
			g.networks = append(g.networks, network{variant: row.Model, trained: row.Layer, layers: [][]float64{values}})
		}
	}); err != nil {
		return g, err
	}
	if len(g.networks) == 0 {
		return g, fmt.Errorf("no model RDM of layers %v", p.Layers)
	}
	err = each(brains, func(row rdms.Row, values []float64) {
		if row.Split != "" || (len(p.ROIs) > 0 && !slices.Contains(p.ROIs, row.ROI)) {
			return
		}
		g.brains = append(g.brains, brain{relation: row.Kind, subject: row.Subject, roi: row.ROI, values: values})
		if row.Kind != "fmri" {
			g.networks = append(g.networks, network{trained: row.ROI, layers: [][]float64{values}})
		}
	})
	return g, err
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

// brainRows takes what rsa measured of single RDMs: layers against each session of each
// subject, noise ceilings, a subject's sessions against each other, and brains of
// different kinds.
func brainRows(sims []similarities.Row) []statistics.Row {
	var rows []statistics.Row
	ceilings := map[string]bool{}
	for _, s := range sims {
		if s.Split != "" {
			continue
		}
		how := fmt.Sprintf("%s, condition labels permuted (%d permutations, %s); 95 %% interval over images drawn with replacement", s.Method, s.Permutations, s.Alternative)
		row := statistics.Row{
			Value: s.Value, CILow: s.CILow, CIHigh: s.CIHigh, P: s.P, PAdj: math.NaN(), N: s.Conditions, Unit: "images", Test: how,
			Model: s.Model, Layer: s.Layer, Subject: s.Subject, ROI: s.ROI, Time: math.NaN(),
		}
		where := s.ROI + "/" + s.Subject
		if s.Session != "" {
			where += "/" + s.Session
		}
		switch {
		case s.Compared == kindModel:
			row.Name, row.Family = "similarity/"+s.Model+"/"+s.Layer+"/"+where, "similarity-by-subject/"+s.ROI
			row.Text = "Of this subject and session."
			if !math.IsNaN(s.CeilingLow) && !ceilings[s.Kind+s.ROI] {
				ceilings[s.Kind+s.ROI] = true
				rows = append(rows, ceilingRow(s, "lower", s.CeilingLow, "The correlation of a subject with the mean of the others: what any model should reach."),
					ceilingRow(s, "upper", s.CeilingHigh, "The correlation of a subject with the mean of all, itself included: no model can exceed it on average."))
			}
		case s.Trained == s.Subject:
			row.Name, row.Family, row.Check = "reliability/sessions/"+s.Subject+"/"+region(s.ROI), "reliability/sessions", pending
			row.Text = "How much the representational geometry of one session agrees with that of another of the same person."
		default:
			row.Name, row.Family = "agreement/"+s.Trained+"/"+where, "agreement-by-subject"
			row.Text = fmt.Sprintf("How much the geometry of %s in this subject and session agrees with that of %s.", s.ROI, s.Trained)
		}
		rows = append(rows, row)
	}
	return rows
}

func ceilingRow(s similarities.Row, which string, value float64, text string) statistics.Row {
	return statistics.Row{
		Name: "ceiling/" + s.ROI + "/" + which, Family: "ceiling", Value: value, CILow: math.NaN(), CIHigh: math.NaN(), P: math.NaN(), PAdj: math.NaN(),
		N: s.Conditions, Unit: "images", Test: "noise ceiling over subjects, all sessions of a subject left out together", Text: text, ROI: s.ROI, Time: math.NaN(),
	}
}
