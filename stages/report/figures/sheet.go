package figures

import (
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Widths of drawings in points: beside text on a screen or on paper, and on a phone.
// Text in them is read at 11 pixels or more (docs/report.md).
const (
	wideWidth   = vg.Length(520)
	narrowWidth = vg.Length(260)
)

// sheet describes a figure: its panels, in rows, below a key. It can be drawn at any
// width; where there is no room for the panels side by side they are stacked.
type sheet struct {
	panels  []panel
	key     []entry
	columns int       // of the wide drawing; 0: all panels in one row
	narrow  int       // columns of the narrow drawing; 0: 1
	width   vg.Length // of the wide drawing; 0: wideWidth
	height  vg.Length // of a row of panels; 0: 160
	sameX   bool      // all panels have one range
	sameY   bool
	foot    vg.Length // height of what drawFoot draws at the bottom
	drawTo  func(draw.Canvas)
}

// panel is one plot of a figure.
type panel struct {
	title  string
	x, y   axis
	marks  []plot.Plotter
	height vg.Length // 0: as the sheet says
	bare   bool      // without axes
	head   int       // rows of brackets above the marks
	strip  int       // rows of bars below them
}

// axis of a panel.
type axis struct {
	label   string
	names   []string // of places 0, 1, ...; nil: numbers
	ticks   int      // about how many numbers; 0: 5
	percent bool
	low     float64 // range; where low is not below high, that of the marks
	high    float64
	gap     *gap   // numbers that are left out
	inner   string // label of panels that are not at the left edge
}

// reacher is what widens the range of its panel.
type reacher interface {
	reach(x, y *span)
}

// layout says how the sheet is drawn at a width, in a number of columns: the height and
// what paints it.
func (s sheet) layout(width vg.Length, columns int) (vg.Length, func(draw.Canvas)) {
	if columns == 0 {
		columns = max(1, len(s.panels))
	}
	columns = min(columns, max(1, len(s.panels)))
	rows := (len(s.panels) + columns - 1) / columns
	heights := make([]vg.Length, rows)
	total := vg.Length(0)
	for r := range heights {
		for _, p := range s.panels[r*columns : min(len(s.panels), (r+1)*columns)] {
			h := p.height
			if h == 0 {
				if h = s.height; h == 0 {
					h = 160
				}
			}
			heights[r] = max(heights[r], h)
		}
		total += heights[r]
	}
	const gapX, gapY = 10, 12
	total += vg.Length(rows-1)*gapY + 2*margin + keyHeight(width-2*margin, s.key) + s.foot
	return total, func(c draw.Canvas) {
		c = draw.Crop(c, margin, -margin, margin, -margin)
		top := drawKey(c, s.key)
		if s.drawTo != nil {
			s.drawTo(draw.Crop(c, 0, 0, 0, s.foot-(c.Max.Y-c.Min.Y)))
		}
		c = draw.Crop(c, 0, 0, s.foot, -top)
		grid := make([][]*plot.Plot, rows)
		plots := s.plots(columns, (c.Max.X-c.Min.X-vg.Length(columns-1)*gapX)/vg.Length(columns)-50)
		for r := range grid {
			grid[r] = make([]*plot.Plot, columns)
			copy(grid[r], plots[r*columns:min(len(plots), (r+1)*columns)])
		}
		even := slices.Min(append([]vg.Length{1 << 20}, heights...)) == slices.Max(append([]vg.Length{0}, heights...))
		y := c.Max.Y
		for r, row := range plot.Align(grid, draw.Tiles{Rows: rows, Cols: columns, PadX: gapX, PadY: gapY}, c) {
			for k, canvas := range row {
				if !even {
					canvas.Max.Y, canvas.Min.Y = y, y-heights[r]
				}
				if grid[r][k] != nil {
					grid[r][k].Draw(canvas)
				}
			}
			y -= heights[r] + gapY
		}
	}
}

// plots makes the plots of all panels; those that share an axis have its labels at
// the edge of the sheet alone. Titles are broken into lines of a width.
func (s sheet) plots(columns int, width vg.Length) []*plot.Plot {
	out := make([]*plot.Plot, len(s.panels))
	allX, allY := newSpan(), newSpan()
	xs, ys := make([]span, len(s.panels)), make([]span, len(s.panels))
	for i, p := range s.panels {
		xs[i], ys[i] = newSpan(), newSpan()
		for _, m := range p.marks {
			if r, ok := m.(reacher); ok {
				r.reach(&xs[i], &ys[i])
			}
		}
		allX.add(xs[i].low, xs[i].high)
		allY.add(ys[i].low, ys[i].high)
	}
	for i, p := range s.panels {
		if s.sameX {
			xs[i] = allX
		}
		if s.sameY {
			ys[i] = allY
		}
		q := newPlot(broken(p.title, width))
		first := i%columns == 0
		p.x.apply(&q.X, xs[i], true, true)
		p.y.apply(&q.Y, ys[i], first, first || !s.sameY)
		step := 0.07 * (q.Y.Max - q.Y.Min)
		head := float64(p.head) * 1.4 * step
		q.Y.Max += head
		q.Y.Min -= float64(p.strip) * step
		if p.y.gap != nil {
			g := *p.y.gap
			g.from += head
			q.Y.Scale, q.Y.Tick.Marker = g, gapTicks{g, q.Y.Tick.Marker}
			q.Y.Min, q.Y.Max = min(q.Y.Min, g.from-1e-9), g.top
			q.Add(breakMark{})
			if q.Y.Label.Text != "" {
				q.Add(sideLabel{q.Y.Label.Text})
				q.Y.Label.Text = " "
			}
		}
		if p.bare {
			q.HideAxes()
		}
		q.Add(p.marks...)
		out[i] = q
	}
	return out
}

// apply puts the description onto an axis of a plot.
func (a axis) apply(to *plot.Axis, reach span, first, labelled bool) {
	to.Label.Text = a.label
	if !first {
		to.Label.Text = a.inner
	}
	switch {
	case a.names != nil:
		names := a.names
		if !labelled {
			names = make([]string, len(names))
		}
		categories(to, names)
		return
	case a.percent:
		to.Tick.Marker = percent{ticks{a.count()}}
	default:
		to.Tick.Marker = ticks{a.count()}
	}
	if to.Min, to.Max = reach.padded(); a.low < a.high {
		to.Min, to.Max = a.low, a.high
	}
}

func (a axis) count() int {
	if a.ticks == 0 {
		return 5
	}
	return a.ticks
}

// nan is a bound that a mark does not have.
var nan = math.NaN()

// broken breaks a title into lines that are no wider than width.
func broken(title string, width vg.Length) string {
	style := textStyle(large)
	if style.Width(title) <= width || strings.Contains(title, "\n") {
		return title
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(title) {
		if line != "" && style.Width(line+" "+word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return strings.Join(append(lines, line), "\n")
}
