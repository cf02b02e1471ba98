package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"realnet/artifacts"
	"realnet/artifacts/schemas/encodings"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/inference"
)

// encoded is one layer and region (or time) of one network and subject.
type encoded struct {
	encodings.Row
	folds []float64 // r in each
	left  []float64 // CKA without each image
}

// encodingRows make results of the predicted responses: each variant's mean r, its
// difference from base and control, and its values layer by layer and region by region.
// Intervals and tests are over folds of the images.
func encodingRows(list []*artifacts.Artifact, p Params) ([]statistics.Row, error) {
	e := encodingTable{p: p}
	for _, a := range list {
		set, err := encodings.Read(a)
		if err != nil {
			return nil, err
		}
		folds := map[int][]float64{}
		for _, f := range set.Folds {
			folds[int(f.Row)] = append(folds[int(f.Row)], f.R)
		}
		left := map[int][]float64{}
		for _, l := range set.Left {
			left[int(l.Row)] = append(left[int(l.Row)], l.CKA)
		}
		for i, r := range set.Rows {
			if r.Layer != "" && len(p.Layers) > 0 && !slices.Contains(p.Layers, r.Layer) {
				continue
			}
			if r.Source == relationEEG && (r.Time < p.EEGWindow[0] || r.Time > p.EEGWindow[1]) {
				continue
			}
			if r.ROI != "" && len(p.ROIs) > 0 && !slices.Contains(p.ROIs, r.ROI) {
				continue
			}
			e.rows = append(e.rows, encoded{r, folds[i], left[i]})
		}
	}
	for _, relation := range []string{statistics.Within, statistics.Across, statistics.Other, statistics.EEG} {
		if err := e.relation(relation); err != nil {
			return nil, err
		}
	}
	return e.out, nil
}

type encodingTable struct {
	p    Params
	rows []encoded
	out  []statistics.Row
}

// of takes the rows of a variant and a relation.
func (e *encodingTable) of(variant, relation string, more func(encoded) bool) []encoded {
	source := map[string]string{statistics.Within: relationFMRI, statistics.Across: relationFMRI, statistics.Other: relationOther, statistics.EEG: relationEEG}[relation]
	var list []encoded
	for _, r := range e.rows {
		switch {
		case r.Model != variant || r.Source != source || !more(r):
		case relation == statistics.Within && r.Trained != "" && r.Trained != r.Subject:
		case relation == statistics.Across && r.Trained == r.Subject:
		default:
			list = append(list, r)
		}
	}
	return list
}

func alone(r encoded) bool { return r.Versus == "" && r.Layer != "" }

// distinctOf lists a property of rows in their order.
func distinctOf(list []encoded, of func(encoded) string) []string {
	var out []string
	for _, r := range list {
		if v := of(r); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// foldMeans are the means over rows in each fold.
func foldMeans(list []encoded) []float64 {
	out := make([]float64, len(list[0].folds))
	for _, r := range list {
		for i, v := range r.folds {
			out[i] += v / float64(len(list))
		}
	}
	return out
}

// relation makes the rows of one relation.
func (e *encodingTable) relation(relation string) error {
	variants := distinctOf(e.rows, func(r encoded) string { return r.Model })
	for _, v := range variants {
		mine := e.of(v, relation, alone)
		if len(mine) == 0 || relation == statistics.Across && mine[0].Trained == "" && len(distinctOf(mine, func(r encoded) string { return r.Subject })) < 2 {
			continue
		}
		row := func(kind, name string) statistics.Row {
			r := statistics.New(kind, kind+"/"+v+"/"+relation+name, kind+"/"+relation)
			r.Model, r.Relation, r.ROI = v, relation, statistics.Overall
			r.N, r.Unit = mine[0].Images, "images"
			r.NSubjects = int64(len(distinctOf(mine, func(r encoded) string { return r.Subject })))
			return r
		}
		if err := e.add(row(statistics.Encoding, ""), foldMeans(mine), false); err != nil {
			return err
		}
		if err := e.aligned(row(statistics.CKA, ""), mine, nil, false); err != nil {
			return err
		}
		e.normalised(row(statistics.EncodingNormalised, ""), mine)
		for _, reference := range []string{e.p.Base, e.p.Control} {
			if v == reference || v == e.p.Base {
				continue
			}
			other := e.of(reference, relation, alone)
			if len(other) == 0 {
				continue
			}
			r := row(statistics.EncodingGain, "/over-"+reference)
			r.Reference = reference
			a, b := foldMeans(mine), foldMeans(other)
			if len(a) != len(b) {
				return fmt.Errorf("%s: %d and %d folds: both networks need the same", r.Name, len(a), len(b))
			}
			for i := range a {
				a[i] -= b[i]
			}
			if err := e.add(r, a, true); err != nil {
				return err
			}
			r = row(statistics.CKAGain, "/over-"+reference)
			r.Reference = reference
			if err := e.aligned(r, mine, other, true); err != nil {
				return err
			}
		}
		if relation != statistics.Across {
			if err := e.cells(row, mine); err != nil {
				return err
			}
		}
		e.unique(row, e.of(v, relation, func(r encoded) bool { return r.Versus != "" && r.Layer != "" }))
	}
	return nil
}

// cells make a row of each layer and region.
func (e *encodingTable) cells(row func(kind, name string) statistics.Row, mine []encoded) error {
	for _, layer := range distinctOf(mine, func(r encoded) string { return r.Layer }) {
		for _, roi := range distinctOf(mine, func(r encoded) string { return r.ROI }) {
			var list []encoded
			for _, r := range mine {
				if r.Layer == layer && r.ROI == roi {
					list = append(list, r)
				}
			}
			if len(list) == 0 {
				continue
			}
			name := "/" + nameOf(layer, roi)
			r := row(statistics.Encoding, name)
			r.Layer, r.ROI, r.Family = layer, roi, r.Family+"/layers"
			if err := e.add(r, foldMeans(list), false); err != nil {
				return err
			}
			r = row(statistics.CKA, name)
			r.Layer, r.ROI, r.Family = layer, roi, r.Family+"/layers"
			if err := e.aligned(r, list, nil, false); err != nil {
				return err
			}
			r = row(statistics.EncodingNormalised, name)
			r.Layer, r.ROI, r.Family = layer, roi, r.Family+"/layers"
			e.normalised(r, list)
		}
	}
	return nil
}

// unique make rows of the variance that layers explain beside others.
func (e *encodingTable) unique(row func(kind, name string) statistics.Row, list []encoded) {
	for _, versus := range distinctOf(list, func(r encoded) string { return r.Versus }) {
		for _, layer := range distinctOf(list, func(r encoded) string { return r.Layer }) {
			for _, roi := range append(distinctOf(list, func(r encoded) string { return r.ROI }), statistics.Overall) {
				sum, n := 0.0, 0.0
				for _, r := range list {
					if r.Versus == versus && r.Layer == layer && (r.ROI == roi || roi == statistics.Overall) {
						sum += r.Unique
						n++
					}
				}
				if n == 0 || roi == "" {
					continue
				}
				r := row(statistics.EncodingUnique, "/"+nameOf(layer, roi)+"/beside-"+versus)
				r.Layer, r.ROI, r.Reference, r.Value = layer, roi, versus, sum/n
				r.Test, r.Text = say("test-no-test", nil), meaning("encoding-unique", r, words{"Layers": versus == "layers"})
				e.out = append(e.out, r)
			}
		}
	}
}

// add completes a row from its values in each fold.
func (e *encodingTable) add(r statistics.Row, folds []float64, tested bool) error {
	got, err := inference.CorrectedFolds(folds, 0.95)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Name, err)
	}
	r.Value, r.CILow, r.CIHigh = got.Value, got.Interval.Low, got.Interval.High
	if tested {
		r.P = got.P
	}
	r.Test, r.Text = say("test-folds", words{"Folds": len(folds), "Tested": tested}), meaning(r.Kind, r, nil)
	e.out = append(e.out, r)
	return nil
}

// aligned adds the mean CKA of rows, less that of others where they are given; nothing
// where it was not computed.
func (e *encodingTable) aligned(r statistics.Row, list, others []encoded, tested bool) error {
	value, left := leftMeans(list)
	if others != nil {
		other, without := leftMeans(others)
		if len(left) != len(without) {
			return fmt.Errorf("%s: %d and %d images: both networks need the same", r.Name, len(left), len(without))
		}
		value -= other
		for i := range left {
			left[i] -= without[i]
		}
	}
	if math.IsNaN(value) {
		return nil
	}
	r.Value, r.Text = value, meaning(r.Kind, r, nil)
	got, err := inference.Jackknife(value, [][]float64{left}, 0.95)
	switch {
	case errors.Is(err, inference.ErrNotFinite), errors.Is(err, inference.ErrTooFew): // subjects saw other images

		r.Test = say("test-undefined", nil)
	case err != nil:
		return fmt.Errorf("%s: %w", r.Name, err)
	default:
		r.CILow, r.CIHigh, r.Test = got.Interval.Low, got.Interval.High, say("test-left", words{"Tested": tested})
		if tested {
			r.P = got.P
		}
	}
	e.out = append(e.out, r)
	return nil
}

// leftMeans are the mean CKA of rows, and the means without each image; none where they
// are of different numbers of images.
func leftMeans(list []encoded) (value float64, left []float64) {
	left = make([]float64, len(list[0].left))
	for _, r := range list {
		value += r.CKA / float64(len(list))
		if len(r.left) != len(left) {
			left = nil
		}
		for i := range left {
			left[i] += r.left[i] / float64(len(list))
		}
	}
	return value, left
}

// normalised adds the mean of r divided by its ceiling, of the rows that have one.
func (e *encodingTable) normalised(r statistics.Row, list []encoded) {
	sum, n := 0.0, 0.0
	for _, row := range list {
		if !math.IsNaN(row.Normalised) {
			sum += row.Normalised
			n++
		}
	}
	if n == 0 {
		return
	}
	r.Value, r.Test, r.Text = sum/n, say("test-no-test", nil), meaning(r.Kind, r, nil)
	e.out = append(e.out, r)
}
