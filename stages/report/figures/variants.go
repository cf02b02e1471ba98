package figures

import (
	"strings"

	"gonum.org/v1/plot/vg"

	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/similarities"
	"realnet/stages/report/number"
	"realnet/stages/report/text"
)

// Variants draws the accuracy of every model, and its gain in similarity where the
// study has models that the figure of gains does not show.
func Variants(d Data) ([]Figure, error) {
	rows := filter(d.brains(), func(r similarities.Row) bool { return d.within(r) && d.trainedOn(r.Dataset) })
	gains, test := d.differences(rows), d.accuracies()
	models := filter(d.Models.list, func(m Model) bool { return len(valuesOf(gains, m.Label)) > 0 })
	if len(models) < 2 {
		return nil, nil
	}
	names := make([]string, len(models))
	for i, m := range models {
		names[len(models)-1-i] = d.Models.Text(m.Label)
	}
	s := sheet{height: vg.Length(len(models))*22 + 62, sameY: true}
	f := Figure{Name: "variants"}
	add := func(x axis, of func(Model) []mark, dashed []mark) {
		p := panel{x: x, y: axis{names: names}}
		for i, m := range models {
			at := float64(len(models) - 1 - i)
			list := of(m)
			var values []float64
			for u := range list {
				list[u].at = at + offset(u, len(list), 0.3)
				values = append(values, list[u].value)
			}
			if len(values) == 0 {
				continue
			}
			style, mean := d.Models.of(m.Label), meanMark(at, values)
			p.marks = append(p.marks, dots(style, list).sideways(), means(style, []mark{mean}).sideways())
			f.Alt += " " + d.Models.Text(m.Label) + " " + number.Fixed(mean.value, 3) + "."
		}
		for _, k := range dashed {
			style := zero(true).style
			style.Width, style.Dashes = 1.2, roles[Control].dashes
			p.marks = append(p.marks, rule{k.value, true, style})
		}
		s.panels = append(s.panels, p)
	}
	all := len(models) > len(d.trained())
	if all {
		f.Sources = []string{"similarities"}
		f.Alt = "Mean gain in similarity over the base model:"
		add(axis{label: "similarity, difference to base"}, func(m Model) []mark {
			var out []mark
			for _, v := range valuesOf(gains, m.Label) {
				out = append(out, mark{0, v, nan, nan})
			}
			return out
		}, []mark{{}})
	}
	if len(test) > 0 {
		f.Alt = strings.TrimSpace(f.Alt + " Mean top-1 accuracy:")
		f.Sources = append(f.Sources, "accuracies")
		of := func(label string) []mark {
			var out []mark
			for _, a := range filter(test, func(a accuracies.Row) bool { return a.Model == label }) {
				out = append(out, mark{0, a.Top1, a.CILow, a.CIHigh})
			}
			return out
		}
		add(axis{label: "top-1 accuracy", percent: true}, func(m Model) []mark { return of(m.Label) }, of(d.Models.Base()))
	}
	if len(s.panels) == 0 {
		return nil, nil
	}
	if len(s.panels) == 1 {
		s.width = 380
	}
	f.Title, f.Caption = text.Figure("variants", text.Values{"Gains": all, "Accuracy": len(test) > 0})
	f, err := f.finish(s)
	return []Figure{f}, err
}
