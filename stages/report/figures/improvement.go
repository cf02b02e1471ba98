package figures

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"realnet/artifacts/schemas/similarities"
)

// Improvement draws the improvement ratio (new - base) / base: overall in each
// evaluation, from the results, and region by region, from the similarities.
func Improvement(d Data) ([]Figure, error) {
	alt := "Improvement ratio."
	var plots []*plot.Plot
	caption := "Improvement ratio, (model − base) / base. "
	var sources []string
	if p, words := d.overallRatios(); p != nil {
		plots, alt, sources = append(plots, p), alt+words, append(sources, "statistics")
		caption += "Left: of the mean similarity over layers, regions and subjects, with 95 % intervals over images and training subjects. Right: "
	}
	p, words := d.regionalRatios()
	if p != nil {
		plots, alt, sources = append(plots, p), alt+words, append(sources, "similarities")
		caption += "by region, of similarities averaged over layers; small marks: single subjects, large marks: mean with the 95 % Student interval over subjects (cut where it is wider than the figure). There is no ratio where the base model's similarity, or the interval of each of its layers, is not above zero."
	}
	if len(plots) == 0 {
		return nil, nil
	}
	f := Figure{Name: "improvement", Title: "Improvement over the base model", Caption: caption, Alt: alt, Sources: sources}
	f, err := f.finish(vg.Length(len(plots))*300+40, 270, panels(plots, len(plots), d.Cast.key(d.trained(), false)))
	return []Figure{f}, err
}

func (d Data) overallRatios() (*plot.Plot, string) {
	p := newPlot("overall", "", "improvement ratio")
	p.Y.Tick.Marker = percent{ticks{6}}
	p.Add(zero(false))
	all := newSpan()
	all.add(0)
	var names []string
	alt := ""
	models := d.trained()
	for _, rel := range relations {
		rows := d.ratioResults(rel.key)
		if len(rows) == 0 {
			continue
		}
		for i, m := range models {
			for _, r := range rows {
				if r.Model == m {
					k := mark{float64(len(names)) + offset(i, len(models), 0.5), r.Value, r.CILow, r.CIHigh}
					all.add(k.value, k.low, k.high)
					p.Add(means(d.Cast.of(m), []mark{k}))
					alt += fmt.Sprintf(" %s, %s: %+.0f %%.", rel.text, d.Cast.Text(m), 100*r.Value)
				}
			}
		}
		names = append(names, rel.text)
	}
	if len(names) == 0 {
		return nil, ""
	}
	for i := range names {
		names[i] = strings.Replace(names[i], " ", "\n", 1)
	}
	categories(&p.X, names, false)
	p.Y.Min, p.Y.Max = all.padded()
	return p, alt
}

// regionalRatios forms the ratio subject by subject and region by region.
func (d Data) regionalRatios() (*plot.Plot, string) {
	rows := filter(d.brains(), func(r similarities.Row) bool { return d.within(r) && d.trainedOn(r.Dataset) })
	type place struct{ model, subject, roi string }
	values, sound := map[place][]float64{}, map[place]bool{}
	for _, r := range rows {
		k := place{r.Model, r.Subject, r.ROI}
		values[k] = append(values[k], r.Value)
		sound[k] = sound[k] || r.CILow > 0 || (math.IsNaN(r.CILow) && r.Value > 0)
	}
	regions := regionsOf(rows)
	subjects := inOrder(rows, func(r similarities.Row) string { return r.Subject }, nil)
	p := newPlot("by region", "", "")
	p.Y.Tick.Marker = percent{ticks{6}}
	p.Add(zero(false))
	all := newSpan()
	all.add(0)
	alt, found := "", false
	for i, m := range d.trained() {
		var units, mean []mark
		for j, roi := range regions {
			at := float64(j) + offset(i, len(d.trained()), 0.5)
			var ratios []float64
			for _, s := range subjects {
				at := place{d.Cast.Base(), s, roi}
				mine, base := values[place{m, s, roi}], average(values[at])
				if len(mine) > 0 && base > 0 && sound[at] {
					ratios = append(ratios, average(mine)/base-1)
				}
			}
			for u, v := range ratios {
				units = append(units, mark{at + offset(u, len(ratios), 0.1), v, math.NaN(), math.NaN()})
			}
			if len(ratios) > 0 {
				found = true
				mean = append(mean, meanMark(at, ratios))
				alt += fmt.Sprintf(" %s in %s: %+.0f %%.", d.Cast.Text(m), orAll(roi), 100*average(ratios))
			}
		}
		seen(&all, units)
		p.Add(dots(d.Cast.of(m), units), means(d.Cast.of(m), mean))
	}
	if !found {
		return nil, ""
	}
	labels := make([]string, len(regions))
	for i, r := range regions {
		labels[i] = orAll(r)
	}
	categories(&p.X, labels, false)
	p.Y.Min, p.Y.Max = all.padded()
	return p, alt
}
