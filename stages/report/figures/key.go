package figures

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// entry is one line of a legend.
type entry struct {
	text string
	look look
	line bool // a line instead of a mark
	area bool // the noise ceiling's box instead of a mark
}

// key lists models.
func (c Cast) key(labels []string, line bool) []entry {
	var out []entry
	for _, l := range labels {
		out = append(out, entry{text: c.Text(l), look: c.of(l), line: line})
	}
	return out
}

// ceilingKey explains the grey band.
var ceilingKey = entry{text: "noise ceiling", area: true}

// drawKey draws the legend at the top, in as many rows as it needs, and returns
// its height.
func drawKey(c draw.Canvas, key []entry) vg.Length {
	if len(key) == 0 {
		return 0
	}
	style := textStyle(normal)
	style.YAlign = draw.YCenter
	const rowHeight, sample, gap = 15, 16, 14
	x, y := c.Min.X, c.Max.Y-rowHeight/2
	for _, e := range key {
		width := sample + 4 + style.Width(e.text)
		if x > c.Min.X && x+width > c.Max.X {
			x, y = c.Min.X, y-rowHeight
		}
		middle := vg.Point{X: x + sample/2, Y: y}
		switch {
		case e.area:
			shade(c, x, x+sample, y-4, y+4)
		case e.line:
			c.StrokeLine2(draw.LineStyle{Color: e.look.colour, Width: 1.8, Dashes: e.look.dashes}, x, y, x+sample, y)
		default:
			c.DrawGlyph(draw.GlyphStyle{Color: e.look.colour, Radius: 3.6, Shape: e.look.shape}, middle)
		}
		c.FillText(style, vg.Point{X: x + sample + 4, Y: y}, e.text)
		x += width + gap
	}
	return c.Max.Y - y + rowHeight/2 + 4
}
