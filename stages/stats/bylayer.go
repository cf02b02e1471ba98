package stats

import (
	"slices"

	"realnet/artifacts/schemas/statistics"
)

// byLayer makes the rows that the similarity of a relation is the mean of: one
// for each variant, layer and region, with an interval and without a test. The
// question of the study is about the mean; that many tests would hide its answer.
func (j *estimator) byLayer(relation string) {
	var regions []string
	for _, b := range j.g.brains {
		if !slices.Contains(regions, b.roi) {
			regions = append(regions, b.roi)
		}
	}
	for _, v := range j.g.variants {
		for _, layer := range j.layers(v) {
			for _, roi := range regions {
				s := j.similarityOf(v, j.p.in(relation), j.only(layer, roi))
				if len(s) == 0 {
					continue
				}
				row := statistics.New(statistics.Similarity, "similarity/"+v+"/"+relation+"/"+layer+"/"+region(roi), "similarity-by-layer/"+relation)
				row.Model, row.Relation, row.Layer, row.ROI = v, relation, layer, roi
				row.Method = string(j.p.Method)
				row.Text = meaning("similarity-layer", row, words{"Region": region(roi)})
				j.add(row, s, false)
			}
		}
	}
}

// dimensionByLayer makes such rows of how much more a variant follows a dimension than
// the base network does.
func (j *estimator) dimensionByLayer(variant, dimension string) {
	take := ofDimension(dimension)
	for _, layer := range j.layers(variant) {
		pick := j.only(layer, dimension)
		s := j.similarityOf(variant, take, pick).less(j.similarityOf(j.p.Base, take, pick))
		if len(s) == 0 {
			continue
		}
		row := statistics.New(statistics.Dimension, "dimension/"+variant+"/"+dimension+"/"+layer, "dimension-by-layer/"+variant)
		row.Model, row.Reference, row.Layer, row.Dimension, row.Method = variant, j.p.Base, layer, dimension, string(dimensionMethod)
		row.Text = meaning("dimension-layer", row, nil)
		j.add(row, s, false)
	}
}

func (j *estimator) layers(variant string) []string {
	at := slices.IndexFunc(j.g.networks, func(n network) bool { return n.variant == variant })
	return j.g.networks[at].names
}

// only takes, of the cells with a region or dimension, those of one layer.
func (j *estimator) only(layer, roi string) func(cell) (cell, bool) {
	return func(at cell) (cell, bool) {
		row, ok := j.g.layerRow(at.n, layer)
		return cell{row, at.b}, ok && j.g.brains[at.b].roi == roi
	}
}
