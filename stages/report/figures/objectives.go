package figures

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/text"
)

// Objectives draws what each objective of the trainings does to each object dimension, layer
// by layer, with the other dimensions removed where that is defined: a map per objective.
func Objectives(d Data) ([]Figure, error) {
	rows := filter(d.Statistics, func(r statistics.Row) bool { return r.Kind == statistics.Objective })
	methods := inOrder(rows, func(r statistics.Row) string { return r.Method }, nil)
	if len(methods) == 0 {
		return nil, nil
	}
	method := methods[len(methods)-1] // semi-partial, or plain alone
	rows = filter(rows, func(r statistics.Row) bool { return r.Method == method })
	objectives := inOrder(rows, func(r statistics.Row) string { return r.Model }, nil)
	const overall = "mean"
	layers := []string{overall}
	for _, l := range inOrder(rows, func(r statistics.Row) string { return r.Layer }, layerOrder) {
		if l != "" {
			layers = append(layers, l)
		}
	}
	at := map[[3]string]statistics.Row{}
	reach := 0.0
	for _, r := range rows {
		layer := r.Layer
		if layer == "" {
			layer = overall
		}
		at[[3]string{r.Model, layer, r.Dimension}] = r
		reach = max(reach, math.Abs(r.Value))
	}
	names := inOrder(rows, func(r statistics.Row) string { return r.Dimension }, nil)
	sort.SliceStable(names, func(i, k int) bool {
		return at[[3]string{objectives[0], overall, names[i]}].Value > at[[3]string{objectives[0], overall, names[k]}].Value
	})
	labels := make([]string, len(names))
	planted := false
	for i, n := range names {
		labels[len(names)-1-i] = n
		if at[[3]string{objectives[0], overall, n}].Planted == statistics.Planted {
			labels[len(names)-1-i], planted = n+" *", true
		}
	}
	s := sheet{columns: min(len(objectives), 3), narrow: 1, height: vg.Length(len(names))*13 + 50, foot: 30, sameY: true}
	found := 0
	for _, o := range objectives {
		g := grid{low: -reach, high: reach, palette: diverging}
		var stars significant
		for i, n := range names {
			var line []float64
			for k, l := range layers {
				r, ok := at[[3]string{o, l, n}]
				if !ok {
					r.Value = math.NaN()
				}
				if ok && r.PCorrected < d.Alpha {
					stars = append(stars, vg.Point{X: vg.Length(k), Y: vg.Length(len(names) - 1 - i)})
					found++
				}
				line = append(line, r.Value)
			}
			g.values = append(g.values, line)
		}
		s.panels = append(s.panels, panel{title: o, x: axis{names: layers}, y: axis{names: slices.Clone(labels)}, marks: []plot.Plotter{g, stars}})
	}
	of := "correlation"
	if method != methods[0] {
		of = "semi-partial correlation"
	}
	s.drawTo = scaleBar(-reach, reach, "difference of "+of, diverging)
	f := Figure{
		Name: "objectives", Sources: []string{"statistics"},
		Alt: fmt.Sprintf("%d objectives, %d dimensions; %d cells are significant. The largest difference by %s is that of %s.", len(objectives), len(names), found, objectives[0], names[0]),
	}
	f.Title, f.Caption = text.Figure("objectives", text.Values{"Of": of, "Planted": planted})
	f, err := f.finish(s)
	return []Figure{f}, err
}

// significant puts dots into cells of a map.
type significant []vg.Point

// Plot implements plot.Plotter.
func (s significant) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, at := range s {
		c.DrawGlyph(draw.GlyphStyle{Color: color.Black, Radius: 1.6, Shape: draw.CircleGlyph{}}, vg.Point{X: x(float64(at.X)), Y: y(float64(at.Y))})
	}
}
