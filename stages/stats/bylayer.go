package stats

import (
	"fmt"
	"slices"

	"realnet/artifacts/schemas/statistics"
)

// byLayer makes the rows that the similarity of a relation is the mean of: one
// for each variant, layer and region, with an interval and without a test. The
// question of the study is about the mean; so many tests would hide its answer.
func (j *judge) byLayer(relation string) {
	var regions []string
	for _, b := range j.g.brains {
		if !slices.Contains(regions, b.roi) {
			regions = append(regions, b.roi)
		}
	}
	for _, v := range j.g.variants {
		for _, layer := range j.layers(v) {
			for _, roi := range regions {
				m := j.measureOf(v, relation, j.in(layer, roi))
				if len(m) == 0 {
					continue
				}
				j.add(statistics.Row{
					Name: "similarity/" + v + "/" + relation + "/" + layer + "/" + region(roi), Family: "similarity-by-layer/" + relation,
					Model: v, Layer: layer, ROI: roi, Text: fmt.Sprintf("The same for layer %s and %s alone, mean over subjects.", layer, region(roi)),
				}, m, false)
			}
		}
	}
}

// dimensionByLayer makes such rows of how much more a variant follows a dimension than
// the base network does.
func (j *judge) dimensionByLayer(variant, dimension string) {
	for _, layer := range j.layers(variant) {
		pick := j.in(layer, dimension)
		m := j.measureOf(variant, dimension, pick).less(j.measureOf(j.p.Base, dimension, pick))
		if len(m) == 0 {
			continue
		}
		j.add(statistics.Row{
			Name: "dimension/" + variant + "/" + dimension + "/" + layer, Family: "dimension-by-layer/" + variant, Model: variant, Layer: layer, ROI: dimension,
			Text: fmt.Sprintf("How much more layer %s follows this dimension than that of %s, mean over subjects.", layer, j.p.Base),
		}, m, false)
	}
}

func (j *judge) layers(variant string) []string {
	at := slices.IndexFunc(j.g.networks, func(n network) bool { return n.variant == variant })
	return j.g.networks[at].names
}

// in takes, of the cells with a region or dimension, those of one layer.
func (j *judge) in(layer, roi string) func(cell) (cell, bool) {
	return func(at cell) (cell, bool) {
		row, ok := j.g.layerRow(at.n, layer)
		return cell{row, at.b}, ok && j.g.brains[at.b].roi == roi
	}
}
