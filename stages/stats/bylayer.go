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
		all := j.cellsOf(v, relation, "")
		if len(all) == 0 {
			continue
		}
		for _, layer := range j.g.networks[all[0].n].names {
			for _, roi := range regions {
				var list []cell
				for _, at := range all {
					if row, ok := j.g.layerRow(at.n, layer); ok && j.g.brains[at.b].roi == roi {
						list = append(list, cell{row, at.b})
					}
				}
				if len(list) == 0 {
					continue
				}
				j.add(statistics.Row{
					Name: "similarity/" + v + "/" + relation + "/" + layer + "/" + region(roi), Family: "similarity-by-layer/" + relation,
					Model: v, Layer: layer, ROI: roi, Text: fmt.Sprintf("The same for layer %s and %s alone, mean over subjects.", layer, region(roi)),
				}, meanOf(list), false)
			}
		}
	}
}
