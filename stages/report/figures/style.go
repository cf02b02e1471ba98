package figures

import (
	"html"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/stages/report/number"
)

// Sizes of text in points.
const (
	small  = 9
	normal = 9.5
	large  = 10.5
)

var (
	ink  = color.Black
	grey = color.NRGBA{128, 128, 128, 255}
)

func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

func textStyle(size vg.Length) text.Style {
	return text.Style{Color: ink, Font: sans(size), Handler: plot.DefaultTextHandler, XAlign: draw.XLeft, YAlign: draw.YBottom}
}

// newPlot returns an empty plot in the style of all figures.
func newPlot(title string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	if title != "" {
		p.Add(heading{title})
	}
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font = sans(normal)
		axis.Tick.Label.Font = sans(small)
		axis.Padding = 2
		axis.Width, axis.Tick.Width = 0.6, 0.6
		axis.Tick.Length = 4
	}
	return p
}

// heading is the title of a panel, above the middle of its data: those of panels side by
// side are level, whatever their axes need.
type heading struct{ text string }

func (h heading) style() text.Style {
	style := textStyle(large)
	style.XAlign, style.YAlign = draw.XCenter, draw.YBottom
	return style
}

// Plot implements plot.Plotter.
func (h heading) Plot(c draw.Canvas, _ *plot.Plot) {
	c.FillText(h.style(), vg.Point{X: c.Center().X, Y: c.Max.Y + headingGap}, h.text)
}

// GlyphBoxes implements plot.GlyphBoxer: room above the data.
func (h heading) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	return []plot.GlyphBox{{X: 0.5, Y: 1, Rectangle: vg.Rectangle{Max: vg.Point{Y: h.style().Height(h.text) + headingGap + 3}}}}
}

const headingGap = 5

// span is the range of values seen.
type span struct{ low, high float64 }

func newSpan() span { return span{math.Inf(1), math.Inf(-1)} }

func (s *span) add(values ...float64) {
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			s.low, s.high = min(s.low, v), max(s.high, v)
		}
	}
}

// padded widens the range by a share, so that no mark is on an edge.
func (s span) padded() (low, high float64) {
	if s.low > s.high {
		return 0, 1
	}
	d := 0.06 * (s.high - s.low)
	if d == 0 {
		d = max(math.Abs(s.low)*0.1, 0.01)
	}
	return s.low - d, s.high + d
}

// ticks marks round numbers: 1, 2 or 5 times a power of ten apart, at most
// about n of them.
type ticks struct{ n int }

// Ticks implements plot.Ticker.
func (t ticks) Ticks(low, high float64) []plot.Tick {
	raw := (high - low) / float64(max(t.n, 1))
	if !(raw > 0) || math.IsInf(raw, 0) {
		return nil
	}
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	switch f := raw / step; {
	case f > 5:
		step *= 10
	case f > 2:
		step *= 5
	case f > 1:
		step *= 2
	}
	digits := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	var out []plot.Tick
	for k := math.Ceil(low/step - 1e-9); k*step <= high+1e-9*step; k++ {
		v := k * step
		out = append(out, plot.Tick{Value: v, Label: number.Typeset(number.Fixed(v, digits))})
	}
	return out
}

// percent shows the marks of t as percentages.
type percent struct{ t ticks }

// Ticks implements plot.Ticker.
func (p percent) Ticks(low, high float64) []plot.Tick {
	out := p.t.Ticks(100*low, 100*high)
	for i := range out {
		out[i].Value /= 100
		out[i].Label += " %"
	}
	return out
}

// categories labels places 0, 1, ... of an axis.
func categories(axis *plot.Axis, names []string) {
	marks := make([]plot.Tick, len(names))
	for i, n := range names {
		marks[i] = plot.Tick{Value: float64(i), Label: n}
	}
	axis.Tick.Marker = plot.ConstantTicks(marks)
	axis.Tick.Color = color.Transparent // only keeps the labels off the axis
	axis.Tick.Length = 3
	axis.Min, axis.Max = -0.6, float64(len(names))-0.4
}

func escape(s string) string { return html.EscapeString(s) }
