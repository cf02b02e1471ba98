package figures

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// mark is one value with its interval; low and high are NaN without one.
type mark struct{ at, value, low, high float64 }

// marks draws values with intervals, along x or, flat, along y.
type marks struct {
	list   []mark
	glyph  draw.GlyphStyle
	line   draw.LineStyle
	flat   bool // values run along x, places along y
	dashed bool // a mean: its interval has caps
}

// dots are units: small, with thin intervals.
func dots(l look, list []mark) *marks {
	return &marks{
		list: list, glyph: draw.GlyphStyle{Color: l.colour, Radius: 1.7, Shape: l.shape},
		line: draw.LineStyle{Color: l.colour, Width: 0.5},
	}
}

// means are large marks with strong intervals.
func means(l look, list []mark) *marks {
	return &marks{
		list: list, glyph: draw.GlyphStyle{Color: l.colour, Radius: 3.6, Shape: l.shape},
		line: draw.LineStyle{Color: l.colour, Width: 1.6}, dashed: true,
	}
}

func (m *marks) sideways() *marks {
	m.flat = true
	return m
}

// Plot implements plot.Plotter.
func (m *marks) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	place := func(at, v float64) vg.Point {
		if m.flat {
			return vg.Point{X: x(v), Y: y(at)}
		}
		return vg.Point{X: x(at), Y: y(v)}
	}
	for _, k := range m.list {
		if math.IsNaN(k.value) {
			continue
		}
		if !math.IsNaN(k.low) && !math.IsNaN(k.high) {
			a, b := place(k.at, k.low), place(k.at, k.high)
			c.StrokeLines(m.line, c.ClipLinesXY([]vg.Point{a, b})...)
			if m.dashed {
				for _, e := range []vg.Point{a, b} {
					d := vg.Point{X: 2.2}
					if m.flat {
						d = vg.Point{Y: 2.2}
					}
					c.StrokeLines(m.line, c.ClipLinesXY([]vg.Point{e.Sub(d), e.Add(d)})...)
				}
			}
		}
		if pt := place(k.at, k.value); c.Contains(pt) {
			c.DrawGlyph(m.glyph, pt)
		}
	}
}

// seen widens s by all values and intervals.
func seen(s *span, list []mark) {
	for _, m := range list {
		s.add(m.value, m.low, m.high)
	}
}

// band fills between two lines, with edges: the area alone is too faint to stand out.
func band(xs, low, high []float64, c color.NRGBA) (*plotter.Polygon, error) {
	var pts plotter.XYs
	for i := range xs {
		pts = append(pts, plotter.XY{X: xs[i], Y: low[i]})
	}
	for i := len(xs) - 1; i >= 0; i-- {
		pts = append(pts, plotter.XY{X: xs[i], Y: high[i]})
	}
	poly, err := plotter.NewPolygon(pts)
	if err != nil {
		return nil, err
	}
	poly.Color, poly.LineStyle = fade(c, 50), edge(c)
	return poly, nil
}

// curve is a line through the finite points.
type curve struct {
	xs, ys []float64
	style  draw.LineStyle
}

// Plot implements plot.Plotter.
func (l curve) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var pts []vg.Point
	for i := range l.xs {
		if math.IsNaN(l.ys[i]) {
			c.StrokeLines(l.style, c.ClipLinesXY(pts)...)
			pts = nil
			continue
		}
		pts = append(pts, vg.Point{X: x(l.xs[i]), Y: y(l.ys[i])})
	}
	c.StrokeLines(l.style, c.ClipLinesXY(pts)...)
}

// rule is a straight line over the whole plot at one value.
type rule struct {
	at       float64
	vertical bool
	style    draw.LineStyle
}

// zero is the line where there is no effect.
func zero(vertical bool) rule {
	return rule{0, vertical, draw.LineStyle{Color: grey, Width: 0.7}}
}

// Plot implements plot.Plotter.
func (r rule) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	if r.vertical {
		if p.X.Min <= r.at && r.at <= p.X.Max {
			c.StrokeLine2(r.style, x(r.at), c.Min.Y, x(r.at), c.Max.Y)
		}
		return
	}
	if p.Y.Min <= r.at && r.at <= p.Y.Max {
		c.StrokeLine2(r.style, c.Min.X, y(r.at), c.Max.X, y(r.at))
	}
}

// ceiling is the noise ceiling as a band over the whole width of a plot.
type ceiling struct{ low, high float64 }

// Plot implements plot.Plotter.
func (b ceiling) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	low, high := max(c.Min.Y, y(b.low)), min(c.Max.Y, y(b.high))
	if low < high {
		shade(c, c.Min.X, c.Max.X, low, high)
	}
}

// shade fills a box as the noise ceiling is drawn: lines are its lower and its upper
// edge, because the area alone is too faint to stand out.
func shade(c draw.Canvas, left, right, low, high vg.Length) {
	c.FillPolygon(fade(grey, 60), []vg.Point{{X: left, Y: low}, {X: right, Y: low}, {X: right, Y: high}, {X: left, Y: high}})
	c.StrokeLine2(edge(grey), left, low, right, low)
	c.StrokeLine2(edge(grey), left, high, right, high)
}

func edge(c color.NRGBA) draw.LineStyle { return draw.LineStyle{Color: c, Width: 0.4} }

func fade(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}
