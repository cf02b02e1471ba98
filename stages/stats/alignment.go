package stats

import (
	"context"
	"fmt"
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
// leave out images and take the training subjects for units, so they speak about
// other images of the same kind, other people and other trainings; each subject
// is reported as well, over images alone.
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

// measure is the statistic of a variant and relation for every subject who trained it.
func (j *judge) measure(variant, relation string) measure {
	return j.measureOf(variant, relation, func(at cell) (cell, bool) { return at, true })
}

// measureOf is the mean, for every training subject, over those cells of a variant and
// relation that pick takes, or over others in their place. A subject without any is
// left out.
func (j *judge) measureOf(variant, relation string, pick func(cell) (cell, bool)) measure {
	var m measure
	for _, subject := range j.trainedSubjects() {
		var list []cell
		for n, net := range j.g.networks {
			if net.variant != variant || (net.trained != "" && net.trained != subject) {
				continue
			}
			for b, brain := range j.g.brains {
				if !related(relation, subject, brain) {
					continue
				}
				if at, ok := pick(cell{n, b}); ok {
					list = append(list, at)
				}
			}
		}
		if len(list) > 0 {
			m = append(m, unit{subject, func(c cells) float64 {
				var sum float64
				for _, at := range list {
					sum += c[at.n][at.b]
				}
				return sum / float64(len(list))
			}})
		}
	}
	return m
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
	base, control := j.measure(j.p.Base, relation), j.measure(j.p.Control, relation)
	if len(base) == 0 {
		return
	}
	for _, v := range j.g.variants {
		m := j.measure(v, relation)
		if len(m) == 0 {
			continue
		}
		j.add(statistics.Row{
			Name: "similarity/" + v + "/" + relation, Family: "similarity/" + relation, Model: v, ROI: overall,
			Text: fmt.Sprintf("Spearman correlation of %s's RDMs with %s, mean over layers, regions and subjects.", v, relationText[relation]),
		}, m, false)
		if v == j.p.Base {
			continue
		}
		j.gain(v, j.p.Base, relation, m.less(base))
		if len(control) > 0 && v != j.p.Control {
			j.gain(v, j.p.Control, relation, m.less(control))
		}
		j.add(statistics.Row{
			Name: "ratio/" + v + "/" + relation, Family: "ratio/" + relation, Model: v, ROI: overall,
			Text: "Improvement ratio (new - base) / base of the mean similarity.",
		}, m.ratio(base), false)
	}
}

// gain makes the rows of one contrast: over everything with its check, and for
// every training subject.
func (j *judge) gain(v, reference, relation string, m measure) {
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
	j.add(row, m, true)
	for i, u := range m {
		j.add(statistics.Row{
			Name: "gain/" + v + "/" + relation + "/over-" + reference + "/" + u.subject, Family: "gain-by-subject/" + relation,
			Model: v, Subject: u.subject, ROI: overall, Text: "The same for the networks that subject " + u.subject + " trained.",
		}, m[i:i+1], true)
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
		var groups [2][]measure // the others, the planted
		for _, b := range j.g.brains {
			if b.relation != "dimension" {
				continue
			}
			difference := j.measure(e.Variant, b.roi).less(j.measure(reference, b.roi))
			if len(difference) == 0 {
				continue
			}
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
			j.dimensionByLayer(e.Variant, b.roi)
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
			j.add(row, meanOf(list), true)
		}
	}
}

var relationText = map[string]string{
	Within: "the brain that trained it", Across: "other people's brains", Other: "brains of another dataset", EEG: "EEG",
}
