package figures

import (
	"fmt"
	"image"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/stages/analysis/mds"
	"realnet/stages/report/text"
)

// mostConditions bounds the cost of a scaling, which grows with the cube.
const mostConditions = 500

// Embeddings places the conditions in the plane by classical multidimensional
// scaling: in the brain, in the base model and in the main aligned model.
func Embeddings(d Data) ([]Figure, error) {
	var s sheet
	alt := "Share of the variance that two dimensions explain:"
	var reference map[string][]float64 // points of the first panel
	for _, chosen := range d.scaled() {
		e, err := mds.Classical(chosen.rdm.Values, len(chosen.rdm.Conditions), 2)
		if err != nil {
			return nil, fmt.Errorf("figure embedding: %s: %w", chosen.name, err)
		}
		if reference == nil {
			reference = map[string][]float64{}
			for i, c := range chosen.rdm.Conditions {
				reference[c] = e.Points[i]
			}
		} else {
			alignToReference(e.Points, chosen.rdm.Conditions, reference)
		}
		alt += fmt.Sprintf(" %s %.0f %%.", chosen.name, 100*e.Share)
		extent := 0.0
		for _, pt := range e.Points {
			extent = max(extent, math.Abs(pt[0]), math.Abs(pt[1]))
		}
		extent = max(extent*1.18, 1e-9)
		both := axis{low: -extent, high: extent}
		s.panels = append(s.panels, panel{
			title: fmt.Sprintf("%s (%.0f %%)", chosen.name, 100*e.Share), x: both, y: both, bare: true, marks: []plot.Plotter{d.scatter(e, chosen.rdm.Conditions)},
		})
	}
	if len(s.panels) == 0 {
		return nil, nil
	}
	f := Figure{
		Name: "embedding", Alt: alt, Sources: []string{"rdms", "stimuli"},
	}
	f.Title, f.Caption = text.Figure("embedding", nil)
	s.columns = min(len(s.panels), 3)
	s.height = wideWidth/vg.Length(max(s.columns, 2)) + 16
	f, err := f.finish(s)
	return []Figure{f}, err
}

// alignToReference rotates and mirrors points in place, so that they are as near as possible
// to where the reference has the same conditions: the orthogonal Procrustes
// problem in two dimensions, where one angle solves it.
func alignToReference(points [][]float64, conditions []string, reference map[string][]float64) {
	var along, across [2]float64 // as they are, and mirrored
	for i, c := range conditions {
		at, ok := reference[c]
		if !ok {
			continue
		}
		for m, x := range []float64{points[i][0], -points[i][0]} {
			along[m] += x*at[0] + points[i][1]*at[1]
			across[m] += x*at[1] - points[i][1]*at[0]
		}
	}
	mirror, m := 1.0, 0
	if math.Hypot(along[1], across[1]) > math.Hypot(along[0], across[0]) {
		mirror, m = -1, 1
	}
	sin, cos := math.Sincos(math.Atan2(across[m], along[m]))
	for _, p := range points {
		x, y := mirror*p[0], p[1]
		p[0], p[1] = cos*x-sin*y, sin*x+cos*y
	}
}

type named2 struct {
	name string
	rdm  RDM
}

// scaled chooses the RDMs: the last region of the first subject, and the last
// layer before the logits of the base and the main model.
func (d Data) scaled() []named2 {
	small := filter(d.RDMs, func(r RDM) bool {
		return r.Split == "" && r.Folds == nil && math.IsNaN(r.Time) && len(r.Conditions) > 2 && len(r.Conditions) <= mostConditions
	})
	var out []named2
	brains := filter(small, func(r RDM) bool { return brain(r) })
	if regions := inOrder(brains, func(r RDM) string { return r.ROI }, regionOrder); len(regions) > 0 {
		if r, ok := first(brains, func(r RDM) bool { return r.ROI == regions[len(regions)-1] }); ok {
			out = append(out, named2{join("brain, "+orAll(r.ROI), r.Subject), r})
		}
	}
	models := filter(small, func(r RDM) bool { return r.Kind == "model" && r.Layer != "logits" })
	layers := inOrder(models, func(r RDM) string { return r.Layer }, layerOrder)
	for _, m := range []string{d.Models.Base(), d.Models.Main()} {
		if m == "" || len(layers) == 0 {
			continue
		}
		if r, ok := first(models, func(r RDM) bool { return r.Model == m && r.Layer == layers[len(layers)-1] }); ok {
			out = append(out, named2{d.Models.Text(m) + ", " + r.Layer, r})
		}
	}
	return out
}

// thumbnails draws conditions as images where there are some, else by name.
type thumbnails struct {
	embedding mds.Embedding
	images    []image.Image // nil entries are dots
	names     []string      // nil: none are written
	style     markStyle
}

func (d Data) scatter(e mds.Embedding, conditions []string) thumbnails {
	t := thumbnails{embedding: e, images: make([]image.Image, len(conditions)), style: d.Models.of(d.Models.Main())}
	every := (len(conditions) + 99) / 100 // more would cover each other
	found := false
	for i, c := range conditions {
		if img := d.Images[c]; img != nil && i%every == 0 {
			t.images[i], found = img, true
		}
	}
	if !found && len(conditions) <= 25 { // more would cover each other
		t.names = conditions
	}
	return t
}

// Plot implements plot.Plotter.
func (t thumbnails) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	size := vg.Length(min(26, max(13, 150/math.Sqrt(float64(len(t.images))))))
	for i, pt := range t.embedding.Points {
		at := vg.Point{X: x(pt[0]), Y: y(pt[1])}
		switch {
		case t.images[i] != nil:
			half := vg.Point{X: size / 2, Y: size / 2}
			c.DrawImage(vg.Rectangle{Min: at.Sub(half), Max: at.Add(half)}, t.images[i])
		case t.names != nil:
			c.DrawGlyph(draw.GlyphStyle{Color: t.style.colour, Radius: 2.5, Shape: draw.CircleGlyph{}}, at)
			style := textStyle(small)
			style.XAlign = draw.XCenter
			c.FillText(style, vg.Point{X: at.X, Y: at.Y + 4}, t.names[i])
		default:
			c.DrawGlyph(draw.GlyphStyle{Color: t.style.colour, Radius: 2, Shape: draw.CircleGlyph{}}, at)
		}
	}
}
