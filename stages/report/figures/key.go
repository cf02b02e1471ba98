package figures

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// entry is one line of a legend.
type entry struct {
	text  string
	style markStyle
	line  bool   // a line instead of a mark
	area  bool   // the noise ceiling's box instead of a mark
	tag   string // instead of a mark: what stands for the text in the figure
}

// key lists models.
func (c Models) key(labels []string, line bool) []entry {
	var out []entry
	for _, l := range labels {
		out = append(out, entry{text: c.Text(l), style: c.of(l), line: line})
	}
	return out
}

// ceilingKey explains the grey band.
var ceilingKey = entry{text: "noise ceiling", area: true}

const (
	keyRow    = 15
	keySample = 16
	keyGap    = 14
)

// sample is the width of what is before the text.
func (e entry) sample() vg.Length {
	if e.tag != "" {
		return textStyle(normal).Width(e.tag)
	}
	return keySample
}

// drawKey draws the legend at the top, in as many rows as it needs, and returns
// its height.
func drawKey(c draw.Canvas, key []entry) vg.Length {
	style := textStyle(normal)
	style.YAlign = draw.YCenter
	return placeKey(c.Max.X-c.Min.X, key, func(e entry, x, down vg.Length) {
		x, y := c.Min.X+x, c.Max.Y-down
		switch {
		case e.tag != "":
			c.FillText(style, vg.Point{X: x, Y: y}, e.tag)
		case e.area:
			shade(c, x, x+keySample, y-4, y+4)
		case e.line:
			c.StrokeLine2(draw.LineStyle{Color: e.style.colour, Width: 1.8, Dashes: e.style.dashes}, x, y, x+keySample, y)
		default:
			c.DrawGlyph(draw.GlyphStyle{Color: e.style.colour, Radius: 3.6, Shape: e.style.shape}, vg.Point{X: x + keySample/2, Y: y})
		}
		c.FillText(style, vg.Point{X: x + e.sample() + 4, Y: y}, e.text)
	})
}

// keyHeight is the height of a legend at a width.
func keyHeight(width vg.Length, key []entry) vg.Length {
	return placeKey(width, key, func(entry, vg.Length, vg.Length) {})
}

// placeKey says where each entry goes: from the left, and down from the top.
func placeKey(width vg.Length, key []entry, at func(e entry, x, down vg.Length)) vg.Length {
	if len(key) == 0 {
		return 0
	}
	x, down := vg.Length(0), vg.Length(keyRow)/2
	for _, e := range key {
		w := e.sample() + 4 + textStyle(normal).Width(e.text)
		if x > 0 && x+w > width {
			x, down = 0, down+keyRow
		}
		at(e, x, down)
		x += w + keyGap
	}
	return down + vg.Length(keyRow)/2 + 4
}
