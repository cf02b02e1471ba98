package figures

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// gap is a range of numbers that an axis leaves out, to show what is far above the
// data without pressing these together. What is above it takes a sixth of the axis.
type gap struct{ from, to, top float64 }

const (
	upper = 0.84 // where the part above the gap begins
	lost  = 0.06 // the gap's own share
)

// Normalize implements plot.Normalizer.
func (g gap) Normalize(low, high, v float64) float64 {
	if v <= g.from {
		return (upper - lost) * (v - low) / (g.from - low)
	}
	return upper + (1-upper)*(v-g.to)/(high-g.to)
}

type gapTicks struct {
	g     gap
	below plot.Ticker
}

// Ticks implements plot.Ticker: round numbers below the gap, one or two above it.
func (t gapTicks) Ticks(low, _ float64) []plot.Tick {
	out := t.below.Ticks(low, t.g.from)
	above := ticks{1}.Ticks(t.g.to, t.g.top)
	if len(above) > 2 {
		above = above[:2]
	}
	return append(out, above...)
}

// breakMark cuts the vertical axis where numbers are left out.
type breakMark struct{}

// Plot implements plot.Plotter.
func (breakMark) Plot(c draw.Canvas, _ *plot.Plot) {
	at := c.Min.Y + vg.Length(upper-lost/2)*(c.Max.Y-c.Min.Y)
	style := draw.LineStyle{Color: ink, Width: 0.8}
	for _, d := range []vg.Length{-2, 2} {
		c.StrokeLine2(style, c.Min.X-5, at+d-2, c.Min.X+5, at+d+2)
	}
}

// far is the gap between data and a noise ceiling that would press them together;
// nil where the ceiling is near enough to be drawn to scale.
func far(data, ceilings span) *gap {
	if data.low > data.high || ceilings.low > ceilings.high {
		return nil
	}
	size := data.high - data.low
	if ceilings.low < data.high+0.6*size {
		return nil
	}
	pad := max(0.3*(ceilings.high-ceilings.low), 0.01)
	return &gap{from: data.high + 0.06*size, to: ceilings.low - pad, top: ceilings.high + pad}
}

// sideLabel is the label of a broken vertical axis, drawn where the axis leaves room for an
// empty one. The library takes the middle of an axis for that of its numbers, and would make
// room above for a label that is not there.
type sideLabel struct{ text string }

// Plot implements plot.Plotter.
func (l sideLabel) Plot(c draw.Canvas, p *plot.Plot) {
	style := p.Y.Label.TextStyle
	style.Rotation += math.Pi / 2
	at := vg.Point{X: c.Min.X - l.axis(p) - 2*style.FontExtents().Descent - p.Y.Label.Padding - 2, Y: c.Center().Y}
	c.FillText(style, at, l.text)
}

// axis is the width of the axis without its label.
func (sideLabel) axis(p *plot.Plot) vg.Length {
	w := vg.Length(0)
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		w = max(w, p.Y.Tick.Label.Width(t.Label))
	}
	return w + p.Y.Tick.Label.Width(" ") + p.Y.Tick.Length + p.Y.Width/2 + p.Y.Padding
}
