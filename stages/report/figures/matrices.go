package figures

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/stages/report/text"
)

// mostRows and mostColumns of matrices in one figure.
const (
	mostRows    = 6
	mostColumns = 5
)

// Matrices draws RDMs: of brains, one column per region and one row per subject, and of
// models, one column per layer and one row per model.
func Matrices(d Data) ([]Figure, error) {
	var out []Figure
	brains := filter(d.RDMs, func(r RDM) bool { return brain(r) && r.Split == "" && math.IsNaN(r.Time) })
	models := filter(d.RDMs, func(r RDM) bool { return r.Kind == "model" && r.Split == "" })
	if len(brains) > 0 {
		f, err := d.matrices("brains", Figure{Name: "rdms-brains", Sources: []string{"rdms"}}, brains,
			func(r RDM) (string, string) { return orAll(r.ROI), r.Subject }, regionOrder, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	if len(models) > 0 {
		var rows []string
		for _, m := range d.Models.Shown() {
			if r, ok := first(models, func(r RDM) bool { return r.Model == m }); ok {
				rows = append(rows, join(d.Models.Text(m), r.Subject))
			}
		}
		f, err := d.matrices("models", Figure{Name: "rdms-models", Sources: []string{"rdms"}}, models,
			func(r RDM) (string, string) { return r.Layer, join(d.Models.Text(r.Model), r.Subject) }, layerOrder, rows)
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
func (d Data) matrices(what string, f Figure, list []RDM, place func(RDM) (column, row string), known, rows []string) (Figure, error) {
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
	flow := len(rows) > 1 && (2*filled <= len(grid) || len(columns) == 1)
	if flow {
		grid, width = filter(grid, func(r *RDM) bool { return r != nil }), min(filled, mostColumns)
	}
	var classes []run
	if r, ok := first(grid, func(r *RDM) bool { return r != nil }); ok {
		_, classes = d.byClass(*r) // the same in all
	}
	names := classNames(classes)
	marked, short := tags(names)
	if flow && len(marked) > 0 && width == mostColumns { // rows that are as full as each other, with room for names
		rows := (len(grid) + width - 2) / (width - 1)
		width = (len(grid) + rows - 1) / rows
	}
	cell := min(wideWidth/vg.Length(width)-10, 100)
	_, beside := margins(marked, cell)
	cell = min(cell, wideWidth/vg.Length(width)-10-beside)
	sh := sheet{columns: width, narrow: 2, height: cell + 18, foot: 34, width: max(vg.Length(width)*(cell+beside+10), 300)}
	if short {
		for i, name := range names {
			sh.key = append(sh.key, entry{tag: marked[i], text: name})
		}
	}
	n := 0
	var shown []string
	inFolds := false
	for i, r := range grid {
		if r == nil {
			sh.panels = append(sh.panels, panel{bare: true, title: " "})
			continue
		}
		column, row := place(*r)
		title := join(row, column)
		shown = append(shown, title)
		if !flow && len(rows) > 1 && width > 1 {
			title = column
			if i%width == 0 {
				title = join(row, column)
			}
		}
		n = len(r.Conditions)
		values, of := d.byClass(*r)
		inFolds = inFolds || r.Folds != nil
		unit := axis{low: 0, high: 1}
		sh.panels = append(sh.panels, panel{title: title, x: unit, y: unit, bare: true, marks: []plot.Plotter{picture{square(values, n), places(of, n), marked, middles(of, n), beside}}})
	}
	f.Title, f.Caption = text.Figure("rdms", text.Values{
		"Of": what, "Conditions": n, "Folds": inFolds, "Sorted": classes != nil, "Classes": names, "Short": short, "Sessions": sessions, "Left": left > len(rows), "Shown": len(rows), "All": left,
	})
	f.Alt = fmt.Sprintf("Heat maps of the dissimilarities of %d conditions, one per RDM: %s.", n, strings.Join(shown, "; "))
	if len(names) > 0 {
		f.Alt += " Classes of conditions, from the top: " + strings.Join(names, ", ") + "."
	}
	sh.drawTo = func(c draw.Canvas) {
		paintScale(c, []string{"0 %", "rank of dissimilarity", "100 %"}, perceptual)
	}
	return f.finish(sh)
}

// run is a class and how many conditions, one after the other, are of it.
type run struct {
	class Class
	n     int
}

func classNames(classes []run) (names []string) {
	for _, c := range classes {
		if c.class.Name == "" || len(classes) > 20 {
			return nil
		}
		names = append(names, c.class.Name)
	}
	return names
}

// byClass sorts the conditions of an RDM by class and name, where every one has
// a class and there is more than one; without classes runs are nil. In folds the runs are
// the folds, sorted by class within.
func (d Data) byClass(r RDM) (values []float64, runs []run) {
	n := len(r.Conditions)
	order, classes := make([]int, n), map[int32]bool{}
	for i, c := range r.Conditions {
		class, ok := d.Classes[c]
		if !ok && r.Folds == nil {
			return r.Values, nil
		}
		order[i], classes[class.Label] = i, true
	}
	if len(classes) < 2 && r.Folds == nil {
		return r.Values, nil
	}
	fold := func(i int) int32 {
		if r.Folds == nil {
			return 0
		}
		return r.Folds[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := r.Conditions[a], r.Conditions[b]
		return cmp.Or(cmp.Compare(fold(a), fold(b)), cmp.Compare(d.Classes[x].Label, d.Classes[y].Label), cmp.Compare(x, y))
	})
	values = make([]float64, 0, len(r.Values))
	for i, a := range order {
		class := d.Classes[r.Conditions[a]]
		if r.Folds != nil {
			class = Class{Label: fold(a)}
		}
		if len(runs) == 0 || runs[len(runs)-1].class.Label != class.Label {
			runs = append(runs, run{class: class})
		}
		runs[len(runs)-1].n++
		for _, b := range order[i+1:] {
			x, y := min(a, b), max(a, b)
			values = append(values, r.Values[x*(2*n-x-1)/2+y-x-1])
		}
	}
	return values, runs
}

// picture is a square image as large as the plot allows, with white lines at shares of its
// width and height, and with tags to its left beside the middles of what they name.
type picture struct {
	image   image.Image
	lines   []float64
	tags    []string
	middles []float64
	beside  vg.Length // room for the tags
}

// Plot implements plot.Plotter.
func (i picture) Plot(c draw.Canvas, _ *plot.Plot) {
	half := min(c.Max.X-c.Min.X-i.beside, c.Max.Y-c.Min.Y) / 2
	at := c.Center()
	at.X += i.beside / 2
	left, right, low, high := at.X-half, at.X+half, at.Y-half, at.Y+half
	if len(i.tags) == len(i.middles) {
		drawTags(c, i.tags, i.middles, left, low, high)
	}
	c.DrawImage(vg.Rectangle{Min: vg.Point{X: left, Y: low}, Max: vg.Point{X: right, Y: high}}, i.image)
	style := draw.LineStyle{Color: color.White, Width: 0.5}
	for _, share := range i.lines {
		d := 2 * half * vg.Length(share)
		c.StrokeLine2(style, left+d, low, left+d, high)
		c.StrokeLine2(style, left, high-d, right, high-d)
	}
}

// places are where one class ends and the next begins, as shares; none where there would
// be more lines than picture.
func places(classes []run, n int) []float64 {
	if len(classes) > 20 {
		return nil
	}
	var out []float64
	at := 0
	for _, c := range classes[:max(0, len(classes)-1)] {
		at += c.n
		out = append(out, float64(at)/float64(n))
	}
	return out
}
