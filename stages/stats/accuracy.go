package stats

import (
	"fmt"
	"math"
	"slices"

	"realnet/artifacts"
	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/statistics"
)

// score is the mean accuracy of the networks of a variant, with the mean of their
// Wilson intervals.
type score struct {
	top1, top5, low, high, networks float64
	images                          int64
}

// accuracyRows are the mean accuracy of every variant and its change from the base
// network. same lists variants whose layers are those of the base network.
func accuracyRows(list []*artifacts.Artifact, same []string, p Params) ([]statistics.Row, error) {
	var order []string
	scores := map[string]*score{}
	for _, a := range list {
		rows, err := artifacts.ReadTable[accuracies.Row](a, accuracies.Table)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			s := scores[r.Model]
			if s == nil {
				s = &score{}
				scores[r.Model] = s
				order = append(order, r.Model)
			}
			s.top1, s.top5, s.low, s.high = s.top1+r.Top1, s.top5+r.Top5, s.low+r.CILow, s.high+r.CIHigh
			s.networks++
			s.images = r.N
		}
	}
	byImage, err := answersOf(list)
	if err != nil {
		return nil, err
	}
	for _, s := range scores {
		for _, v := range []*float64{&s.top1, &s.top5, &s.low, &s.high} {
			*v /= s.networks
		}
	}
	base := scores[p.Base]
	var out []statistics.Row
	for _, v := range order {
		s := scores[v]
		row := statistics.New(statistics.Accuracy, "accuracy/"+v, "accuracy")
		row.Model, row.Value, row.CILow, row.CIHigh, row.N, row.Unit = v, s.top1, s.low, s.high, s.images, "images"
		row.Test, row.Text = say("test-accuracy", words{"Networks": int(s.networks)}), meaning("accuracy", row, nil)
		out = append(out, row)
		if v == p.Base || base == nil {
			continue
		}
		row = statistics.New(statistics.AccuracyChange, "accuracy-change/"+v, "accuracy-change")
		row.Model, row.Reference, row.Value, row.N, row.Unit = v, p.Base, s.top1-base.top1, s.images, "images"
		row.Text = meaning("accuracy-change", row, nil)
		if slices.Contains(same, v) && s.top1 == base.top1 && s.top5 == base.top5 {
			row.CILow, row.CIHigh, row.Test = 0, 0, say("test-accuracy-same", nil)
		} else if both, ok := newPairs(byImage[v], byImage[p.Base]); ok {
			row.CILow, row.CIHigh = both.interval()
			row.P = both.p()
			row.Test = say("test-accuracy-change", words{"Networks": both.networks})
		} else {
			row.CILow, row.CIHigh = newcombe(*s, *base)
			row.Test = say("test-accuracy-change-unpaired", nil)
		}
		out = append(out, row)
	}
	return out, nil
}

// newcombe is the interval of the difference a - b of two proportions from their
// score intervals (Newcombe 1998, Statistics in Medicine 17:873, method 10). It is for
// accuracies without answers by image: two networks on the same images agree more than
// two samples would, so that it is rather too wide.
func newcombe(a, b score) (low, high float64) {
	d := a.top1 - b.top1
	return d - math.Hypot(a.top1-a.low, b.high-b.top1), d + math.Hypot(a.high-a.top1, b.top1-b.low)
}

// sameAsBase lists the variants whose networks all have the base network's RDMs, to
// the bit, in every layer.
func sameAsBase(list []*artifacts.Artifact, base string) ([]string, error) {
	sets, err := readAll(list)
	if err != nil {
		return nil, err
	}
	type place struct{ layer, condition string }
	of := func(set rdms.Set, i int) place { return place{set.Rows[i].Layer, fmt.Sprint(set.Conditions)} }
	reference := map[place][]float64{}
	for _, set := range sets {
		for i, row := range set.Rows {
			if row.Model == base {
				reference[of(set, i)] = set.RDM(i)
			}
		}
	}
	var order []string
	differs := map[string]bool{}
	for _, set := range sets {
		for i, row := range set.Rows {
			if row.Model == base {
				continue
			}
			if !slices.Contains(order, row.Model) {
				order = append(order, row.Model)
			}
			differs[row.Model] = differs[row.Model] || !slices.Equal(set.RDM(i), reference[of(set, i)])
		}
	}
	return slices.DeleteFunc(order, func(v string) bool { return differs[v] }), nil
}
