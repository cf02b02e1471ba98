package figures

import (
	"fmt"
	"image"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// most matrices that one figure shows in a column.
const mostRows = 4

// HeatMaps draws RDMs: of brains, a column a region and a row a subject, and of
// models, a column a layer and a row a model.
func HeatMaps(d Data) ([]Figure, error) {
	var out []Figure
	brains := filter(d.RDMs, func(r RDM) bool { return brain(r) && r.Split == "" && math.IsNaN(r.Time) })
	models := filter(d.RDMs, func(r RDM) bool { return r.Kind == "model" && r.Split == "" })
	if len(brains) > 0 {
		f, err := matrices(Figure{Name: "rdms-brains", Title: "RDMs of brains", Sources: []string{"rdms"}}, brains,
			func(r RDM) (string, string) { return orAll(r.ROI), join(r.Subject, r.Session) }, regionOrder, nil)
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
		f, err := matrices(Figure{Name: "rdms-models", Title: "RDMs of models", Sources: []string{"rdms"}}, models,
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

// matrices draws RDMs in a grid. Rows nil: as they come.
func matrices(f Figure, list []RDM, place func(RDM) (column, row string), known, rows []string) (Figure, error) {
	columns := inOrder(list, func(r RDM) string { c, _ := place(r); return c }, known)
	if rows == nil {
		rows = inOrder(list, func(r RDM) string { _, w := place(r); return w }, nil)
	}
	left := len(rows)
	rows = rows[:min(mostRows, len(rows))]
	var plots []*plot.Plot
	n := 0
	for i, row := range rows {
		for j, column := range columns {
			r, ok := first(list, func(r RDM) bool { c, w := place(r); return c == column && w == row })
			if !ok {
				plots = append(plots, nil)
				continue
			}
			n = len(r.Conditions)
			title := ""
			if i == 0 {
				title = column
			}
			p := newPlot(title, "", "")
			if j == 0 {
				p.Y.Label.Text = row
			}
			p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(nil), plot.ConstantTicks(nil)
			p.X.Width, p.Y.Width, p.X.Padding, p.Y.Padding = 0, 0, 0, 0
			p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
			p.Add(plotter.NewImage(square(r.Values, n), 0, 0, 1, 1))
			plots = append(plots, p)
		}
	}
	f.Caption = fmt.Sprintf("Dissimilarities of %d conditions, each matrix by rank within itself: dark for the most similar pairs, yellow for the most dissimilar ones.", n)
	if left > len(rows) {
		f.Caption += fmt.Sprintf(" The first %d of %d.", len(rows), left)
	}
	f.Alt = fmt.Sprintf("Heat maps of %d by %d conditions; columns: %v; rows: %v.", n, n, columns, rows)
	width := vg.Length(len(columns))*100 + 60
	body := panels(plots, len(columns), nil)
	return f.finish(max(width, 300), vg.Length(len(rows))*100+60, func(c draw.Canvas) {
		body(draw.Crop(c, 0, 0, 34, 0))
		colourBar(c)
	})
}

// colourBar draws the scale at the bottom.
func colourBar(c draw.Canvas) {
	const width, height = 140, 8
	img := image.NewPaletted(image.Rect(0, 0, diagonal, 1), steps)
	for x := range diagonal {
		img.SetColorIndex(x, 0, uint8(x))
	}
	x0, y0 := c.Center().X-width/2, c.Min.Y+12
	c.DrawImage(vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x0 + width, Y: y0 + height}}, img)
	style := textStyle(small)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	for i, label := range []string{"0 %", "rank of dissimilarity", "100 %"} {
		c.FillText(style, vg.Point{X: x0 + vg.Length(i)*width/2, Y: y0 - 2}, label)
	}
}
