package figures

import (
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/stages/report/number"
)

// mark is one value with its interval; low and high are NaN without one.
type mark struct{ at, value, low, high float64 }

// marks draws values with intervals, along x or, flat, along y.
type marks struct {
	list  []mark
	glyph draw.GlyphStyle
	line  draw.LineStyle
	flat  bool // values run along x, places along y
	caps  bool // at the ends of intervals
}

// dots are units: small, with thin intervals.
func dots(l markStyle, list []mark) *marks {
	return &marks{
		list: list, glyph: draw.GlyphStyle{Color: l.colour, Radius: 1.7, Shape: l.shape},
		line: draw.LineStyle{Color: l.colour, Width: 0.5},
	}
}

// means are large marks with strong intervals.
func means(l markStyle, list []mark) *marks {
	return &marks{
		list: list, glyph: draw.GlyphStyle{Color: l.colour, Radius: 3.6, Shape: l.shape},
		line: draw.LineStyle{Color: l.colour, Width: 1.6}, caps: true,
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
			if m.caps {
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

// reach implements reacher.
func (m *marks) reach(x, y *span) {
	if m.flat {
		x, y = y, x
	}
	for _, k := range m.list {
		x.add(k.at)
		y.add(k.value, k.low, k.high)
	}
}

// band fills between two lines, with edges: the area alone is too faint to stand out.
type band struct {
	xs, low, high []float64
	colour        color.NRGBA
}

// Plot implements plot.Plotter.
func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	pts := make([]vg.Point, 0, 2*len(b.xs))
	for i := range b.xs {
		pts = append(pts, vg.Point{X: x(b.xs[i]), Y: y(b.low[i])})
	}
	for i := len(b.xs) - 1; i >= 0; i-- {
		pts = append(pts, vg.Point{X: x(b.xs[i]), Y: y(b.high[i])})
	}
	if len(pts) == 0 {
		return
	}
	pts = c.ClipPolygonXY(pts)
	c.FillPolygon(fade(b.colour, 50), pts)
	c.StrokeLines(edge(b.colour), append(pts, pts[0]))
}

func (b band) reach(x, y *span) {
	x.add(b.xs...)
	y.add(b.low...)
	y.add(b.high...)
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

func (l curve) reach(x, y *span) {
	x.add(l.xs...)
	y.add(l.ys...)
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

func (r rule) reach(x, y *span) {
	if r.vertical {
		x.add(r.at)
	} else {
		y.add(r.at)
	}
}

// ceiling is the noise ceiling as a band over the whole width of a plot.
type ceiling struct {
	low, high float64
	far       bool // above a gap of the axis
}

// Plot implements plot.Plotter.
func (b ceiling) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	low, high := max(c.Min.Y, y(b.low)), min(c.Max.Y, y(b.high))
	if low < high {
		shade(c, c.Min.X, c.Max.X, low, high)
	}
}

func (b ceiling) reach(_, y *span) {
	if !b.far {
		y.add(b.low, b.high)
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

// bracket joins two places of a panel, or stands above one, with what a corrected
// test of their difference said.
type bracket struct {
	from, to float64
	text     string
	level    int // 0 at the top, in rows
}

// Plot implements plot.Plotter.
func (b bracket) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	y := c.Max.Y - 9 - vg.Length(b.level)*12
	if _, broken := p.Y.Scale.(gap); broken {
		y -= vg.Length(1-upper+lost) * (c.Max.Y - c.Min.Y)
	}
	style := textStyle(small)
	style.XAlign, style.YAlign = draw.XCenter, draw.YCenter
	lift := vg.Length(5)
	if strings.HasPrefix(b.text, "*") {
		lift = 4.5
	}
	if b.from == b.to {
		lift = 0
	}
	if b.from != b.to {
		line := draw.LineStyle{Color: ink, Width: 0.6}
		c.StrokeLines(line, []vg.Point{{X: x(b.from), Y: y - 3}, {X: x(b.from), Y: y}, {X: x(b.to), Y: y}, {X: x(b.to), Y: y - 3}})
	}
	c.FillText(style, vg.Point{X: (x(b.from) + x(b.to)) / 2, Y: y + lift}, b.text)
}

// stars say how small a corrected p is.
func stars(p, alpha float64) string {
	switch {
	case math.IsNaN(p):
		return ""
	case p >= alpha:
		return "n.s."
	case p < 0.001:
		return "***"
	case p < 0.01:
		return "**"
	}
	return "*"
}

// segments are bars in the strip below the marks of a panel, at times at which models
// differ: filled where the difference is above 0, open where it is below.
type segments struct {
	spans  []timeSpan
	row    int
	step   float64 // time between samples: a span of one sample has this width
	colour color.NRGBA
}

// timeSpan is a cluster of times.
type timeSpan struct {
	from, to float64
	below    bool
}

// Plot implements plot.Plotter.
func (s segments) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	y := c.Min.Y + 4 + vg.Length(s.row)*7
	for _, span := range s.spans {
		from, to := max(c.Min.X, x(span.from-s.step/2)), min(c.Max.X, x(span.to+s.step/2))
		if span.below {
			c.StrokeLines(draw.LineStyle{Color: s.colour, Width: 0.8}, []vg.Point{{X: from, Y: y - 1.5}, {X: to, Y: y - 1.5}, {X: to, Y: y + 1.5}, {X: from, Y: y + 1.5}, {X: from, Y: y - 1.5}})
			continue
		}
		c.StrokeLine2(draw.LineStyle{Color: s.colour, Width: 3}, from, y, to, y)
	}
}

// bounds says an interval, nothing without one.
func bounds(low, high float64) string {
	if math.IsNaN(low) || math.IsNaN(high) {
		return ""
	}
	return ", 95 % interval " + number.Fixed(low, 3) + " to " + number.Fixed(high, 3)
}
