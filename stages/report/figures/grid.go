package figures

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/stages/report/number"
)

// grid is a map of numbers: rows from the top at places n-1, n-2, ..., 0 and columns at
// 0, 1, ..., or evenly between left and right where these are given.
type grid struct {
	values      [][]float64
	low, high   float64
	left, right float64
	palette     func(float64) color.NRGBA // nil: perceptual
}

// Plot implements plot.Plotter.
func (g grid) Plot(c draw.Canvas, p *plot.Plot) {
	if len(g.values) == 0 || len(g.values[0]) == 0 {
		return
	}
	rows, columns := len(g.values), len(g.values[0])
	of := g.palette
	if of == nil {
		of = perceptual
	}
	const block = 8 // pixels a cell, so that no viewer blurs it
	img := image.NewNRGBA(image.Rect(0, 0, columns*block, rows*block))
	for i, row := range g.values {
		for j, v := range row {
			colour := of((v - g.low) / (g.high - g.low))
			for y := range block {
				for x := range block {
					img.SetNRGBA(j*block+x, i*block+y, colour)
				}
			}
		}
	}
	x, y := p.Transforms(&c)
	left, right := g.left, g.right
	if left == right {
		left, right = -0.5, float64(columns)-0.5
	}
	c.DrawImage(vg.Rectangle{Min: vg.Point{X: x(left), Y: y(-0.5)}, Max: vg.Point{X: x(right), Y: y(float64(rows) - 0.5)}}, img)
}

// outline frames a part of a map.
type outline struct{ left, right, bottom, top float64 }

// Plot implements plot.Plotter.
func (o outline) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	a, b := vg.Point{X: x(o.left), Y: y(o.bottom) + 1}, vg.Point{X: x(o.right), Y: y(o.top) - 1}
	c.StrokeLines(draw.LineStyle{Color: palette[0], Width: 1.5}, []vg.Point{a, {X: b.X, Y: a.Y}, b, {X: a.X, Y: b.Y}, a})
}

// scaleBar draws the scale of a map at the bottom.
func scaleBar(low, high float64, text string, palette func(float64) color.NRGBA) func(draw.Canvas) {
	return func(c draw.Canvas) {
		digits := max(0, 1-int(math.Floor(math.Log10(max(math.Abs(low), math.Abs(high), 1e-9)))))
		paintScale(c, []string{number.Typeset(number.Fixed(low, digits)), text, number.Typeset(number.Fixed(high, digits))}, palette)
	}
}

// paintScale draws a scale with its ends and what it is of.
func paintScale(c draw.Canvas, labels []string, palette func(float64) color.NRGBA) {
	const width, height, steps = 160, 8, 160
	img := image.NewNRGBA(image.Rect(0, 0, steps, height))
	for x := range steps {
		for y := range height {
			img.SetNRGBA(x, y, palette(float64(x)/(steps-1)))
		}
	}
	x0, y0 := c.Center().X-width/2, c.Min.Y+13
	c.DrawImage(vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x0 + width, Y: y0 + height}}, img)
	style := textStyle(small)
	style.YAlign, style.XAlign = draw.YTop, draw.XCenter
	c.FillText(style, vg.Point{X: x0 + width/2, Y: y0 - 2}, labels[1])
	style.YAlign, style.XAlign = draw.YCenter, draw.XRight
	c.FillText(style, vg.Point{X: x0 - 4, Y: y0 + height/2}, labels[0])
	style.XAlign = draw.XLeft
	c.FillText(style, vg.Point{X: x0 + width + 4, Y: y0 + height/2}, labels[2])
}
