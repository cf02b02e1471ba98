package stats

import (
	"context"
	"fmt"
	"math"
	"slices"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/stage"
)

// Relations between a network and a brain.
const (
	Within  = "within"  // the brain that trained it
	Across  = "across"  // another person's brain
	Other   = "other"   // a brain of another dataset
	EEG     = "eeg"     // another modality
	overall = "overall" // every layer and region of a relation
)

// Expectation of a variant, for the checks.
type Expectation struct {
	Variant string `json:"variant"`
	Gain    bool   `json:"gain" doc:"true: must beat base and control; false: must not beat the base"`
}

// alignment judges every variant against the base network and the control.
//
// The measure is Spearman's correlation of RDMs over held-out images, averaged
// over layers, regions and the subjects of a relation. Intervals and p values
// leave out images, so they speak about other images of the same kind; the
// subjects are those that there are, and each is reported.
func alignment(ctx context.Context, env *stage.Env, p Params) ([]statistics.Row, error) {
	var rows []statistics.Row
	for _, images := range imageSets(env) {
		g, err := gather(env, p, images)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(g.variants, p.Base) {
			return nil, fmt.Errorf("no model is the base network %q (models: %v)", p.Base, g.variants)
		}
		j, err := newJudge(ctx, env, g, p)
		if err != nil {
			return nil, err
		}
		for _, relation := range []string{Within, Across, Other, EEG} {
			j.relation(relation)
		}
		j.byLayer(Within)
		j.byLayer(Other)
		j.dimensions()
		if j.err != nil {
			return nil, j.err
		}
		rows = append(rows, j.rows...)
	}
	return rows, nil
}

// cell is a place in the cells: a row of a network, a column of a brain.
type cell struct{ n, b int }

// cellsOf lists the cells of a variant and relation, of one training subject when
// trained is not empty.
func (j *judge) cellsOf(variant, relation, trained string) []cell {
	var list []cell
	for _, subject := range j.trainedSubjects() {
		if trained != "" && subject != trained {
			continue
		}
		for n, net := range j.g.networks {
			if net.variant != variant || (net.trained != "" && net.trained != subject) {
				continue
			}
			for b, brain := range j.g.brains {
				if related(relation, subject, brain) {
					list = append(list, cell{n, b})
				}
			}
		}
	}
	return list
}

// mean returns the statistic of a variant and relation: the mean over the cells
// that belong to it, nil when there is none.
func (j *judge) mean(variant, relation, trained string) func(cells) float64 {
	return meanOf(j.cellsOf(variant, relation, trained))
}

func meanOf(list []cell) func(cells) float64 {
	if len(list) == 0 {
		return nil
	}
	return func(c cells) float64 {
		var sum float64
		for _, at := range list {
			sum += c[at.n][at.b]
		}
		return sum / float64(len(list))
	}
}

// related says whether a brain stands in a relation to the networks that a
// subject trained. The base network counts once for every subject.
func related(relation, subject string, b brain) bool {
	switch relation {
	case Within:
		return b.relation == "fmri" && b.subject == subject
	case Across:
		return b.relation == "fmri" && b.subject != subject
	case Other:
		return b.relation == "other"
	case EEG:
		return b.relation == "eeg"
	}
	return b.relation == "dimension" && b.roi == relation
}

func (j *judge) trainedSubjects() []string {
	var out []string
	for _, n := range j.g.networks {
		if n.trained != "" && !slices.Contains(out, n.trained) {
			out = append(out, n.trained)
		}
	}
	return out
}

// relation makes the rows of one relation, when there are brains for it.
func (j *judge) relation(relation string) {
	base := j.mean(j.p.Base, relation, "")
	if base == nil {
		return
	}
	control := j.mean(j.p.Control, relation, "")
	for _, v := range j.g.variants {
		f := j.mean(v, relation, "")
		if f == nil {
			continue
		}
		j.add(statistics.Row{
			Name: "similarity/" + v + "/" + relation, Family: "similarity/" + relation, Model: v, ROI: overall,
			Text: fmt.Sprintf("Spearman correlation of %s's RDMs with %s, mean over layers, regions and subjects.", v, relationText[relation]),
		}, f, false)
		if v == j.p.Base {
			continue
		}
		j.gain(v, j.p.Base, relation, f, base)
		if control != nil && v != j.p.Control {
			j.gain(v, j.p.Control, relation, f, control)
		}
		j.add(statistics.Row{
			Name: "ratio/" + v + "/" + relation, Family: "ratio/" + relation, Model: v, ROI: overall,
			Text: "Improvement ratio (new - base) / base of the mean similarity.",
		}, func(c cells) float64 { return (f(c) - base(c)) / math.Abs(base(c)) }, false)
	}
}

// gain makes the rows of one contrast: over everything with its check, and for
// every training subject.
func (j *judge) gain(v, reference, relation string, f, ref func(cells) float64) {
	difference := func(f, ref func(cells) float64) func(cells) float64 {
		return func(c cells) float64 { return f(c) - ref(c) }
	}
	row := statistics.Row{
		Name: "gain/" + v + "/" + relation + "/over-" + reference, Family: "gain/" + relation, Model: v, ROI: overall,
		Text: fmt.Sprintf("Similarity of %s with %s, less that of %s.", v, relationText[relation], reference),
	}
	if e, ok := j.expectation(v); ok && (e.Gain || reference == j.p.Base) {
		row.Check = pending
		if !e.Gain {
			row.Check = pendingNone
			row.Text += " It must not be above 0: nothing about this brain was taught."
		}
	}
	j.add(row, difference(f, ref), true)
	for _, subject := range j.trainedSubjects() {
		fs, refs := j.mean(v, relation, subject), j.mean(reference, relation, subject)
		if fs == nil || refs == nil {
			continue
		}
		j.add(statistics.Row{
			Name: "gain/" + v + "/" + relation + "/over-" + reference + "/" + subject, Family: "gain-by-subject/" + relation,
			Model: v, Subject: subject, ROI: overall, Text: "The same for the networks that subject " + subject + " trained.",
		}, difference(fs, refs), true)
	}
}

func (j *judge) expectation(variant string) (Expectation, bool) {
	for _, e := range j.p.Expect {
		if e.Variant == variant {
			return e, true
		}
	}
	return Expectation{}, false
}

// dimensions makes the rows of the object dimensions: how much more the variant
// that must gain reflects each than the control (or the base, without one).
// Where the truth is known, the checks are on the mean over the dimensions that
// the brains encode and on the mean over the others; a single dimension that
// the network cannot carry proves nothing.
func (j *judge) dimensions() {
	reference := j.p.Control
	if !slices.Contains(j.g.variants, reference) {
		reference = j.p.Base
	}
	for _, e := range j.p.Expect {
		if !e.Gain {
			continue
		}
		var groups [2][]func(cells) float64 // the others, the planted
		for _, b := range j.g.brains {
			if b.relation != "dimension" {
				continue
			}
			f, ref := j.mean(e.Variant, b.roi, ""), j.mean(reference, b.roi, "")
			if f == nil || ref == nil {
				continue
			}
			difference := func(c cells) float64 { return f(c) - ref(c) }
			text, group := "", 0
			if b.planted {
				text, group = " The brains encode it.", 1
			} else if j.p.Truth {
				text = " The brains do not encode it."
			}
			groups[group] = append(groups[group], difference)
			j.add(statistics.Row{
				Name: "dimension/" + e.Variant + "/" + b.roi, Family: "dimension/" + e.Variant, Model: e.Variant, ROI: b.roi,
				Text: fmt.Sprintf("How much more %s's RDMs follow this dimension of the objects than %s's.%s", e.Variant, reference, text),
			}, difference, true)
		}
		if !j.p.Truth {
			continue
		}
		for group, list := range groups {
			if len(list) == 0 {
				continue
			}
			row := statistics.Row{
				Name: "dimensions/" + e.Variant + "/" + [...]string{"others", "planted"}[group], Family: "dimensions/" + e.Variant, Model: e.Variant,
				Check: [...]string{pendingNone, pending}[group], ROI: overall,
				Text: fmt.Sprintf("Mean over the %d dimensions that the brains %s.", len(list), [...]string{"do not encode; it must not be above 0", "encode; it must be above 0"}[group]),
			}
			j.add(row, func(c cells) float64 {
				var sum float64
				for _, f := range list {
					sum += f(c)
				}
				return sum / float64(len(list))
			}, true)
		}
	}
}

var relationText = map[string]string{
	Within: "the brain that trained it", Across: "other people's brains", Other: "brains of another dataset", EEG: "EEG",
}
