package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"realnet/artifacts/schemas/statistics"
)

// Encoding draws how well each layer of each model predicts the responses of each region:
// a map a model, divided by the noise ceiling where there is one; and the models' unique
// shares of variance in the same way.
func Encoding(d Data) ([]Figure, error) {
	var out []Figure
	for _, relation := range []string{statistics.Within, statistics.Other} {
		rows := d.encodingCells(statistics.EncodingNormalised, relation)
		text, what := "r / noise ceiling", "Correlation of predicted and measured responses, divided by its noise ceiling"
		if len(rows) == 0 {
			rows, text, what = d.encodingCells(statistics.Encoding, relation), "r", "Correlation of predicted and measured responses"
		}
		if len(rows) == 0 {
			continue
		}
		caption := what + ", by ridge regression from each layer on images that took no part in it: mean over the responses of a region and over subjects. One row per region, one column per layer. Intervals over folds of the images are in the table of results."
		f, err := d.encodingMap(rows, Figure{Name: "encoding-" + relation, Title: "Predicted responses by region and layer", Caption: caption}, text)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	unique := filter(d.Statistics, func(r statistics.Row) bool {
		return r.Kind == statistics.EncodingUnique && r.Relation == statistics.Within && r.ROI != statistics.Overall
	})
	for _, beside := range inOrder(unique, func(r statistics.Row) string { return r.Reference }, nil) {
		here := filter(unique, func(r statistics.Row) bool { return r.Reference == beside })
		of := "the other layers"
		if beside != "layers" {
			of = "the same layer of " + d.Models.Text(beside)
		}
		f, err := d.encodingMap(here, Figure{
			Name: "encoding-unique-" + beside, Title: "Variance that a layer explains beside " + of,
			Caption: "Share of variance of the responses (R² of both less R² without the layer, banded ridge), mean over the responses of a region and over subjects. Below 0: the layer makes predictions worse.",
		}, "unique R²")
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func (d Data) encodingCells(kind, relation string) []statistics.Row {
	return filter(d.Statistics, func(r statistics.Row) bool {
		return r.Kind == kind && r.Relation == relation && r.Layer != "" && r.ROI != "" && r.ROI != statistics.Overall && !math.IsNaN(r.Value)
	})
}

// encodingMap draws a map of layers and regions for each model.
func (d Data) encodingMap(rows []statistics.Row, f Figure, scale string) (Figure, error) {
	models := inOrder(rows, func(r statistics.Row) string { return r.Model }, d.Models.Shown())
	layers := inOrder(rows, func(r statistics.Row) string { return r.Layer }, layerOrder)
	regions := inOrder(rows, func(r statistics.Row) string { return r.ROI }, regionOrder)
	reach := newSpan()
	for _, r := range rows {
		reach.add(r.Value)
	}
	names := slices.Clone(regions)
	slices.Reverse(names)
	s := sheet{columns: min(len(models), 4), narrow: 1, height: vg.Length(len(regions))*18 + 50, foot: 30, sameY: true}
	var best statistics.Row
	for _, m := range models {
		g := grid{low: reach.low, high: reach.high}
		for _, roi := range regions {
			var line []float64
			for _, l := range layers {
				r, ok := first(rows, func(r statistics.Row) bool { return r.Model == m && r.ROI == roi && r.Layer == l })
				if !ok {
					r.Value = math.NaN()
				}
				if ok && (best.Name == "" || r.Value > best.Value) {
					best = r
				}
				line = append(line, r.Value)
			}
			g.values = append(g.values, line)
		}
		s.panels = append(s.panels, panel{title: d.Models.Text(m), x: axis{names: layers}, y: axis{names: names}, marks: []plot.Plotter{g}})
	}
	s.drawTo = scaleBar(reach.low, reach.high, scale, perceptual)
	f.Alt = fmt.Sprintf("From %.3f to %.3f; the largest is that of layer %s of %s in %s.", reach.low, reach.high, best.Layer, d.Models.Text(best.Model), best.ROI)
	f.Sources = []string{"statistics"}
	return f.finish(s)
}
