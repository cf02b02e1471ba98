package figures

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Value is one result of one run; bounds are NaN without an interval.
type Value struct{ Value, Low, High float64 }

// Runs draws results of several runs below each other: for each name one value
// a run, nil where the run lacks it.
func Runs(runs, names []string, values [][]*Value) (Figure, error) {
	p := newPlot("", "value", "")
	p.X.Tick.Marker = ticks{6}
	p.Add(zero(true))
	all := newSpan()
	all.add(0)
	labels := make([]string, len(names))
	var key []entry
	alt := ""
	for r, run := range runs {
		l := look{colour: roles[Aligned].colour, shape: draw.CircleGlyph{}}
		if r > 0 {
			l = look{colour: palette[(r-1)%len(palette)], shape: []draw.GlyphDrawer{draw.PyramidGlyph{}, draw.BoxGlyph{}, diamond{}}[(r-1)%3]}
		}
		key = append(key, entry{text: run, look: l})
		var list []mark
		for i, name := range names {
			at := len(names) - 1 - i
			labels[at] = name
			if v := values[i][r]; v != nil && !math.IsNaN(v.Value) {
				m := mark{float64(at) - offset(r, len(runs), 0.4), v.Value, v.Low, v.High}
				all.add(m.value, m.low, m.high)
				list = append(list, m)
				alt += fmt.Sprintf("%s in %s %.3g%s. ", name, run, v.Value, bounds(v.Low, v.High))
			}
		}
		big := means(l, list).sideways()
		big.glyph.Radius = 2.8
		p.Add(big)
	}
	categories(&p.Y, labels, false)
	p.X.Min, p.X.Max = all.padded()
	f := Figure{Name: "runs", Title: "Results side by side", Alt: alt, Caption: "Bars: 95 % intervals, where the result has one."}
	return f.finish(620, vg.Length(len(names))*(10+6*vg.Length(len(runs)))+70, panels([]*plot.Plot{p}, 1, key))
}
