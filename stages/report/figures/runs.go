package figures

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/stages/report/text"
)

// Value is one result of one run; bounds are NaN without an interval.
type Value struct{ Value, Low, High float64 }

// Runs draws results of several runs below each other: for each name one value
// a run, nil where the run lacks it.
func Runs(runs, names []string, values [][]*Value) (Figure, error) {
	p := panel{x: axis{label: "value", ticks: 6}, marks: []plot.Plotter{zero(true)}}
	p.y.names = make([]string, len(names))
	s := sheet{height: vg.Length(len(names))*(10+6*vg.Length(len(runs))) + 50}
	alt := ""
	for r, run := range runs {
		l := markStyle{colour: roles[Aligned].colour, shape: draw.CircleGlyph{}}
		if r > 0 {
			l = markStyle{colour: palette[(r-1)%len(palette)], shape: []draw.GlyphDrawer{draw.PyramidGlyph{}, draw.BoxGlyph{}, diamond{}}[(r-1)%3]}
		}
		s.key = append(s.key, entry{text: run, style: l})
		var list []mark
		for i, name := range names {
			at := len(names) - 1 - i
			p.y.names[at] = name
			if v := values[i][r]; v != nil && !math.IsNaN(v.Value) {
				list = append(list, mark{float64(at) - offset(r, len(runs), 0.4), v.Value, v.Low, v.High})
				alt += fmt.Sprintf("%s in %s %.3g%s. ", name, run, v.Value, bounds(v.Low, v.High))
			}
		}
		big := means(l, list).sideways()
		big.glyph.Radius = 2.8
		p.marks = append(p.marks, big)
	}
	s.panels = []panel{p}
	f := Figure{Name: "runs", Alt: alt}
	f.Title, f.Caption = text.Figure("runs", nil)
	return f.finish(s)
}
