package encoding

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"realnet/artifacts"
	"realnet/artifacts/schemas/epochs"
	"realnet/artifacts/schemas/patterns"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/encoding"
	"realnet/stages/analysis/rdm"
)

// brain is what one subject's responses are predicted of.
type brain struct {
	subject   string
	names     []string        // image of each row
	responses encoding.Matrix // images x responses
	ceiling   []float64       // of each response; NaN for none
	groups    []group

	alignments []*rdm.RDM // of each group's responses, for CKA
}

// group is the responses whose mean is reported: a region, or a time.
type group struct {
	roi     string
	time    float64
	columns []int
}

// ofPatterns averages repetitions, voxel by voxel. Only repetitions that are samples of
// their own give a ceiling.
func ofPatterns(a *artifacts.Artifact, p Params) (brain, error) {
	all, err := patterns.Read(a)
	if err != nil {
		return brain{}, err
	}
	var b brain
	var names []string
	var y encoding.Matrix
	y.Cols = len(all.Voxels)
	for i, s := range all.Samples {
		if p.Subset != "" && s.Subset != p.Subset {
			continue
		}
		b.subject = s.Subject
		names = append(names, s.Condition)
		for _, v := range all.Values[i*y.Cols : (i+1)*y.Cols] {
			y.Data = append(y.Data, float64(v))
		}
		y.Rows++
	}
	if y.Rows == 0 {
		return b, fmt.Errorf("no sample is of subset %q", p.Subset)
	}
	rois := p.ROIs
	if len(rois) == 0 {
		for _, m := range all.Members {
			if !slices.Contains(rois, m.ROI) {
				rois = append(rois, m.ROI)
			}
		}
	}
	if len(rois) == 0 {
		rois = []string{""}
	}
	for _, roi := range rois {
		columns, err := all.ROI(roi)
		if err != nil {
			return b, err
		}
		b.groups = append(b.groups, group{roi, math.NaN(), columns})
	}
	b.responses, b.names, b.ceiling, err = encoding.Ceiling(y, names)
	return b.withCeilings(), err
}

// ofEpochs averages repetitions, channel by channel and time by time.
func ofEpochs(a *artifacts.Artifact, subject string, p Params) (brain, error) {
	b := brain{subject: subject}
	conditions, err := artifacts.ReadTable[epochs.Condition](a, epochs.ConditionsTable)
	if err != nil {
		return b, err
	}
	times, err := artifacts.ReadTable[epochs.Time](a, epochs.TimesTable)
	if err != nil {
		return b, err
	}
	t, err := artifacts.OpenTensor[float32](a, epochs.Tensor)
	if err != nil {
		return b, err
	}
	defer func() { _ = t.Close() }() // nothing was written
	s := t.Shape
	if len(s) != 4 || s[0] != len(conditions) || s[3] != len(times) {
		return b, fmt.Errorf("epochs of shape %v for %d conditions and %d times", s, len(conditions), len(times))
	}
	var names []string
	for _, c := range conditions {
		names = append(names, slices.Repeat([]string{c.Name}, s[1])...)
	}
	var means []encoding.Matrix
	for k, at := range times {
		if len(p.Window) == 2 && (at.Seconds < p.Window[0] || at.Seconds > p.Window[1]) {
			continue
		}
		y := encoding.Matrix{Data: make([]float64, 0, len(names)*s[2]), Rows: len(names), Cols: s[2]}
		for i := range conditions {
			row := t.Row(i)
			for rc := range s[1] * s[2] {
				y.Data = append(y.Data, float64(row[rc*s[3]+k]))
			}
		}
		mean, conditions, ceiling, err := encoding.Ceiling(y, names)
		if err != nil {
			return b, fmt.Errorf("at %g s: %w", at.Seconds, err)
		}
		var columns []int
		for c := range s[2] {
			columns = append(columns, len(means)*s[2]+c)
		}
		if ceiling == nil {
			ceiling = slices.Repeat([]float64{math.NaN()}, s[2])
		}
		b.groups = append(b.groups, group{"", at.Seconds, columns})
		b.names, b.ceiling, means = conditions, append(b.ceiling, ceiling...), append(means, mean)
	}
	if len(means) == 0 {
		return b, fmt.Errorf("no time of the epochs is in %v s", p.Window)
	}
	b.responses = encoding.Matrix{Rows: len(conditions), Cols: len(means) * s[2]}
	for i := range conditions {
		for _, m := range means {
			b.responses.Data = append(b.responses.Data, m.Data[i*s[2]:(i+1)*s[2]]...)
		}
	}
	return b, nil
}

// products prepares the responses of each group for CKA.
func (b *brain) products(ctx context.Context, workers int) error {
	n := b.responses.Rows
	for _, g := range b.groups {
		y := &rdm.Matrix[float64]{Conditions: n, Features: len(g.columns), Data: make([]float64, 0, n*len(g.columns))}
		for i := range n {
			for _, c := range g.columns {
				y.Data = append(y.Data, b.responses.Data[i*b.responses.Cols+c])
			}
		}
		a, err := compare.Alignment(ctx, y, nil, workers)
		if err != nil {
			return fmt.Errorf("%s: %w", g.roi, err)
		}
		b.alignments = append(b.alignments, a)
	}
	return nil
}

func (b brain) withCeilings() brain {
	if b.ceiling == nil {
		b.ceiling = slices.Repeat([]float64{math.NaN()}, b.responses.Cols)
	}
	return b
}

// match gives the rows of the features and the responses of the images that both have, in
// an order that follows from their names and the seed alone.
func (b brain) match(net *network, seed uint64) (rows []int, y encoding.Matrix, err error) {
	at := map[string]int{}
	var names []string
	for i, name := range b.names {
		if _, ok := net.at[name]; ok {
			at[name] = i
			names = append(names, name)
		}
	}
	if len(names) < len(b.names) && len(names) < len(net.at) {
		return nil, y, fmt.Errorf("the network has %d and subject %s %d images, of which %d have the same names: they must be of the same images", len(net.at), b.subject, len(b.names), len(names))
	}
	slices.Sort(names)
	r := rand.New(rand.NewPCG(seed, 0x656e636f64696e67))
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	y = encoding.Matrix{Rows: len(names), Cols: b.responses.Cols}
	for _, name := range names {
		i := at[name]
		rows = append(rows, net.at[name])
		y.Data = append(y.Data, b.responses.Data[i*y.Cols:(i+1)*y.Cols]...)
	}
	return rows, y, nil
}
