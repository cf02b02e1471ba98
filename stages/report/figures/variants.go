package figures

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/similarities"
)

// Variants draws every trained model of the study on one page: what it gained
// in similarity and what accuracy it kept.
func Variants(d Data) ([]Figure, error) {
	rows := filter(d.brains(), func(r similarities.Row) bool { return d.within(r) && d.trainedOn(r.Dataset) })
	gains := d.differences(rows)
	models := filter(d.Cast.list, func(m Model) bool {
		return len(valuesOf(gains, m.Label)) > 0
	})
	if len(models) < 2 {
		return nil, nil
	}
	names := make([]string, len(models))
	gain := newPlot("", "similarity, difference to base", "")
	gain.X.Tick.Marker = ticks{5}
	gain.Add(zero(true))
	gainSpan := newSpan()
	gainSpan.add(0)
	alt := "Mean gain of similarity."
	for i, m := range models {
		at := float64(len(models) - 1 - i)
		names[len(models)-1-i] = d.Cast.Text(m.Label)
		values := valuesOf(gains, m.Label)
		var units []mark
		for u, v := range values {
			units = append(units, mark{at + offset(u, len(values), 0.3), v, math.NaN(), math.NaN()})
		}
		mean := meanMark(at, values)
		seen(&gainSpan, units)
		gainSpan.add(mean.value, mean.low, mean.high)
		l := d.Cast.of(m.Label)
		gain.Add(dots(l, units).sideways(), means(l, []mark{mean}).sideways())
		alt += fmt.Sprintf(" %s %+.3f.", d.Cast.Text(m.Label), mean.value)
	}
	categories(&gain.Y, names, false)
	gain.X.Min, gain.X.Max = gainSpan.padded()
	plots := []*plot.Plot{gain}
	if p := d.variantAccuracy(models, names); p != nil {
		plots = append(plots, p)
	}
	f := Figure{
		Name: "variants", Title: "All variants", Alt: alt, Sources: []string{"similarities", "accuracies"},
		Caption: "Left: similarity within subject less that of the base model, averaged over layers and regions. Right: top-1 accuracy. Small marks: single subjects (accuracy with 95 % Wilson intervals); large marks: mean with the 95 % Student interval. Dashed: accuracy of the base model.",
	}
	f, err := f.finish(600, vg.Length(len(models))*24+60, panels(plots, len(plots), nil))
	return []Figure{f}, err
}

func (d Data) variantAccuracy(models []Model, names []string) *plot.Plot {
	rows := d.accuracies()
	if len(rows) == 0 {
		return nil
	}
	p := newPlot("", "top-1 accuracy", "")
	p.X.Tick.Marker = percent{ticks{4}}
	all := newSpan()
	for i, m := range models {
		at := float64(len(models) - 1 - i)
		mine := filter(rows, func(a accuracies.Row) bool { return a.Model == m.Label })
		var units []mark
		var values []float64
		for u, a := range mine {
			units = append(units, mark{at + offset(u, len(mine), 0.3), a.Top1, a.CILow, a.CIHigh})
			values = append(values, a.Top1)
		}
		mean := meanMark(at, values)
		seen(&all, units)
		all.add(mean.value)
		l := d.Cast.of(m.Label)
		p.Add(dots(l, units).sideways(), means(l, []mark{mean}).sideways())
	}
	for _, a := range rows {
		if a.Model == d.Cast.Base() {
			all.add(a.Top1)
			style := zero(true).style
			style.Width, style.Dashes = 1.2, roles[Control].dashes
			p.Add(rule{a.Top1, true, style})
		}
	}
	categories(&p.Y, make([]string, len(names)), false)
	p.X.Min, p.X.Max = all.padded()
	return p
}
