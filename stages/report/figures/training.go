package figures

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/artifacts/schemas/weights"
	"realnet/stages/report/text"
)

// Training draws the course of each loss over epochs.
func Training(d Data) ([]Figure, error) {
	panelsOf := []struct {
		title string
		of    func(weights.Epoch) float64
	}{
		{"classification (LC)", func(e weights.Epoch) float64 { return e.Classification }},
		{"mean squared error", func(e weights.Epoch) float64 { return e.MSE }},
		{"contrastive", func(e weights.Epoch) float64 { return e.Contrastive }},
		{"all, as minimised", func(e weights.Epoch) float64 { return e.Loss }},
		{"held-out images, all", func(e weights.Epoch) float64 { return e.ValidationLoss }},
	}
	curves := filter(d.Curves, func(c Curve) bool { return len(c.Epochs) > 0 })
	if len(curves) == 0 {
		return nil, nil
	}
	s := sheet{columns: 3, height: 150}
	for _, part := range panelsOf {
		p := panel{title: part.title, x: axis{label: "epoch"}}
		shown := false
		for _, c := range curves {
			l := d.Models.of(c.Model)
			var x, y []float64
			var units []mark
			for _, e := range c.Epochs {
				v := part.of(e)
				x, y = append(x, float64(e.Epoch)), append(y, v)
				units = append(units, mark{float64(e.Epoch), v, nan, nan})
				shown = shown || !math.IsNaN(v) && v != 0
			}
			p.marks = append(p.marks, curve{x, y, draw.LineStyle{Color: l.colour, Width: 1, Dashes: l.dashes}}, dots(l, units))
		}
		if shown {
			s.panels = append(s.panels, p)
		}
	}
	if len(s.panels) == 0 {
		return nil, nil
	}
	var labels []string
	alt := "Mean loss in the first and the last epoch:"
	for _, c := range curves {
		if c.Model != "" && !strings.Contains(" "+strings.Join(labels, " ")+" ", " "+c.Model+" ") {
			labels = append(labels, c.Model)
		}
		alt += fmt.Sprintf(" %s %.3g and %.3g;", c.Label, c.Epochs[0].Loss, c.Epochs[len(c.Epochs)-1].Loss)
	}
	f := Figure{
		Name: "training", Alt: strings.TrimSuffix(alt, ";") + ".", Sources: []string{"weights"},
	}
	f.Title, f.Caption = text.Figure("training", nil)
	s.key = d.Models.key(labels, true)
	f, err := f.finish(s)
	return []Figure{f}, err
}

// Variance draws how much of the variance the first components hold.
func Variance(d Data) ([]Figure, error) {
	if len(d.Components) == 0 {
		return nil, nil
	}
	p := panel{x: axis{label: "components", ticks: 6}, y: axis{label: "variance explained", percent: true, low: -0.001, high: 1.04}}
	alt := "Share of the variance of the training images that the kept components explain:"
	var key []entry
	for i, c := range d.Components {
		x, y := []float64{0}, []float64{0}
		var sum float64
		for k, r := range c.Ratio {
			sum += r
			x, y = append(x, float64(k+1)), append(y, sum)
		}
		l := markStyle{palette[i%len(palette)], draw.CircleGlyph{}, nil}
		if i > 0 {
			l.dashes = []vg.Length{vg.Length(2 + 2*i), 2}
		}
		p.marks = append(p.marks, curve{x, y, draw.LineStyle{Color: l.colour, Width: 1.4, Dashes: l.dashes}})
		key = append(key, entry{text: c.Label, style: l, line: true})
		alt += fmt.Sprintf(" %s %.1f %% (%d components).", c.Label, 100*sum, len(c.Ratio))
	}
	f := Figure{
		Name: "components", Alt: alt, Sources: []string{"targets"},
	}
	f.Title, f.Caption = text.Figure("components", nil)
	f, err := f.finish(sheet{panels: []panel{p}, width: 380, height: 190, key: key})
	return []Figure{f}, err
}
