package figures

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
)

// Similarity draws, dataset by dataset, how similar the layers of each model
// are to each region, with the noise ceiling.
func Similarity(d Data) ([]Figure, error) {
	rows := filter(d.brains(), func(r similarities.Row) bool { return d.within(r) || !d.trainedOn(r.Dataset) })
	var out []Figure
	for _, dataset := range inOrder(rows, func(r similarities.Row) string { return r.Dataset }, nil) {
		f, err := d.similarity(dataset, filter(rows, func(r similarities.Row) bool { return r.Dataset == dataset }))
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// farAbove is how many times higher than all values a noise ceiling must be to
// be written instead of drawn.
const farAbove = 1.3

func (d Data) similarity(dataset string, rows []similarities.Row) (Figure, error) {
	models, layers, regions := d.Cast.Shown(), layersOf(rows), regionsOf(rows)
	columns := min(len(regions), 3)
	var plots []*plot.Plot
	all := newSpan()
	all.add(0)
	hasCeiling, hidden, intervals := false, false, false
	reach := newSpan()
	for _, r := range rows {
		reach.add(r.Value, r.CIHigh)
	}
	for k, roi := range regions {
		here := filter(rows, func(r similarities.Row) bool { return r.ROI == roi })
		label := ""
		if k%columns == 0 {
			label = "similarity (" + method(rows) + ")"
		}
		p := newPlot(orAll(roi), "", label)
		categories(&p.X, layers, false)
		p.Y.Tick.Marker = ticks{5}
		switch low, high, ok := ceilingOf(here); {
		case ok && low > farAbove*reach.high: // it would press the data together
			hidden = true
			p.Title.Text += fmt.Sprintf("  (ceiling %.2f to %.2f)", low, high)
		case ok:
			hasCeiling = true
			all.add(low, high)
			p.Add(ceiling{low, high})
		}
		p.Add(zero(false))
		for i, m := range models {
			var units, mean []mark
			for j, l := range layers {
				at := float64(j) + offset(i, len(models), 0.6)
				list := filter(here, func(r similarities.Row) bool { return r.Model == m && r.Layer == l })
				var values []float64
				for u, r := range list {
					units = append(units, mark{at + 0.03 + offset(u, len(list), 0.08), r.Value, r.CILow, r.CIHigh})
					values = append(values, r.Value)
				}
				large := d.layerMean(at-0.05, dataset, m, l, roi, values)
				intervals = intervals || !math.IsNaN(large.low)
				mean = append(mean, large)
			}
			seen(&all, units)
			seen(&all, mean)
			p.Add(dots(d.Cast.of(m), units), means(d.Cast.of(m), mean))
		}
		plots = append(plots, p)
	}
	low, high := all.padded()
	for _, p := range plots {
		p.Y.Min, p.Y.Max = low, high
	}
	key := d.Cast.key(models, false)
	sessions := ""
	if _, ok := first(rows, func(r similarities.Row) bool { return r.Session != "" }); ok {
		sessions = " and sessions"
	}
	interval := ""
	if intervals {
		interval = " with its 95 % interval over images, each left out once, and subjects"
	}
	caption := fmt.Sprintf("%s of model and brain RDMs, layer by layer. Small marks: single subjects%s with 95 %% bootstrap intervals over images; large marks: their mean%s.", method(rows), sessions, interval)
	switch _, trained := first(rows, func(r similarities.Row) bool { return r.Trained != "" }); {
	case !trained:
	case d.trainedOn(dataset):
		caption += " Trained models are compared with the subject they learned from."
	default:
		caption += " No model learned from these subjects."
	}
	if hasCeiling {
		key = append(key, ceilingKey)
		caption += " Grey: noise ceiling, what the best possible model could reach given how much the subjects differ."
	}
	if hidden {
		caption += " In brackets: noise ceilings that lie far above the figure; what the best possible model could reach given how much the subjects differ."
	}
	f := Figure{
		Name: named("similarity", dataset), Title: strings.TrimSpace("Similarity of models and brains by region and layer " + inBrackets(dataset)),
		Caption: caption, Alt: d.describeSimilarity(rows, regions), Sources: []string{"similarities"},
	}
	if intervals {
		f.Alt += " Each layer's mean is drawn with its 95 % interval over images and subjects."
		f.Sources = append(f.Sources, "statistics")
	}
	height := vg.Length((len(regions)+columns-1)/columns)*165 + 40
	width := vg.Length(columns)*230 + 30
	return f.finish(max(width, 420), height, panels(plots, columns, key))
}

// layerMean is the mean of a layer's similarities, with the interval of the results
// where they have it.
func (d Data) layerMean(at float64, dataset, model, layer, roi string, values []float64) mark {
	relation := statistics.Other
	if d.trainedOn(dataset) {
		relation = statistics.Within
	}
	for _, r := range d.Statistics {
		if r.Kind == statistics.Similarity && r.Model == model && r.Layer == layer && r.ROI == roi && r.Subject == "" &&
			(r.Relation == relation || r.Relation == "") {
			return mark{at, r.Value, r.CILow, r.CIHigh}
		}
	}
	return mark{at, average(values), math.NaN(), math.NaN()}
}

// describeSimilarity says in words what the figure shows.
func (d Data) describeSimilarity(rows []similarities.Row, regions []string) string {
	text := "Mean similarity over layers."
	for _, roi := range regions {
		text += " " + orAll(roi) + ":"
		for i, m := range d.Cast.Shown() {
			var values []float64
			for _, r := range rows {
				if r.ROI == roi && r.Model == m {
					values = append(values, r.Value)
				}
			}
			if i > 0 {
				text += ","
			}
			text += fmt.Sprintf(" %s %.3f", d.Cast.Text(m), average(values))
		}
		text += "."
	}
	return text
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

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}
