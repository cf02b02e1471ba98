package figures

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/text"
)

// Relation is one evaluation of a study in the words of readers. The names are those
// of the paper.
type Relation struct{ Key, Name, Brains string }

// Relations are the evaluations in their order.
var Relations = []Relation{
	{statistics.Within, "within-modality and within-subject", "the brain that it was trained on"},
	{statistics.Across, "within-modality and across-subject", "brains of other subjects"},
	{statistics.Other, "within-modality and across-subject (another dataset)", "brains of another dataset"},
	{statistics.EEG, "across-modality and across-subject (EEG)", "EEG of other subjects"},
}

// Gain draws the gain of every shown model over the base model, a panel per evaluation:
// the answer of a study that trains networks on brains. It comes from the results, which
// have intervals over images and subjects; without results, from the similarities.
func Gain(d Data) ([]Figure, error) {
	models := d.trained()
	if len(models) == 0 {
		return nil, nil
	}
	s := sheet{height: 215}
	alt := "Gain of similarity over the base model."
	results, ceilings, tested := false, false, false
	for _, e := range d.evaluations() {
		p := panel{title: strings.Replace(e.name, " and ", "\nand ", 1), y: axis{label: "gain in similarity over base"}}
		p.marks = append(p.marks, zero(false))
		reach := newSpan()
		for i, m := range models {
			p.x.names = append(p.x.names, d.Models.Text(m))
			mean, ok := e.mean[m]
			if !ok {
				continue
			}
			at := float64(i)
			mean.mark.at = at - 0.1
			units := append([]mark(nil), e.units[m]...)
			for u := range units {
				units[u].at = at + 0.12 + offset(u, len(units), 0.16)
				reach.add(units[u].value, units[u].low, units[u].high)
			}
			reach.add(mean.value, mean.low, mean.high, 0)
			style := d.Models.of(m)
			p.marks = append(p.marks, dots(style, units), means(style, []mark{mean.mark}))
			alt += fmt.Sprintf(" %s, %s: %+.3f%s.", e.name, d.Models.Text(m), mean.value, bounds(mean.low, mean.high))
			if said := stars(mean.p, d.Alpha); said != "" {
				tested = true
				p.head = max(p.head, 1)
				p.marks = append(p.marks, bracket{at, at, said, 0})
			}
		}
		for i := range p.marks { // the test against the control stands above
			if b, ok := p.marks[i].(bracket); ok && e.over != "" {
				b.level = 1
				p.marks[i] = b
			}
		}
		if e.over != "" {
			p.head = 2
			p.marks = append(p.marks, bracket{e.from, e.to, e.over, 0})
		}
		if e.ceiling.low < e.ceiling.high {
			ceilings = true
			p.y.gap = far(reach, e.ceiling)
			p.marks = append(p.marks, ceiling{e.ceiling.low, e.ceiling.high, p.y.gap != nil})
			alt += fmt.Sprintf(" %s, noise ceiling: %+.3f to %+.3f.", e.name, e.ceiling.low, e.ceiling.high)
		}
		results = results || e.results
		s.panels = append(s.panels, p)
	}
	if len(s.panels) == 0 {
		return nil, nil
	}
	s.columns = min(len(s.panels), 3)
	if len(s.panels) == 4 {
		s.columns = 2
	}
	f := Figure{Name: "gain", Alt: alt, Sources: []string{"similarities"}}
	if results {
		f.Sources = []string{"statistics", "similarities"}
	}
	if ceilings {
		s.key = append(s.key, ceilingKey)
	}
	broken := slices.ContainsFunc(s.panels, func(p panel) bool { return p.y.gap != nil })
	f.Title, f.Caption = text.Figure("gain", text.Values{"Results": results, "Groups": len(d.Groups) > 0, "Ceilings": ceilings, "Broken": broken, "Tested": tested, "Alpha": d.Alpha})
	f, err := f.finish(s)
	return []Figure{f}, err
}

// tested is a mark with its corrected p.
type tested struct {
	mark
	p float64
}

// evaluation is the gain of every model in one relation.
type evaluation struct {
	name     string
	units    map[string][]mark
	mean     map[string]tested
	ceiling  span // of the gain
	over     string
	from, to float64 // places of the models of the test over the control
	results  bool
}

// evaluations are those of the results; without results, of the similarities.
func (d Data) evaluations() []evaluation {
	var out []evaluation
	for _, rel := range Relations {
		e := evaluation{name: rel.Name, units: map[string][]mark{}, mean: map[string]tested{}, ceiling: d.gainCeiling(rel.Key), results: true}
		control := d.Models.first(Control)
		for _, r := range d.Statistics {
			if r.Kind != statistics.Gain || r.Relation != rel.Key {
				continue
			}
			switch {
			case r.Reference == d.Models.Base() && r.Subject == "":
				e.mean[r.Model] = tested{mark{0, r.Value, r.CILow, r.CIHigh}, r.PCorrected}
			case r.Reference == d.Models.Base():
				e.units[r.Model] = append(e.units[r.Model], mark{0, r.Value, r.CILow, r.CIHigh})
			case r.Reference == control && r.Model == d.Models.Main() && r.Subject == "":
				for i, m := range d.trained() {
					switch m {
					case control:
						e.from = float64(i)
					case r.Model:
						e.to = float64(i)
					}
				}
				e.over = stars(r.PCorrected, d.Alpha)
			}
		}
		if len(e.mean) > 0 {
			out = append(out, e)
		}
	}
	if len(out) == 0 {
		return d.describedGains()
	}
	return out
}

// gainCeiling is the noise ceiling of a relation less the similarity of the base
// model: mean over regions.
func (d Data) gainCeiling(relation string) span {
	none := newSpan()
	base, ok := first(d.Statistics, func(r statistics.Row) bool {
		return r.Kind == statistics.Similarity && r.Model == d.Models.Base() && r.Relation == relation && r.Layer == "" && r.Subject == ""
	})
	if !ok || relation == statistics.EEG {
		return none // the ceilings of EEG are of single times
	}
	rows := filter(d.brains(), func(r similarities.Row) bool {
		return d.trainedOn(r.Dataset) == (relation != statistics.Other)
	})
	low, high, ok := ceilingOf(rows)
	if !ok {
		return none
	}
	return span{low - base.Value, high - base.Value}
}

// describedGains averages differences of similarities, pair by pair.
func (d Data) describedGains() []evaluation {
	var out []evaluation
	add := func(name string, rows []similarities.Row) {
		list := d.differences(rows)
		if len(list) == 0 {
			return
		}
		e := evaluation{name: name, units: map[string][]mark{}, mean: map[string]tested{}, ceiling: newSpan()}
		for _, m := range d.Models.list {
			values := valuesOf(list, m.Label)
			for _, v := range values {
				e.units[m.Label] = append(e.units[m.Label], mark{0, v, nan, nan})
			}
			if len(values) > 0 {
				e.mean[m.Label] = tested{meanMark(0, values), nan}
			}
		}
		out = append(out, e)
	}
	all := d.brains()
	home := filter(all, func(r similarities.Row) bool { return d.trainedOn(r.Dataset) })
	add(Relations[0].Name, filter(home, d.within))
	add(Relations[1].Name, filter(home, d.across))
	for _, name := range inOrder(all, func(r similarities.Row) string { return r.Dataset }, nil) {
		if !d.trainedOn(name) {
			add("fMRI of "+name, filter(all, func(r similarities.Row) bool { return r.Dataset == name }))
		}
	}
	add(Relations[3].Name, filter(d.eeg(), func(r similarities.Row) bool { return math.IsNaN(r.Time) || r.Time > 0 }))
	return out
}

// trained are the shown models but the base.
func (d Data) trained() []string {
	if d.Models.Base() == "" {
		return nil
	}
	return filter(d.Models.Shown(), func(m string) bool { return m != d.Models.Base() })
}
