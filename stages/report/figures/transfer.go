package figures

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
)

// group is one evaluation: the gain over the base model, by model.
type group struct {
	name  string
	units map[string][]mark
	mean  map[string]mark
}

// relations of the results, in the words of readers.
var relations = []struct{ key, text string }{
	{statistics.Within, "within subject"}, {statistics.Across, "across subjects"}, {statistics.Other, "other dataset"}, {statistics.EEG, "EEG"},
}

// groups are the evaluations of a study. They come from the results, which have
// intervals over images and subjects; without results, from the similarities.
func (d Data) groups() (list []group, results bool) {
	for _, rel := range relations {
		g := group{rel.text, map[string][]mark{}, map[string]mark{}}
		for _, r := range d.Statistics {
			switch {
			case r.Kind != statistics.Gain || r.Relation != rel.key || r.Reference != d.Cast.Base():
			case r.Subject == "":
				g.mean[r.Model] = mark{0, r.Value, r.CILow, r.CIHigh}
			default:
				g.units[r.Model] = append(g.units[r.Model], mark{0, r.Value, r.CILow, r.CIHigh})
			}
		}
		if len(g.mean) > 0 {
			list = append(list, g)
		}
	}
	if len(list) > 0 {
		return list, true
	}
	return d.describedGroups(), false
}

// describedGroups averages differences of similarities, pair by pair.
func (d Data) describedGroups() []group {
	var out []group
	add := func(name string, rows []similarities.Row) {
		list := d.differences(rows)
		if len(list) == 0 {
			return
		}
		g := group{name, map[string][]mark{}, map[string]mark{}}
		for _, m := range d.Cast.list {
			values := valuesOf(list, m.Label)
			for _, v := range values {
				g.units[m.Label] = append(g.units[m.Label], mark{0, v, math.NaN(), math.NaN()})
			}
			if len(values) > 0 {
				g.mean[m.Label] = meanMark(0, values)
			}
		}
		out = append(out, g)
	}
	fmri := d.brains()
	home := filter(fmri, func(r similarities.Row) bool { return d.trainedOn(r.Dataset) })
	add("within subject", filter(home, d.within))
	add("across subjects", filter(home, d.across))
	for _, name := range inOrder(fmri, func(r similarities.Row) string { return r.Dataset }, nil) {
		if !d.trainedOn(name) {
			add(name, filter(fmri, func(r similarities.Row) bool { return r.Dataset == name }))
		}
	}
	add("EEG", filter(d.eeg(), func(r similarities.Row) bool { return math.IsNaN(r.Time) || r.Time > 0 }))
	return out
}

// gainCaption says what the marks of a group are.
func gainCaption(results bool) string {
	if results {
		return "Similarity less that of the base model with the same brains, averaged over layers and regions. Small marks: the models that single subjects trained; large marks: all of them. Bars: 95 % intervals over images, of the large marks over training subjects too."
	}
	return "Similarity less that of the base model with the same brain, averaged over layers and regions. Small marks: pairs of training and test subject; large marks: mean with the 95 % Student interval over these. Pairs share subjects, so that interval is too narrow and only describes."
}

// Transfer draws the gain over the base model within and across subjects.
func Transfer(d Data) ([]Figure, error) {
	groups, results := d.groups()
	groups = filter(groups, func(g group) bool { return g.name != "EEG" })
	if len(groups) < 2 {
		return nil, nil
	}
	models := d.trained()
	names := make([]string, len(groups))
	p := newPlot("", "", "similarity, difference to base")
	p.Y.Tick.Marker = ticks{6}
	p.Add(zero(false))
	all := newSpan()
	all.add(0)
	alt := "Gain of similarity over the base model."
	for j, g := range groups {
		names[j] = g.name
		for i, m := range models {
			alt += d.addGroup(p, &all, g, m, float64(j)+offset(i, len(models), 0.5))
		}
	}
	categories(&p.X, names, false)
	p.Y.Min, p.Y.Max = all.padded()
	f := Figure{Name: "transfer", Title: "Gain within and across subjects", Alt: alt, Sources: sourceOf(results), Caption: gainCaption(results)}
	f, err := f.finish(vg.Length(len(groups))*150+110, 260, panels([]*plot.Plot{p}, 1, d.Cast.key(models, false)))
	return []Figure{f}, err
}

// trained are the shown models but the base.
func (d Data) trained() []string {
	return filter(d.Cast.Shown(), func(m string) bool { return m != d.Cast.Base() })
}

func sourceOf(results bool) []string {
	if results {
		return []string{"statistics"}
	}
	return []string{"similarities"}
}

// addGroup adds the units and the mean of one model and says it in words.
func (d Data) addGroup(p *plot.Plot, all *span, g group, model string, at float64) string {
	mean, ok := g.mean[model]
	if !ok {
		return ""
	}
	mean.at = at
	units := append([]mark(nil), g.units[model]...)
	for u := range units {
		units[u].at = at + 0.08 + offset(u, len(units), 0.08)
	}
	seen(all, units)
	all.add(mean.value, mean.low, mean.high)
	p.Add(dots(d.Cast.of(model), units), means(d.Cast.of(model), []mark{mean}))
	return fmt.Sprintf(" %s, %s: %+.3f%s.", g.name, d.Cast.Text(model), mean.value, interval(mean))
}

func interval(m mark) string {
	if math.IsNaN(m.low) || math.IsNaN(m.high) {
		return ""
	}
	return fmt.Sprintf(" (95 %% interval %+.3f to %+.3f)", m.low, m.high)
}

// Modalities draws the gain over the base model in each evaluation, each on its
// own scale: does what was learned from fMRI hold in EEG?
func Modalities(d Data) ([]Figure, error) {
	groups, results := d.groups()
	if _, ok := first(groups, func(g group) bool { return g.name == "EEG" }); !ok || len(groups) < 2 {
		return nil, nil
	}
	models := d.trained()
	var plots []*plot.Plot
	alt := "Gain of similarity over the base model."
	for j, g := range groups {
		label := ""
		if j == 0 {
			label = "similarity, difference to base"
		}
		p := newPlot(g.name, "", label)
		p.Y.Tick.Marker = ticks{5}
		p.Add(zero(false))
		all := newSpan()
		all.add(0)
		names := make([]string, len(models))
		for i, m := range models {
			names[i] = d.Cast.Text(m)
			alt += d.addGroup(p, &all, g, m, float64(i))
		}
		categories(&p.X, names, len(names) > 3)
		p.Y.Min, p.Y.Max = all.padded()
		plots = append(plots, p)
	}
	f := Figure{
		Name: "modalities", Title: "Gain across modalities", Alt: alt, Sources: sourceOf(results),
		Caption: "fMRI and EEG side by side, each on its own scale. " + gainCaption(results),
	}
	columns := min(len(plots), 4)
	rows := (len(plots) + columns - 1) / columns
	f, err := f.finish(vg.Length(columns)*165+30, vg.Length(rows)*215+20, panels(plots, columns, nil))
	return []Figure{f}, err
}

// clusters are the times (ms) of significant clusters of a model's time course, of
// one layer or of the mean of layers.
func (d Data) clusters(model, layer string) (list [][2]float64) {
	if layer == overLayers {
		layer = ""
	}
	for _, r := range d.Statistics {
		if r.Kind == statistics.Cluster && r.Model == model && r.Layer == layer && r.PCorrected < d.Alpha {
			list = append(list, [2]float64{r.Time * 1000, r.TimeEnd * 1000})
		}
	}
	return list
}

// ratioResults are the improvement ratios of the results, relation by relation.
func (d Data) ratioResults(relation string) []statistics.Row {
	return filter(d.Statistics, func(r statistics.Row) bool { return r.Kind == statistics.Ratio && r.Relation == relation })
}
