package figures

import (
	"math"
	"sort"

	"gonum.org/v1/plot/vg"

	"realnet/artifacts/schemas/profiles"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/number"
	"realnet/stages/report/text"
)

// Dimensions draws how much more each object dimension shows in the main
// aligned model than in the base model, ranked, a panel per layer.
func Dimensions(d Data) ([]Figure, error) {
	model := d.Models.Main()
	rows := filter(d.Profiles, func(r profiles.Row) bool { return r.Model == model && !math.IsNaN(r.Difference) })
	if len(rows) == 0 {
		return nil, nil
	}
	layers := inOrder(rows, func(r profiles.Row) string { return r.Layer }, layerOrder)
	names, planted, mean := ranked(rows)
	labels := make([]string, len(names))
	for i, n := range names {
		labels[len(names)-1-i] = n
		if planted[n] {
			labels[len(names)-1-i] = n + " *"
		}
	}
	style, other := d.Models.of(model), d.Models.of(d.Models.Base())
	s := sheet{height: vg.Length(len(names))*13 + 62, sameX: true, sameY: true, columns: min(len(layers), 5)}
	intervals := false
	for _, layer := range layers {
		p := panel{title: layer, x: axis{ticks: 3}, y: axis{names: labels}}
		p.marks = append(p.marks, zero(true))
		for i, n := range names {
			at := float64(len(names) - 1 - i)
			mine := filter(rows, func(r profiles.Row) bool { return r.Layer == layer && r.Dimension == n })
			var units []mark
			var values []float64
			for u, r := range mine {
				units = append(units, mark{at + offset(u, len(mine), 0.4), r.Difference, r.CILow, r.CIHigh})
				values = append(values, r.Difference)
			}
			l := style
			if len(planted) > 0 && !planted[n] {
				l.colour, l.shape = other.colour, other.shape
			}
			large := d.dimensionMean(at, model, layer, n, average(values))
			intervals = intervals || !math.IsNaN(large.low)
			big := means(l, []mark{large}).sideways()
			big.glyph.Radius = 2.8
			p.marks = append(p.marks, dots(l, units).sideways(), big)
		}
		s.panels = append(s.panels, p)
	}
	f := Figure{
		Name: "dimensions", Sources: []string{"profiles"},
		Alt: "Largest mean differences from the base model:",
	}
	if intervals {
		f.Sources = append(f.Sources, "statistics")
	}
	f.Title, f.Caption = text.Figure("dimensions", text.Values{"Model": d.Models.Text(model), "Intervals": intervals, "Planted": len(planted) > 0})
	for _, n := range names[:min(5, len(names))] {
		f.Alt += " " + n + " " + number.Signed(mean[n], 3) + ";"
	}
	f.Alt += " smallest: " + names[len(names)-1] + " " + number.Signed(mean[names[len(names)-1]], 3) + "."
	f, err := f.finish(s)
	return []Figure{f}, err
}

// dimensionMean is the mean of a layer's differences, with the interval of the results
// where they have it.
func (d Data) dimensionMean(at float64, model, layer, dimension string, mean float64) mark {
	for _, r := range d.Statistics {
		if r.Kind == statistics.Dimension && r.Model == model && r.Reference == d.Models.Base() && r.Layer == layer && r.Dimension == dimension {
			return mark{at, r.Value, r.CILow, r.CIHigh}
		}
	}
	return mark{at, mean, nan, nan}
}

// ranked orders dimensions by their mean difference, largest first.
func ranked(rows []profiles.Row) (names []string, planted map[string]bool, mean map[string]float64) {
	values := map[string][]float64{}
	planted, mean = map[string]bool{}, map[string]float64{}
	for _, r := range rows {
		if values[r.Dimension] == nil {
			names = append(names, r.Dimension)
		}
		values[r.Dimension] = append(values[r.Dimension], r.Difference)
		if r.Planted {
			planted[r.Dimension] = true
		}
	}
	for _, n := range names {
		mean[n] = average(values[n])
	}
	sort.SliceStable(names, func(i, j int) bool { return mean[names[i]] > mean[names[j]] })
	return names, planted, mean
}
