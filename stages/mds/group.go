package mds

import (
	"fmt"
	"slices"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/naming"
	"realnet/stages/analysis/rdm"
)

// region is the group RDM of one region: the mean over subjects.
type region struct {
	name     string
	subjects []subject
	values   []float64
}

// subject is the sum of one subject's RDMs of a region: of sessions, say.
type subject struct {
	name  string
	sum   []float64
	count float64
}

// groupRDMs averages the selected RDMs of the named conditions (nil: those of the first
// RDM), region by region in the order of the parameters, else as they come. Each subject
// counts once. RDMs of parts of the data, and the pairs of other conditions, are not read.
func groupRDMs(list []*artifacts.Artifact, p Params, conditions []string) ([]region, []string, error) {
	var regions []region
	for _, name := range p.ROIs {
		regions = append(regions, region{name: name})
	}
	for _, a := range list {
		set, err := rdms.Read(a)
		if err != nil {
			return nil, nil, err
		}
		if set.Folds != nil {
			return nil, nil, fmt.Errorf("%s: RDMs made in folds have no dissimilarity of images in two folds, so their images have no coordinates", a.Dir())
		}
		if conditions == nil {
			conditions = set.Conditions
		}
		joined, err := naming.Join(set.Conditions, conditions, false)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", a.Dir(), err)
		}
		for i, row := range set.Rows {
			at := slices.IndexFunc(regions, func(r region) bool { return r.name == row.ROI })
			if row.Split != "" || !takes(p.Subjects, row.Subject) || at < 0 && len(p.ROIs) > 0 {
				continue
			}
			if at < 0 {
				at = len(regions)
				regions = append(regions, region{name: row.ROI})
			}
			all := &rdm.RDM{N: len(set.Conditions), Values: set.RDM(i)}
			r, err := all.Subset(joined.A)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", a.Dir(), err)
			}
			regions[at].add(row.Subject, r.Values)
		}
	}
	for i := range regions {
		if len(regions[i].subjects) == 0 {
			return nil, nil, fmt.Errorf("no RDM is of subjects %v and region %q", p.Subjects, regions[i].name)
		}
		regions[i].average()
	}
	if len(regions) == 0 {
		return nil, nil, fmt.Errorf("no RDM is of subjects %v and regions %v", p.Subjects, p.ROIs)
	}
	for _, name := range p.Subjects {
		if !slices.ContainsFunc(regions, func(r region) bool {
			return slices.ContainsFunc(r.subjects, func(s subject) bool { return s.name == name })
		}) {
			return nil, nil, fmt.Errorf("subjects: no RDM is of subject %q", name)
		}
	}
	return regions, conditions, nil
}

func (r *region) add(name string, values []float64) {
	at := slices.IndexFunc(r.subjects, func(s subject) bool { return s.name == name })
	if at < 0 {
		at = len(r.subjects)
		r.subjects = append(r.subjects, subject{name: name, sum: make([]float64, len(values))})
	}
	s := &r.subjects[at]
	s.count++
	for k, v := range values {
		s.sum[k] += v
	}
}

func (r *region) average() {
	r.values = make([]float64, len(r.subjects[0].sum))
	for k := range r.values {
		for _, s := range r.subjects {
			r.values[k] += s.sum[k] / s.count / float64(len(r.subjects))
		}
	}
}

func takes(list []string, label string) bool { return len(list) == 0 || slices.Contains(list, label) }
