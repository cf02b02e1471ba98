package figures

import (
	"math"

	"realnet/artifacts/schemas/similarities"
	"realnet/stages/report/number"
	"realnet/stages/report/text"
)

// Improvement draws the improvement ratio (model - base) / base region by region. The
// ratio over everything is in the results.
func Improvement(d Data) ([]Figure, error) {
	rows := filter(d.brains(), func(r similarities.Row) bool { return d.within(r) && d.trainedOn(r.Dataset) })
	type place struct{ model, subject, roi string }
	values, sound := map[place][]float64{}, map[place]bool{}
	for _, r := range rows {
		k := place{r.Model, r.Subject, r.ROI}
		values[k] = append(values[k], r.Value)
		sound[k] = sound[k] || r.CILow > 0 || (math.IsNaN(r.CILow) && r.Value > 0)
	}
	regions, models := regionsOf(rows), d.trained()
	subjects := inOrder(rows, func(r similarities.Row) string { return r.Subject }, nil)
	p := panel{x: axis{label: "region"}, y: axis{label: "improvement ratio", percent: true, ticks: 6}}
	p.marks = append(p.marks, zero(false))
	for _, r := range regions {
		p.x.names = append(p.x.names, orAll(r))
	}
	alt, found := "Improvement ratio.", false
	for i, m := range models {
		var units, mean []mark
		for j, roi := range regions {
			at := float64(j) + offset(i, len(models), 0.5)
			var ratios []float64
			for _, s := range subjects {
				base := place{d.Models.Base(), s, roi}
				mine, reference := values[place{m, s, roi}], average(values[base])
				if len(mine) > 0 && reference > 0 && sound[base] {
					ratios = append(ratios, average(mine)/reference-1)
				}
			}
			for u, v := range ratios {
				units = append(units, mark{at + 0.06 + offset(u, len(ratios), 0.1), v, nan, nan})
			}
			if len(ratios) > 0 {
				found = true
				mean = append(mean, mark{at - 0.05, average(ratios), nan, nan})
				alt += " " + d.Models.Text(m) + " in " + orAll(roi) + ": " + number.Signed(100*average(ratios), 0) + " %."
			}
		}
		p.marks = append(p.marks, dots(d.Models.of(m), units), means(d.Models.of(m), mean))
	}
	if !found {
		return nil, nil
	}
	f := Figure{Name: "improvement", Alt: alt, Sources: []string{"similarities"}}
	f.Title, f.Caption = text.Figure("improvement", nil)
	f, err := f.finish(sheet{panels: []panel{p}, width: 420, height: 190, key: d.Models.key(models, false)})
	return []Figure{f}, err
}
