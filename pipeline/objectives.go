package pipeline

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"realnet/stages/stats"
	"realnet/stages/train"
)

// objectiveFields are the fields of a training whose effect on the object dimensions is
// a result, and what a value is called. Of two values the one named first is the one with
// more of it: matched pairs, a contrastive term, a squared error, fewer layers.
var objectiveFields = []struct {
	name  string
	value func(train.Params) string
	reset func(*train.Params)
	first func(a, b train.Params) bool
}{
	{"contrastive", func(p train.Params) string { return string(p.Contrastive) }, func(p *train.Params) { p.Contrastive = "" }, func(a, b train.Params) bool {
		return b.Contrastive == "none" || a.Contrastive < b.Contrastive && a.Contrastive != "none"
	}},
	{"mse", func(p train.Params) string { return map[bool]string{true: "on", false: "off"}[p.MSE] }, func(p *train.Params) { p.MSE = false }, func(a, _ train.Params) bool { return a.MSE }},
	{"layers", func(p train.Params) string { return strings.Join(p.Layers, "+") }, func(p *train.Params) { p.Layers = nil }, func(a, b train.Params) bool {
		return len(a.Layers) < len(b.Layers) || len(a.Layers) == len(b.Layers) && slices.Compare(a.Layers, b.Layers) < 0
	}},
	{"pairing", func(p train.Params) string { return p.Pairing }, func(p *train.Params) { p.Pairing = "" }, func(a, b train.Params) bool {
		return a.Pairing == "matched" || b.Pairing != "matched" && a.Pairing < b.Pairing
	}},
	{"trunk", func(p train.Params) string { return p.Trunk }, func(p *train.Params) { p.Trunk = "" }, func(a, _ train.Params) bool { return a.Trunk == "trained" }},
}

// objectives are the contrasts of a study's trainings that differ in one field: the slope
// over beta (the difference, of two values), and the differences of other fields, mean over
// the trainings that are otherwise alike.
func objectives(list []Variant, p train.Params) []stats.Objective {
	alike := func(a, b Variant, reset func(*train.Params)) bool {
		x, y := a.of(p), b.of(p)
		reset(&x)
		reset(&y)
		return reflect.DeepEqual(x, y) && a.target() == b.target()
	}
	var out []stats.Objective
	if o, ok := betaObjective(list, p, alike); ok {
		out = append(out, o)
	}
	for _, f := range objectiveFields {
		pairs := map[string][][2]string{}
		var names []string
		for _, a := range list {
			for _, b := range list {
				x, y := a.of(p), b.of(p)
				if x.Beta == 0 || f.value(x) == f.value(y) || !f.first(x, y) || !alike(a, b, f.reset) {
					continue
				}
				name := fmt.Sprintf("%s:%s-%s", f.name, f.value(x), f.value(y))
				if pairs[name] == nil {
					names = append(names, name)
				}
				pairs[name] = append(pairs[name], [2]string{a.Name, b.Name})
			}
		}
		for _, name := range names {
			o := stats.Objective{Name: strings.ReplaceAll(name, "/", "_")}
			for _, pair := range pairs[name] {
				o.Variants = append(o.Variants, pair[0], pair[1])
				w := 1 / float64(len(pairs[name]))
				o.Weights = append(o.Weights, w, -w)
			}
			out = append(out, o)
		}
	}
	return out
}

// betaObjective is the slope over the betas of the variants that are like the first that
// must gain, beta 0 among them.
func betaObjective(list []Variant, p train.Params, alike func(a, b Variant, reset func(*train.Params)) bool) (stats.Objective, bool) {
	main := slices.IndexFunc(list, func(v Variant) bool { return v.Gain != nil && *v.Gain })
	if main < 0 {
		return stats.Objective{}, false
	}
	var names []string
	var betas []float64
	for _, v := range list {
		if alike(v, list[main], func(p *train.Params) { p.Beta = 0 }) {
			names, betas = append(names, v.Name), append(betas, v.of(p).Beta)
		}
	}
	low, high := slices.Min(betas), slices.Max(betas)
	if low == high {
		return stats.Objective{}, false
	}
	mean, squares := 0.0, 0.0
	for _, b := range betas {
		mean += b / float64(len(betas))
	}
	for _, b := range betas {
		squares += (b - mean) * (b - mean)
	}
	o := stats.Objective{Name: fmt.Sprintf("beta:%g-%g", high, low), Variants: names}
	for _, b := range betas { // the slope times the range, so that two betas give their difference
		o.Weights = append(o.Weights, math.Round((b-mean)/squares*(high-low)*1e12)/1e12)
	}
	return o, true
}
