package stats

import (
	"context"
	"fmt"
	"slices"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/stage"
)

// Expectation of a variant, for the checks.
type Expectation struct {
	Variant string `json:"variant"`
	Gain    bool   `json:"gain" doc:"true: must beat base, control and networks trained on shuffled pairs; false: must not beat the base"`
}

// Group is the subjects who trained the networks of one label together.
type Group struct {
	Label    string   `json:"label"`
	Subjects []string `json:"subjects"`
}

// alignment compares every variant with the base network and the control, and a variant
// that must gain with those trained on shuffled pairs too: they had the same training
// towards the same responses, of other images.
//
// The statistic is the similarity of RDMs over held-out images, averaged over
// layers, regions and the subjects of a relation. Intervals and p values
// leave out images and take the training subjects for units, so they speak about
// other images of the same kind, other subjects and other trainings; each subject
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
		j, err := newEstimator(ctx, env, g, p)
		if err != nil {
			return nil, err
		}
		for _, relation := range []string{statistics.Within, statistics.Across, statistics.Other, statistics.EEG} {
			j.relation(relation)
		}
		j.byLayer(statistics.Within)
		j.byLayer(statistics.Other)
		j.dimensions()
		if j.err == nil {
			j.err = j.objectives(ctx, env.Workers)
		}
		if j.err != nil {
			return nil, j.err
		}
		rows = append(rows, j.rows...)
	}
	return rows, nil
}

// brains chooses those that the networks of a training subject are compared with.
type brains func(subject string, b brain) bool

// in takes the brains of a relation. The base network counts once for every subject.
func (p Params) in(relation string) brains {
	return func(subject string, b brain) bool {
		switch relation {
		case statistics.Within:
			return b.relation == relationFMRI && p.taught(subject, b.subject)
		case statistics.Across:
			return b.relation == relationFMRI && !p.taught(subject, b.subject)
		case statistics.Other:
			return b.relation == relationOther
		}
		return b.relation == relationEEG
	}
}

// taught reports whether a subject's brain is among those that trained the networks of a
// label.
func (p Params) taught(label, subject string) bool {
	return slices.Contains(p.teachers(label), subject)
}

// teachers are the subjects whose brains trained the networks of a label: the subject of
// that name, or those of a group.
func (p Params) teachers(label string) []string {
	for _, g := range p.Groups {
		if g.Label == label {
			return g.Subjects
		}
	}
	return []string{label}
}

// ofDimension takes one dimension of the objects.
func ofDimension(name string) brains {
	return func(_ string, b brain) bool { return b.relation == relationDimension && b.roi == name }
}

// similarity is that of a variant for every subject who trained it: the mean over
// layers and the brains taken.
func (j *estimator) similarity(variant string, take brains) statistic {
	return j.similarityOf(variant, take, func(at cell) (cell, bool) { return at, true })
}

// similarityOf is the mean over those cells that pick takes, or over others in their
// place. A subject without any is left out.
func (j *estimator) similarityOf(variant string, take brains, pick func(cell) (cell, bool)) statistic {
	var out statistic
	for _, subject := range j.trainedSubjects() {
		var list []cell
		for n, net := range j.g.networks {
			if net.variant != variant || (net.trained != "" && net.trained != subject) {
				continue
			}
			for b, brain := range j.g.brains {
				if !take(subject, brain) {
					continue
				}
				if at, ok := pick(cell{n, b}); ok {
					list = append(list, at)
				}
			}
		}
		if len(list) > 0 {
			out = append(out, unit{subject, func(c cells) float64 {
				var sum float64
				for _, at := range list {
					sum += c[at.n][at.b]
				}
				return sum / float64(len(list))
			}})
		}
	}
	return out
}

func (j *estimator) trainedSubjects() []string {
	var out []string
	for _, n := range j.g.networks {
		if n.trained != "" && !slices.Contains(out, n.trained) {
			out = append(out, n.trained)
		}
	}
	return out
}

// relation makes the rows of one relation, when there are brains for it.
func (j *estimator) relation(relation string) {
	base, control := j.similarity(j.p.Base, j.p.in(relation)), j.similarity(j.p.Control, j.p.in(relation))
	if len(base) == 0 {
		return
	}
	row := func(kind, name, variant string) statistics.Row {
		r := statistics.New(kind, name, kind+"/"+relation)
		if e, ok := j.expectation(variant); kind == statistics.Gain && !(ok && e.Gain) {
			r.Family = "gain-controls/" + relation
		}
		r.Model, r.Relation, r.ROI = variant, relation, statistics.Overall
		return r
	}
	for _, v := range j.g.variants {
		s := j.similarity(v, j.p.in(relation))
		if len(s) == 0 {
			continue
		}
		r := row(statistics.Similarity, "similarity/"+v+"/"+relation, v)
		r.Method = string(j.p.Method)
		r.Text = meaning("similarity", r, nil)
		j.add(r, s, false)
		if v == j.p.Base {
			continue
		}
		j.gain(row(statistics.Gain, "gain/"+v+"/"+relation+"/over-"+j.p.Base, v), j.p.Base, s.less(base))
		if len(control) > 0 && v != j.p.Control {
			j.gain(row(statistics.Gain, "gain/"+v+"/"+relation+"/over-"+j.p.Control, v), j.p.Control, s.less(control))
		}
		if e, ok := j.expectation(v); ok && e.Gain {
			for _, shuffled := range j.p.Shuffled {
				if other := j.similarity(shuffled, j.p.in(relation)); len(other) > 0 {
					j.gain(row(statistics.Gain, "gain/"+v+"/"+relation+"/over-"+shuffled, v), shuffled, s.less(other))
				}
			}
		}
		r = row(statistics.Ratio, "ratio/"+v+"/"+relation, v)
		r.Reference = j.p.Base
		r.Text = meaning("ratio", r, nil)
		j.add(r, s.ratio(base), false)
	}
}

// gain makes the rows of one contrast: over everything with its check, and for
// every training subject.
func (j *estimator) gain(row statistics.Row, reference string, s statistic) {
	row.Reference = reference
	own := row
	none := false
	if e, ok := j.expectation(row.Model); ok && (e.Gain || reference == j.p.Base) {
		row.Check = pending
		if none = !e.Gain; none {
			row.Check = pendingNone
		}
	}
	row.Text = meaning("gain", row, words{"None": none})
	j.add(row, s, true)
	for i, u := range s {
		r := own
		r.Name, r.Family, r.Subject = own.Name+"/"+u.subject, "gain-by-subject/"+row.Relation, u.subject
		r.Text = meaning("gain-subject", r, words{"Trained": j.p.teachers(u.subject)})
		j.add(r, s[i:i+1], true)
	}
}

func (j *estimator) expectation(variant string) (Expectation, bool) {
	for _, e := range j.p.Expect {
		if e.Variant == variant {
			return e, true
		}
	}
	return Expectation{}, false
}

// dimensions makes the rows of the object dimensions: how much more the variant that must
// gain reflects each than the network trained on shuffled pairs. Training towards any
// target moves a network from what separates classes to other attributes, so the control
// and the base are references only where no pairs are shuffled.
// Where the truth is known, the checks are on the mean over the dimensions that
// the brains encode and on the mean over the others; a single dimension that
// the network cannot carry proves nothing.
func (j *estimator) dimensions() {
	reference := j.p.Base
	for _, better := range append(slices.Clone(j.p.Shuffled), j.p.Control) {
		if slices.Contains(j.g.variants, better) {
			reference = better
			break
		}
	}
	for _, e := range j.p.Expect {
		if !e.Gain {
			continue
		}
		groups := map[string][]statistic{}
		for _, b := range j.g.brains {
			if b.relation != relationDimension {
				continue
			}
			take := ofDimension(b.roi)
			difference := j.similarity(e.Variant, take).less(j.similarity(reference, take))
			if len(difference) == 0 {
				continue
			}
			row := statistics.New(statistics.Dimension, "dimension/"+e.Variant+"/"+b.roi, "dimension/"+e.Variant)
			row.Model, row.Reference, row.Dimension, row.Method = e.Variant, reference, b.roi, string(dimensionMethod)
			if j.p.Truth {
				row.Planted = statistics.NotPlanted
				if b.planted {
					row.Planted = statistics.Planted
				}
			}
			row.Text = meaning("dimension", row, nil)
			groups[row.Planted] = append(groups[row.Planted], difference)
			j.add(row, difference, true)
			j.dimensionByLayer(e.Variant, b.roi)
		}
		if !j.p.Truth {
			continue
		}
		for _, group := range []struct{ planted, name, check string }{
			{statistics.NotPlanted, "others", pendingNone},
			{statistics.Planted, "planted", pending},
		} {
			list := groups[group.planted]
			if len(list) == 0 {
				continue
			}
			row := statistics.New(statistics.Dimensions, "dimensions/"+e.Variant+"/"+group.name, "dimensions/"+e.Variant)
			row.Model, row.Reference, row.Planted, row.Check, row.Method = e.Variant, reference, group.planted, group.check, string(dimensionMethod)
			row.Text = meaning("dimensions", row, words{"Count": len(list)})
			j.add(row, meanOf(list), true)
		}
	}
}
