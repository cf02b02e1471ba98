package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/similarities"
)

// Sweep draws similarity and accuracy against beta, the weight of the brain
// term; beta 0 is the control.
func Sweep(d Data) ([]Figure, error) {
	models := d.sweep()
	if len(models) < 3 {
		return nil, nil
	}
	rows := filter(d.brains(), func(r similarities.Row) bool { return d.within(r) && d.trainedOn(r.Dataset) })
	like, alt := d.sweepPanel("similarity (mean of layers and regions)", models, func(m string) (units []unit) {
		for _, s := range inOrder(rows, func(r similarities.Row) string { return r.Subject }, nil) {
			var v []float64
			for _, r := range rows {
				if r.Model == m && r.Subject == s {
					v = append(v, r.Value)
				}
			}
			if len(v) > 0 {
				units = append(units, unit{s, average(v), math.NaN(), math.NaN()})
			}
		}
		return units
	})
	plots := []*plot.Plot{like}
	alt = "Mean similarity: " + alt
	if test := d.accuracies(); len(test) > 0 {
		p, words := d.sweepPanel("top-1 accuracy", models, func(m string) (units []unit) {
			for _, a := range test {
				if a.Model == m {
					units = append(units, unit{a.Trained, a.Top1, a.CILow, a.CIHigh})
				}
			}
			return units
		})
		p.Y.Tick.Marker = percent{ticks{5}}
		plots, alt = append(plots, p), alt+" Mean accuracy: "+words
	}
	f := Figure{
		Name: "sweep", Title: "Sweep of the weight of the brain term", Alt: alt, Sources: []string{"similarities", "accuracies"},
		Caption: "Thin lines: single subjects (accuracy with 95 % Wilson intervals). Large marks: mean with the 95 % Student interval over subjects. β = 0 is the control. Dashed: the base model.",
	}
	f, err := f.finish(580, 250, panels(plots, len(plots), nil))
	return []Figure{f}, err
}

// unit is one subject's value.
type unit struct {
	name             string
	value, low, high float64
}

// sweep is the control and the models of the sweep, by beta.
func (d Data) sweep() []Model {
	var out []Model
	for _, m := range d.Cast.list {
		control := m.Role == Control && m.Beta == 0
		if (m.Role == Aligned && (m.Sweep || m.Main) || control) && !slices.ContainsFunc(out, func(o Model) bool { return o.Beta == m.Beta }) {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b Model) int { return int(math.Copysign(1, a.Beta-b.Beta)) })
	return out
}

func (d Data) sweepPanel(label string, models []Model, of func(string) []unit) (*plot.Plot, string) {
	p := newPlot("", "β", label)
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks{6}, ticks{5}
	all, xs := newSpan(), newSpan()
	style := d.Cast.of(d.Cast.Main())
	lines := map[string][]mark{}
	var names []string
	var mean []mark
	alt := ""
	for _, m := range models {
		var values []float64
		for _, u := range of(m.Label) {
			if lines[u.name] == nil {
				names = append(names, u.name)
			}
			lines[u.name] = append(lines[u.name], mark{m.Beta, u.value, u.low, u.high})
			values = append(values, u.value)
		}
		if len(values) > 0 {
			mean = append(mean, meanMark(m.Beta, values))
			xs.add(m.Beta)
			alt += fmt.Sprintf("β %g: %.3f. ", m.Beta, average(values))
		}
	}
	for _, n := range names {
		var x, y []float64
		for _, k := range lines[n] {
			x, y = append(x, k.at), append(y, k.value)
		}
		seen(&all, lines[n])
		p.Add(curve{x, y, draw.LineStyle{Color: style.colour, Width: 0.5}}, dots(style, lines[n]))
	}
	for _, k := range mean {
		all.add(k.value, k.low, k.high)
	}
	p.Add(means(style, mean))
	var base []float64
	for _, u := range of(d.Cast.Base()) {
		base = append(base, u.value)
	}
	if len(base) > 0 {
		all.add(average(base))
		p.Add(rule{average(base), false, draw.LineStyle{Color: d.Cast.of(d.Cast.Base()).colour, Width: 1.2, Dashes: roles[Control].dashes}})
	}
	p.X.Min, p.X.Max = xs.padded()
	p.Y.Min, p.Y.Max = all.padded()
	return p, alt
}

// accuracies are those of the test images, or of the only subset there is.
func (d Data) accuracies() []accuracies.Row {
	test := filter(d.Accuracies, func(a accuracies.Row) bool { return a.Subset == "test" })
	if len(test) > 0 {
		return test
	}
	if len(inOrder(d.Accuracies, func(a accuracies.Row) string { return a.Subset }, nil)) == 1 {
		return d.Accuracies
	}
	return filter(d.Accuracies, func(a accuracies.Row) bool { return a.Subset == d.Accuracies[0].Subset })
}
