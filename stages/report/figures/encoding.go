package figures

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/number"
	"realnet/stages/report/text"
)

// Encoding draws how well each layer of each model predicts the responses of each region:
// a map per model, divided by the noise ceiling where there is one; and the models' unique
// shares of variance in the same way.
func Encoding(d Data) ([]Figure, error) {
	var out []Figure
	for _, relation := range []string{statistics.Within, statistics.Other} {
		rows, scale := d.encodingCells(statistics.EncodingNormalised, relation), "r / noise ceiling"
		normalised := len(rows) > 0
		if !normalised {
			rows, scale = d.encodingCells(statistics.Encoding, relation), "r"
		}
		if len(rows) == 0 {
			continue
		}
		f := Figure{Name: "encoding-" + relation}
		f.Title, f.Caption = text.Figure("encoding", text.Values{"Normalised": normalised})
		f, err := d.encodingMap(rows, f, scale)
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
		model := ""
		if beside != "layers" {
			model = d.Models.Text(beside)
		}
		f := Figure{Name: "encoding-unique-" + beside}
		f.Title, f.Caption = text.Figure("encoding-unique", text.Values{"Model": model})
		f, err := d.encodingMap(here, f, "unique R²")
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
	f.Alt = "From " + number.Fixed(reach.low, 3) + " to " + number.Fixed(reach.high, 3) + "; the largest is that of layer " + best.Layer + " of " + d.Models.Text(best.Model) + " in " + best.ROI + "."
	f.Sources = []string{"statistics"}
	return f.finish(s)
}
