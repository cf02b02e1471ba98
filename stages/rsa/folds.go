package rsa

import (
	"fmt"
	"slices"

	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/naming"
	"realnet/stages/analysis/rdm"
)

// foldsOf is a model whose folds are those of all; nil where models are of one piece.
func foldsOf(models []one) (*one, error) {
	first := models[0]
	for _, m := range models {
		if (m.folds == nil) != (first.folds == nil) {
			return nil, fmt.Errorf("%s is in folds of images and %s is not: their similarities cannot be compared", label(m.row), label(first.row))
		}
		if first.folds == nil {
			continue
		}
		folds, err := first.foldsFor(m.rdm.Names)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(folds, m.folds) {
			return nil, fmt.Errorf("%s has other folds of images than %s", label(m.row), label(first.row))
		}
	}
	if first.folds == nil {
		return nil, nil
	}
	return &first, nil
}

// foldsFor are the folds of the named conditions.
func (o one) foldsFor(names []string) ([]int32, error) {
	joined, err := naming.Join(o.rdm.Names, names, false)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", label(o.row), err)
	}
	out := make([]int32, len(names))
	for i, k := range joined.A {
		out[i] = o.folds[k]
	}
	return out, nil
}

// withinFolds is the mean over the folds of the similarity of their pairs. Pairs of two
// folds are of two networks, so they have no dissimilarity.
func withinFolds(m one, model, brain *rdm.RDM, opts compare.Options) (float64, error) {
	folds, err := m.foldsFor(model.Names)
	if err != nil {
		return 0, err
	}
	parts := rdm.Folds(folds)
	var sum float64
	for k, part := range parts {
		x, err := model.Subset(part)
		if err != nil {
			return 0, err
		}
		y, err := brain.Subset(part)
		if err != nil {
			return 0, err
		}
		value, err := compare.RDMs(x, y, opts)
		if err != nil {
			return 0, fmt.Errorf("fold %d of %d: %w", k+1, len(parts), err)
		}
		sum += value
	}
	return sum / float64(len(parts)), nil
}

// ceiling bounds what a model can reach; in folds it is the mean of the folds' bounds.
func ceiling(set []*rdm.RDM, subjects []string, folds *one, opts compare.Options) (*compare.Bounds, error) {
	if folds == nil {
		return compare.Ceiling(set, subjects, opts)
	}
	of, err := folds.foldsFor(set[0].Names)
	if err != nil {
		return nil, err
	}
	parts := rdm.Folds(of)
	mean := &compare.Bounds{}
	for k, part := range parts {
		some := make([]*rdm.RDM, len(set))
		for i, r := range set {
			if some[i], err = r.Subset(part); err != nil {
				return nil, err
			}
		}
		b, err := compare.Ceiling(some, subjects, opts)
		if err != nil {
			return nil, fmt.Errorf("fold %d of %d: %w", k+1, len(parts), err)
		}
		mean.Lower += b.Lower / float64(len(parts))
		mean.Upper += b.Upper / float64(len(parts))
	}
	return mean, nil
}
