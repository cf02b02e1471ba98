package encoding

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/encodings"
	"realnet/artifacts/schemas/epochs"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/patterns"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/encoding"
	"realnet/stages/analysis/rdm"
	"realnet/stages/stage"
)

// Stage is the encoding stage.
var Stage = stage.New(stage.Spec{
	Name: "encoding",
	Doc:  "Predicts measured responses from a network's layers by ridge regression.",
	In: []stage.Port{
		{Name: "features", Schemas: []string{features.Schema.Name}, Doc: "a network's activations"},
		{Name: "reference", Schemas: []string{features.Schema.Name}, Optional: true, Doc: "activations of the network beside which unique shares of variance are computed"},
		{Name: "patterns", Schemas: []string{patterns.Schema.Name}, Many: true, Optional: true, Doc: "response patterns, one artifact a subject"},
		{Name: "epochs", Schemas: []string{epochs.Schema.Name}, Many: true, Optional: true, Doc: "EEG epochs, one artifact a subject"},
	},
	Out: encodings.Schema,
}, DefaultParams(), run)

// maker collects the rows of one run.
type maker struct {
	Params
	env *stage.Env
	set encodings.Set
}

func run(ctx context.Context, env *stage.Env, p Params) error {
	var brains []brain
	for _, a := range env.In["patterns"] {
		b, err := ofPatterns(a, p)
		if err != nil {
			return fmt.Errorf("%s: %w", a.Dir(), err)
		}
		brains = append(brains, b)
	}
	if n := len(env.In["epochs"]); n != len(p.Subjects) {
		return fmt.Errorf("subjects: %d labels for %d artifacts of the port epochs", len(p.Subjects), n)
	}
	for i, a := range env.In["epochs"] {
		b, err := ofEpochs(a, p.Subjects[i], p)
		if err != nil {
			return fmt.Errorf("%s: %w", a.Dir(), err)
		}
		brains = append(brains, b)
	}
	if len(brains) == 0 {
		return fmt.Errorf("needs patterns or epochs as its input")
	}
	reference := env.Maybe("reference")
	if slices.Contains(p.Partition, Models) && reference == nil {
		return fmt.Errorf("partition: %s needs the input reference", Models)
	}
	m := &maker{Params: p, env: env}
	net, err := open(env.One("features"), p)
	if err != nil {
		return err
	}
	var other *network
	if reference != nil {
		if other, err = open(reference, Params{Layers: net.layers}); err != nil {
			return fmt.Errorf("reference: %w", err)
		}
	}
	steps, done := int64(len(brains)*len(net.layers)), int64(0)
	for _, b := range brains {
		rows, responses, err := b.match(net, p.Seed)
		if err != nil {
			return err
		}
		b.responses = responses
		if p.CKA {
			if err := b.products(ctx, env.Workers); err != nil {
				return fmt.Errorf("subject %s: %w", b.subject, err)
			}
		}
		var bands []encoding.Matrix
		for _, layer := range net.layers {
			x, err := net.matrix(layer, rows)
			if err != nil {
				return err
			}
			if err := m.layer(ctx, b, layer, x); err != nil {
				return fmt.Errorf("layer %s, subject %s: %w", layer, b.subject, err)
			}
			if slices.Contains(p.Partition, Models) {
				y, err := other.named(layer, net, rows)
				if err != nil {
					return fmt.Errorf("reference: %w", err)
				}
				if err := m.partition(ctx, b, []string{layer, ""}, p.Reference, []encoding.Matrix{x, y}); err != nil {
					return fmt.Errorf("layer %s beside %s, subject %s: %w", layer, p.Reference, b.subject, err)
				}
			}
			if slices.Contains(p.Partition, Layers) {
				bands = append(bands, x)
			}
			done++
			env.Progress(done, steps, layer)
		}
		if len(bands) > 1 {
			if err := m.partition(ctx, b, net.layers, Layers, bands); err != nil {
				return fmt.Errorf("all layers, subject %s: %w", b.subject, err)
			}
		}
	}
	return encodings.Write(env.Out, m.set)
}

func (m *maker) config() encoding.Config {
	return encoding.Config{Alphas: encoding.LogSpace(m.AlphaLow, m.AlphaHigh, m.Alphas), Folds: m.Folds, Inner: m.Inner, Workers: m.env.Workers}
}

// layer scores one layer alone. Its features are one band, so that penalties mean the same
// in layers of any size.
func (m *maker) layer(ctx context.Context, b brain, layer string, x encoding.Matrix) error {
	c := m.config()
	c.Weights = [][]float64{{1}}
	got, err := encoding.Score(ctx, []encoding.Matrix{x}, b.responses, c)
	if err != nil {
		return err
	}
	first := len(m.set.Rows)
	for _, g := range b.groups {
		m.add(b, layer, "", g, got, nil)
	}
	if m.CKA {
		if err := m.align(ctx, b, x, first); err != nil {
			return err
		}
	}
	for i := range got.R {
		if m.Source != "eeg" {
			m.set.Responses = append(m.set.Responses, encodings.Response{
				Layer: layer, Subject: b.subject, Index: int32(i), R: got.R[i], R2: got.R2[i], Ceiling: b.ceiling[i], Alpha: got.Alpha[i],
			})
		}
	}
	return nil
}

// align compares a layer with each group of responses by CKA: the rows from first on.
func (m *maker) align(ctx context.Context, b brain, x encoding.Matrix, first int) error {
	layer, err := compare.Alignment(ctx, &rdm.Matrix[float64]{Data: x.Data, Conditions: x.Rows, Features: x.Cols}, nil, m.env.Workers)
	if err != nil {
		return err
	}
	for k := range b.groups {
		value, without, err := compare.AlignmentsWithout(layer, b.alignments[k])
		if err != nil {
			return err
		}
		m.set.Rows[first+k].CKA = value
		for i, v := range without {
			m.set.Left = append(m.set.Left, encodings.Left{Row: int32(first + k), Image: int32(i), CKA: v})
		}
	}
	return nil
}

// partition scores several bands together, and what each named one adds to the others.
func (m *maker) partition(ctx context.Context, b brain, names []string, versus string, bands []encoding.Matrix) error {
	c := m.config()
	c.Weights = encoding.Candidates(len(bands), m.Candidates, m.Seed)
	all, err := encoding.Score(ctx, bands, b.responses, c)
	if err != nil {
		return err
	}
	unique, err := encoding.Unique(ctx, bands, b.responses, all, c)
	if err != nil {
		return err
	}
	for _, g := range b.groups {
		if versus == Layers {
			m.add(b, "", versus, g, all, nil)
		}
		for k, name := range names {
			if name != "" {
				m.add(b, name, versus, g, all, unique[k])
			}
		}
	}
	return nil
}

// add appends the mean over a group of responses. With unique shares the row holds these
// alone: scores are of all bands.
func (m *maker) add(b brain, layer, versus string, g group, got *encoding.Result, unique []float64) {
	nan := math.NaN()
	row := encodings.Row{
		Model: m.Model, Trained: m.Trained, Layer: layer, Versus: versus, Source: m.Source, Subject: b.subject, ROI: g.roi, Time: g.time,
		Responses: int64(len(g.columns)), Images: int64(b.responses.Rows), R: nan, R2: nan, Ceiling: nan, Normalised: nan, Alpha: nan, CKA: nan, Unique: nan,
	}
	n := float64(len(g.columns))
	if unique != nil {
		row.Unique = 0
		for _, c := range g.columns {
			row.Unique += unique[c] / n
		}
		m.set.Rows = append(m.set.Rows, row)
		return
	}
	row.R, row.R2, row.Alpha = 0, 0, 0
	var r, ceiling, with float64
	for _, c := range g.columns {
		row.R += got.R[c] / n
		row.R2 += got.R2[c] / n
		row.Alpha += math.Log(got.Alpha[c]) / n
		if v := b.ceiling[c]; v > 0 {
			r, ceiling, with = r+got.R[c], ceiling+v, with+1
		}
	}
	row.Alpha = math.Exp(row.Alpha)
	if with > 0 {
		row.Ceiling, row.Normalised = ceiling/with, r/ceiling
	}
	for fold, values := range got.FoldR {
		mean := 0.0
		for _, c := range g.columns {
			mean += values[c] / n
		}
		m.set.Folds = append(m.set.Folds, encodings.Fold{Row: int32(len(m.set.Rows)), Fold: int32(fold), R: mean})
	}
	m.set.Rows = append(m.set.Rows, row)
}

// network is a network's activations.
type network struct {
	a      *artifacts.Artifact
	images []features.Image
	at     map[string]int // row of each image that is taken
	layers []string
}

func open(a *artifacts.Artifact, p Params) (*network, error) {
	n := &network{a: a, at: map[string]int{}, layers: p.Layers}
	var err error
	if n.images, err = artifacts.ReadTable[features.Image](a, features.ImagesTable); err != nil {
		return nil, err
	}
	for i, im := range n.images {
		if p.Subset == "" || im.Subset == p.Subset {
			n.at[im.Name] = i
		}
	}
	var there []string
	for _, f := range a.Files("*.arrow") {
		there = append(there, strings.TrimSuffix(f, ".arrow"))
	}
	if len(n.layers) == 0 {
		n.layers = there
	}
	for _, l := range n.layers {
		if !slices.Contains(there, l) {
			return nil, fmt.Errorf("no layer %q (layers: %v)", l, there)
		}
	}
	return n, nil
}

// matrix reads rows of a layer.
func (n *network) matrix(layer string, rows []int) (encoding.Matrix, error) {
	t, err := artifacts.OpenFloats(n.a, features.File(layer))
	if err != nil {
		return encoding.Matrix{}, err
	}
	defer func() { _ = t.Close() }() // nothing was written
	if len(t.Shape) != 2 || t.Shape[0] != len(n.images) {
		return encoding.Matrix{}, fmt.Errorf("layer %s: shape %v is not %d images x features", layer, t.Shape, len(n.images))
	}
	x := encoding.Matrix{Data: make([]float64, 0, len(rows)*t.Shape[1]), Rows: len(rows), Cols: t.Shape[1]}
	for _, r := range rows {
		if t.Double != nil {
			x.Data = append(x.Data, t.Double.Row(r)...)
			continue
		}
		for _, v := range t.Single.Row(r) {
			x.Data = append(x.Data, float64(v))
		}
	}
	return x, nil
}

// named reads a layer of the images that another network's rows have.
func (n *network) named(layer string, of *network, rows []int) (encoding.Matrix, error) {
	own := make([]int, len(rows))
	for i, r := range rows {
		k, ok := n.at[of.images[r].Name]
		if !ok {
			return encoding.Matrix{}, fmt.Errorf("no features of image %q", of.images[r].Name)
		}
		own[i] = k
	}
	return n.matrix(layer, own)
}
