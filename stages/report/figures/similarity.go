package figures

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/number"
	"realnet/stages/report/text"
)

// mostRegions that have a panel each; more are shown as a map of layers and regions.
const mostRegions = 6

// Similarity draws, dataset by dataset, how similar the layers of each model
// are to each region, with the noise ceiling.
func Similarity(d Data) ([]Figure, error) {
	rows := filter(d.brains(), func(r similarities.Row) bool { return d.within(r) || !d.trainedOn(r.Dataset) })
	var out []Figure
	for _, dataset := range inOrder(rows, func(r similarities.Row) string { return r.Dataset }, nil) {
		here := filter(rows, func(r similarities.Row) bool { return r.Dataset == dataset })
		draw := d.similarity
		if len(regionsOf(here)) > mostRegions {
			draw = d.similarityMap
		}
		f, err := draw(dataset, here)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func (d Data) similarity(dataset string, rows []similarities.Row) (Figure, error) {
	models, layers, regions := d.Models.Shown(), layersOf(rows), regionsOf(rows)
	s := sheet{columns: min(len(regions), 2), height: 165, sameY: true, key: d.Models.key(models, false)}
	places, along := layers, "layer"
	flat := len(layers) == 1 && layers[0] == "" // models without layers stand beside each other
	if flat {
		places, along = nil, "model"
		for _, m := range models {
			places = append(places, d.Models.Text(m))
		}
		s.key = nil
	}
	if len(layers)*len(models) < 9 {
		s.columns = min(len(regions), 3)
	}
	reach, ceilings := newSpan(), newSpan()
	reach.add(0)
	intervals, starred := false, false
	subjects := len(inOrder(rows, func(r similarities.Row) string { return r.Subject }, nil))
	for _, roi := range regions {
		here := filter(rows, func(r similarities.Row) bool { return r.ROI == roi })
		p := panel{title: orAll(roi), x: axis{names: places, label: along}, y: axis{label: "similarity (" + method(rows) + ")"}, marks: nil}
		p.marks = append(p.marks, zero(false))
		if low, high, ok := ceilingOf(here); ok {
			ceilings.add(low, high)
			p.marks = append(p.marks, &ceiling{low, high, false})
		}
		for i, m := range models {
			var units, mean []mark
			for j, l := range layers {
				at := float64(j) + offset(i, len(models), 0.6)
				if flat {
					at = float64(i)
				}
				list := filter(here, func(r similarities.Row) bool { return r.Model == m && r.Layer == l })
				var values []float64
				for u, r := range list {
					units = append(units, mark{at + 0.03 + offset(u, len(list), 0.08), r.Value, r.CILow, r.CIHigh})
					values = append(values, r.Value)
					reach.add(r.Value, r.CILow, r.CIHigh)
				}
				large, p2 := d.layerMean(at-0.05, dataset, m, l, roi, values)
				intervals = intervals || !math.IsNaN(large.low)
				reach.add(large.value, large.low, large.high)
				mean = append(mean, large)
				if said := stars(p2, d.Alpha); said != "" && (flat || len(models) == 1) {
					starred, p.head = true, 1
					p.marks = append(p.marks, bracket{at, at, said, 0})
				}
			}
			p.marks = append(p.marks, dots(d.Models.of(m), units), means(d.Models.of(m), mean))
		}
		s.panels = append(s.panels, p)
	}
	gap := far(reach, ceilings)
	for i := range s.panels {
		s.panels[i].y.gap = gap
		for _, m := range s.panels[i].marks {
			if c, ok := m.(*ceiling); ok {
				c.far = gap != nil
			}
		}
	}
	any := func(keep func(similarities.Row) bool) bool { return slices.ContainsFunc(rows, keep) }
	trained := ""
	if any(func(r similarities.Row) bool { return r.Trained != "" }) {
		trained = map[bool]string{true: "own", false: "none"}[d.trainedOn(dataset)]
	}
	if ceilings.low <= ceilings.high {
		s.key = append(s.key, ceilingKey)
	}
	f := Figure{
		Name: named("similarity", dataset), Alt: d.describeSimilarity(rows, regions), Sources: []string{"similarities"},
	}
	f.Title, f.Caption = text.Figure("similarity", text.Values{
		"Along": along, "Dataset": dataset, "Method": method(rows), "Intervals": intervals, "Trained": trained,
		"Sessions": any(func(r similarities.Row) bool { return r.Session != "" }), "Bootstrap": any(func(r similarities.Row) bool { return !math.IsNaN(r.CILow) }),
		"OverSubjects": subjects > 1, "Ceilings": ceilings.low <= ceilings.high, "Broken": gap != nil, "Starred": starred, "Alpha": d.Alpha,
	})
	if intervals {
		f.Alt += " Each mean is drawn with its 95 % interval over images"
		if subjects > 1 {
			f.Alt += " and subjects"
		}
		f.Alt += "."
		f.Sources = append(f.Sources, "statistics")
	}
	if ceilings.low <= ceilings.high {
		f.Alt += " Noise ceilings from " + number.Fixed(ceilings.low, 3) + " to " + number.Fixed(ceilings.high, 3) + "."
	}
	if s.columns == 1 {
		s.width = 400
	}
	return f.finish(s)
}

// similarityMap shows layers x regions as a map, a panel per model.
func (d Data) similarityMap(dataset string, rows []similarities.Row) (Figure, error) {
	models, layers, regions := d.Models.Shown(), layersOf(rows), regionsOf(rows)
	var maps []grid
	reach := newSpan()
	for _, m := range models {
		g := grid{values: make([][]float64, len(regions))}
		for i, roi := range regions {
			for _, l := range layers {
				var values []float64
				for _, r := range rows {
					if r.Model == m && r.Layer == l && r.ROI == roi {
						values = append(values, r.Value)
					}
				}
				g.values[i] = append(g.values[i], average(values))
				reach.add(average(values))
			}
		}
		maps = append(maps, g)
	}
	s := sheet{columns: min(len(models), 4), narrow: 1, height: vg.Length(len(regions))*13 + 50, foot: 30}
	for i, m := range models {
		maps[i].low, maps[i].high = reach.low, reach.high
		names := append([]string(nil), regions...)
		slices.Reverse(names)
		s.panels = append(s.panels, panel{title: d.Models.Text(m), x: axis{names: layers}, y: axis{names: names}, marks: []plot.Plotter{maps[i]}})
	}
	s.sameY = true
	s.drawTo = scaleBar(reach.low, reach.high, "similarity ("+method(rows)+")", perceptual)
	f := Figure{
		Name: named("similarity", dataset),
		Alt:  d.describeSimilarity(rows, regions), Sources: []string{"similarities"},
	}
	f.Title, f.Caption = text.Figure("similarity-map", text.Values{"Dataset": dataset, "Method": method(rows)})
	return f.finish(s)
}

// layerMean is the mean of a layer's similarities, with the interval and the corrected
// p of the results where they have it.
func (d Data) layerMean(at float64, dataset, model, layer, roi string, values []float64) (mark, float64) {
	relation := statistics.Other
	if d.trainedOn(dataset) {
		relation = statistics.Within
	}
	for _, r := range d.Statistics {
		if r.Kind == statistics.Similarity && r.Model == model && r.Layer == layer && r.ROI == roi && r.Subject == "" &&
			(r.Relation == relation || r.Relation == "") {
			return mark{at, r.Value, r.CILow, r.CIHigh}, r.PCorrected
		}
	}
	return mark{at, average(values), nan, nan}, nan
}

// describeSimilarity says in words what the figure shows.
func (d Data) describeSimilarity(rows []similarities.Row, regions []string) string {
	words := "Mean similarity over layers."
	if !layered(rows) {
		words = "Mean similarity."
	}
	for _, roi := range regions {
		words += " " + orAll(roi) + ":"
		for i, m := range d.Models.Shown() {
			var values []float64
			for _, r := range rows {
				if r.ROI == roi && r.Model == m {
					values = append(values, r.Value)
				}
			}
			if i > 0 {
				words += ","
			}
			words += " " + d.Models.Text(m) + " " + number.Fixed(average(values), 3)
		}
		words += "."
	}
	return words
}

// layered reports whether similarities are those of layers.
func layered(rows []similarities.Row) bool {
	_, ok := first(rows, func(r similarities.Row) bool { return r.Layer != "" })
	return ok
}

// ceilingOf is the mean noise ceiling of rows that have one.
func ceilingOf(rows []similarities.Row) (low, high float64, ok bool) {
	var lows, highs []float64
	for _, r := range rows {
		if !math.IsNaN(r.CeilingLow) && !math.IsNaN(r.CeilingHigh) {
			lows, highs = append(lows, r.CeilingLow), append(highs, r.CeilingHigh)
		}
	}
	return average(lows), average(highs), len(lows) > 0
}

// method names the comparator, of all rows when they agree.
func method(rows []similarities.Row) string {
	name := ""
	for _, r := range rows {
		switch {
		case name == "":
			name = r.Method
		case name != r.Method:
			return "several comparators"
		}
	}
	return Comparator(name)
}

// Comparator is the name of a method of comparing RDMs, for readers.
func Comparator(method string) string {
	names := map[string]string{
		"spearman": "Spearman's ρ", "pearson": "Pearson's r", "kendall": "Kendall's τ-b", "tau-a": "Kendall's τ-a", "rho-a": "ρ-a", "cosine": "cosine",
		"whitened-correlation": "whitened correlation", "whitened-cosine": "whitened cosine",
	}
	if n, ok := names[method]; ok {
		return n
	}
	return method
}

func average(values []float64) float64 {
	m, _, _ := meanInterval(values)
	return m
}
