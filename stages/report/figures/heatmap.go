package figures

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// mostRows and mostColumns of matrices in one figure.
const (
	mostRows    = 6
	mostColumns = 5
)

// HeatMaps draws RDMs: of brains, a column a region and a row a subject, and of
// models, a column a layer and a row a model.
func HeatMaps(d Data) ([]Figure, error) {
	var out []Figure
	brains := filter(d.RDMs, func(r RDM) bool { return brain(r) && r.Split == "" && math.IsNaN(r.Time) })
	models := filter(d.RDMs, func(r RDM) bool { return r.Kind == "model" && r.Split == "" })
	if len(brains) > 0 {
		f, err := d.matrices(Figure{Name: "rdms-brains", Title: "RDMs of brains", Sources: []string{"rdms"}}, brains,
			func(r RDM) (string, string) { return orAll(r.ROI), r.Subject }, regionOrder, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	if len(models) > 0 {
		var rows []string
		for _, m := range d.Cast.Shown() {
			if r, ok := first(models, func(r RDM) bool { return r.Model == m }); ok {
				rows = append(rows, join(d.Cast.Text(m), r.Subject))
			}
		}
		f, err := d.matrices(Figure{Name: "rdms-models", Title: "RDMs of models", Sources: []string{"rdms"}}, models,
			func(r RDM) (string, string) { return r.Layer, join(d.Cast.Text(r.Model), r.Subject) }, layerOrder, rows)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// brain reports whether an RDM is of a brain (or of behaviour).
func brain(r RDM) bool { return r.Kind != "model" && r.Kind != "eeg" && r.Kind != "dimension" }

func first[T any](rows []T, keep func(T) bool) (T, bool) {
	for _, r := range rows {
		if keep(r) {
			return r, true
		}
	}
	var none T
	return none, false
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

// matrices draws RDMs in a grid, the first of each place; those that would leave
// most of a grid empty follow each other. Rows nil: as they come.
func (d Data) matrices(f Figure, list []RDM, place func(RDM) (column, row string), known, rows []string) (Figure, error) {
	columns := inOrder(list, func(r RDM) string { c, _ := place(r); return c }, known)
	if rows == nil {
		rows = inOrder(list, func(r RDM) string { _, w := place(r); return w }, nil)
	}
	left := len(rows)
	rows = rows[:min(mostRows, left)]
	grid := make([]*RDM, 0, len(rows)*len(columns))
	filled, sessions := 0, false
	for _, row := range rows {
		for _, column := range columns {
			var cell *RDM
			if r, ok := first(list, func(r RDM) bool { c, w := place(r); return c == column && w == row }); ok {
				cell, sessions = &r, sessions || r.Session != ""
				filled++
			}
			grid = append(grid, cell)
		}
	}
	width := len(columns)
	flow := len(rows) > 1 && 2*filled <= len(grid)
	if flow {
		grid, width = filter(grid, func(r *RDM) bool { return r != nil }), min(filled, mostColumns)
	}
	plots := make([]*plot.Plot, len(grid))
	n, sorted := 0, false
	for i, r := range grid {
		if r == nil {
			continue
		}
		column, row := place(*r)
		title, label := "", ""
		switch {
		case flow:
			title = join(row, column)
		case i < width:
			title = column
		}
		if !flow && i%width == 0 {
			label = row
		}
		p := newPlot(title, "", label)
		p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(nil), plot.ConstantTicks(nil)
		p.X.Width, p.Y.Width, p.X.Padding, p.Y.Padding = 0, 0, 0, 0
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
		n = len(r.Conditions)
		values, byClass := d.byClass(*r)
		sorted = sorted || byClass
		p.Add(picture{square(values, n)})
		plots[i] = p
	}
	f.Caption = fmt.Sprintf("Dissimilarities of %d conditions, each matrix by rank within itself: dark for the most similar pairs, yellow for the most dissimilar ones.", n)
	if sorted {
		f.Caption += " Conditions are sorted by class, then by name: a class that is represented alike shows as a dark square on the diagonal."
	}
	if sessions {
		f.Caption += " Of each subject the first session."
	}
	if left > len(rows) {
		f.Caption += fmt.Sprintf(" The first %d of %d.", len(rows), left)
	}
	f.Alt = fmt.Sprintf("Heat maps of %d by %d conditions; columns: %v; rows: %v.", n, n, columns, rows)
	lines := (len(grid) + width - 1) / width
	body := panels(plots, width, nil)
	return f.finish(max(vg.Length(width)*100+60, 300), vg.Length(lines)*110+56, func(c draw.Canvas) {
		body(draw.Crop(c, 0, 0, 34, 0))
		colourBar(c)
	})
}

// byClass sorts the conditions of an RDM by class and name, where every one has
// a class and there is more than one.
func (d Data) byClass(r RDM) (values []float64, sorted bool) {
	n := len(r.Conditions)
	order, classes := make([]int, n), map[int32]bool{}
	for i, c := range r.Conditions {
		label, ok := d.Classes[c]
		if !ok {
			return r.Values, false
		}
		order[i], classes[label] = i, true
	}
	if len(classes) < 2 {
		return r.Values, false
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := r.Conditions[a], r.Conditions[b]
		return cmp.Or(cmp.Compare(d.Classes[x], d.Classes[y]), cmp.Compare(x, y))
	})
	values = make([]float64, 0, len(r.Values))
	for i, a := range order {
		for _, b := range order[i+1:] {
			x, y := min(a, b), max(a, b)
			values = append(values, r.Values[x*(2*n-x-1)/2+y-x-1])
		}
	}
	return values, true
}

// colourBar draws the scale at the bottom.
func colourBar(c draw.Canvas) {
	const width, height = 140, 8
	img := image.NewPaletted(image.Rect(0, 0, diagonal, diagonal*height/width), steps)
	for i := range img.Pix {
		img.Pix[i] = uint8(i % diagonal)
	}
	x0, y0 := c.Center().X-width/2, c.Min.Y+12
	c.DrawImage(vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x0 + width, Y: y0 + height}}, img)
	style := textStyle(small)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	for i, label := range []string{"0 %", "rank of dissimilarity", "100 %"} {
		c.FillText(style, vg.Point{X: x0 + vg.Length(i)*width/2, Y: y0 - 2}, label)
	}
}

// picture is a square image as large as the plot allows.
type picture struct{ image image.Image }

// Plot implements plot.Plotter.
func (i picture) Plot(c draw.Canvas, _ *plot.Plot) {
	half := min(c.Max.X-c.Min.X, c.Max.Y-c.Min.Y) / 2
	at := c.Center()
	c.DrawImage(vg.Rectangle{Min: vg.Point{X: at.X - half, Y: at.Y - half}, Max: vg.Point{X: at.X + half, Y: at.Y + half}}, i.image)
}
