package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg/draw"

	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/similarities"
	"realnet/stages/report/number"
	"realnet/stages/report/text"
)

// Sweep draws similarity and accuracy against beta, the weight of the brain
// term; beta 0 is the control.
func Sweep(d Data) ([]Figure, error) {
	models := d.sweep()
	if len(models) < 2 {
		return nil, nil
	}
	rows := filter(d.brains(), func(r similarities.Row) bool { return d.within(r) && d.trainedOn(r.Dataset) })
	similar, alt := d.sweepPanel(axis{label: "mean similarity"}, models, func(m string) (units []unit) {
		for _, s := range inOrder(rows, func(r similarities.Row) string { return r.Subject }, nil) {
			var v []float64
			for _, r := range rows {
				if r.Model == m && r.Subject == s {
					v = append(v, r.Value)
				}
			}
			if len(v) > 0 {
				units = append(units, unit{s, average(v), nan, nan})
			}
		}
		return units
	})
	s := sheet{panels: []panel{similar}, height: 190}
	f := Figure{
		Name: "sweep", Alt: "Mean similarity: " + alt, Sources: []string{"similarities"},
	}
	test := d.accuracies()
	f.Title, f.Caption = text.Figure("sweep", text.Values{"Accuracy": len(test) > 0})
	if len(test) > 0 {
		p, words := d.sweepPanel(axis{label: "top-1 accuracy", percent: true}, models, func(m string) (units []unit) {
			for _, a := range test {
				if a.Model == m {
					units = append(units, unit{a.Trained, a.Top1, a.CILow, a.CIHigh})
				}
			}
			return units
		})
		s.panels = append(s.panels, p)
		f.Alt += " Mean accuracy: " + words
		f.Sources = append(f.Sources, "accuracies")
	}
	if len(s.panels) == 1 {
		s.width = 320
	}
	f, err := f.finish(s)
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
	for _, m := range d.Models.list {
		control := m.Role == Control && m.Beta == 0
		if (m.Role == Aligned && (m.Sweep || m.Main) || control) && !slices.ContainsFunc(out, func(o Model) bool { return o.Beta == m.Beta }) {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b Model) int { return int(math.Copysign(1, a.Beta-b.Beta)) })
	return out
}

func (d Data) sweepPanel(y axis, models []Model, of func(string) []unit) (panel, string) {
	p := panel{x: axis{label: "β", ticks: 6}, y: y}
	style := d.Models.of(d.Models.Main())
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
			alt += fmt.Sprintf("β %g: %s. ", m.Beta, number.Fixed(average(values), 3))
		}
	}
	for _, n := range names {
		var x, y []float64
		for _, k := range lines[n] {
			x, y = append(x, k.at), append(y, k.value)
		}
		p.marks = append(p.marks, curve{x, y, draw.LineStyle{Color: style.colour, Width: 0.5}}, dots(style, lines[n]))
	}
	p.marks = append(p.marks, means(style, mean))
	var base []float64
	for _, u := range of(d.Models.Base()) {
		base = append(base, u.value)
	}
	if len(base) > 0 {
		p.marks = append(p.marks, rule{average(base), false, draw.LineStyle{Color: d.Models.of(d.Models.Base()).colour, Width: 1.2, Dashes: roles[Control].dashes}})
	}
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
