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
		at := slices.IndexFunc(j.g.networks, func(n network) bool { return n.variant == v })
		for _, layer := range j.g.networks[at].names {
			for _, roi := range regions {
				m := j.measureOf(v, relation, func(at cell) (cell, bool) {
					row, ok := j.g.layerRow(at.n, layer)
					return cell{row, at.b}, ok && j.g.brains[at.b].roi == roi
				})
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
