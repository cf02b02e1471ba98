package encoding_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/encodings"
	"realnet/artifacts/schemas/epochs"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/patterns"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/encoding"
	"realnet/stages/analysis/rdm"
	stage "realnet/stages/encoding"
	"realnet/stages/stage/stagetest"
)

const images, repetitions, voxels = 40, 3, 6

// world is a network of two layers and a brain whose voxels 0-2 (V1) follow the first
// layer, 3-5 (IT) the second, with noise in each repetition.
func world(t *testing.T) (a, b, means [][]float64, in stagetest.In) {
	r := rand.New(rand.NewPCG(5, 5))
	normal := func(n, d int) [][]float64 {
		out := make([][]float64, n)
		for i := range out {
			for range d {
				out[i] = append(out[i], float64(float32(r.NormFloat64())))
			}
		}
		return out
	}
	a, b = normal(images, 8), normal(images, 60)
	p := patterns.Patterns{}
	means = make([][]float64, images)
	for v := range voxels {
		p.Voxels = append(p.Voxels, patterns.Voxel{Index: int32(v)})
		p.Members = append(p.Members, patterns.Member{ROI: []string{"V1", "IT"}[v/3], Voxel: int32(v)})
	}
	for i := range images {
		means[i] = make([]float64, voxels)
		for rep := range repetitions {
			p.Samples = append(p.Samples, patterns.Sample{Subject: "7", Condition: fmt.Sprintf("im%02d", i), Subset: "test", Repetition: int32(rep + 1), Averaged: 1})
			for v := range voxels {
				y := r.NormFloat64()
				for k := range 3 {
					if v < 3 {
						y += a[i][(v+k)%8]
					} else {
						y += b[i][(v+7*k)%4]
					}
				}
				p.Values = append(p.Values, float32(y))
				means[i][v] += float64(float32(y)) / repetitions
			}
		}
	}
	in = stagetest.In{
		"features": featuresOf(t, map[string][][]float64{"V1": a, "IT": b}),
		"patterns": stagetest.Make(t, patterns.Schema, func(w *artifacts.Writer) error { return patterns.Write(w, p) }),
	}
	return a, b, means, in
}

func featuresOf(t *testing.T, layers map[string][][]float64) *artifacts.Artifact {
	return stagetest.Make(t, features.Schema, func(w *artifacts.Writer) error {
		var table []features.Image
		for i := range images {
			table = append(table, features.Image{Name: fmt.Sprintf("im%02d", i), Subset: "test"})
		}
		for name, rows := range layers {
			var flat []float32
			for _, row := range rows {
				for _, v := range row {
					flat = append(flat, float32(v))
				}
			}
			if err := artifacts.WriteTensor(w, features.File(name), []int{images, len(rows[0])}, flat); err != nil {
				return err
			}
		}
		return artifacts.WriteTable(w, features.ImagesTable, table)
	})
}

func params() stage.Params {
	p := stage.DefaultParams()
	p.Subset, p.Layers, p.Candidates, p.Seed, p.Model = "test", []string{"V1", "IT"}, 4, 3, "m"
	return p
}

func read(t *testing.T, a *artifacts.Artifact) encodings.Set {
	t.Helper()
	s, err := encodings.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	if s.Responses, err = artifacts.ReadTable[encodings.Response](a, encodings.ResponsesTable); err != nil {
		t.Fatal(err)
	}
	return s
}

// The stage gives what package analysis/encoding gives of the same rows in the same order,
// and the layer that a region follows predicts it.
func TestEncoding(t *testing.T) {
	_, _, _, in := world(t)
	p := params()
	p.Partition = []string{"layers"}
	s := read(t, stagetest.SameForAnyWorkers(t, stage.Stage, p, in))
	r := map[[2]string]encodings.Row{}
	unique := map[[2]string]float64{}
	for i, row := range s.Rows {
		at := [2]string{row.Layer, row.ROI}
		if row.Versus == "" {
			r[at] = row
			mean, n := 0.0, 0.0
			for _, f := range s.Folds {
				if int(f.Row) == i {
					mean, n = mean+f.R, n+1
				}
			}
			if n != 5 || math.Abs(mean/n-row.R) > 1e-12 {
				t.Errorf("%v: %v folds with mean %v, r is %v", at, n, mean/n, row.R)
			}
		} else if row.Layer != "" {
			unique[at] = row.Unique
		}
	}
	if v := r[[2]string{"V1", "V1"}]; v.R < 0.7 || v.Responses != 3 || v.Images != images || v.Subject != "7" || !(v.Normalised > v.R && v.Normalised < 1.1) || !(v.Ceiling > 0.8 && v.Ceiling < 1) {
		t.Errorf("V1 from its layer: %+v", v)
	}
	if v := r[[2]string{"V1", "IT"}]; math.Abs(v.R) > 0.3 {
		t.Errorf("IT from the layer that it does not follow: %+v", v)
	}
	if own, other := unique[[2]string{"V1", "V1"}], unique[[2]string{"IT", "V1"}]; !(own > 0.4 && math.Abs(other) < 0.2) {
		t.Errorf("unique shares of V1: %v of its layer, %v of the other", own, other)
	}
	if len(s.Responses) != 2*voxels || s.Responses[1].Index != 1 || math.IsNaN(s.Responses[1].Ceiling) {
		t.Errorf("%d responses: %+v", len(s.Responses), s.Responses[1])
	}
}

// A network beside its own copy explains nothing alone; beside noise it explains all.
func TestModelsPartition(t *testing.T) {
	a, b, _, in := world(t)
	p := params()
	p.Partition, p.Reference = []string{"models"}, "base"
	stagetest.Refuses(t, stage.Stage, p, in, "needs the input reference")
	share := func(reference map[string][][]float64) float64 {
		in["reference"] = featuresOf(t, reference)
		for _, row := range read(t, stagetest.Run(t, stage.Stage, p, in)).Rows {
			if row.Versus == "base" && row.Layer == "V1" && row.ROI == "V1" {
				return row.Unique
			}
		}
		t.Fatal("no unique share")
		return 0
	}
	if v := share(map[string][][]float64{"V1": a, "IT": b}); math.Abs(v) > 0.02 {
		t.Errorf("unique share beside itself: %v", v)
	}
	if v := share(map[string][][]float64{"V1": b, "IT": a}); v < 0.4 {
		t.Errorf("unique share beside noise: %v", v)
	}
}

// CKA is that of package analysis/compare, with values without each image.
func TestCKA(t *testing.T) {
	a, _, means, in := world(t)
	p := params()
	p.CKA = true
	s := read(t, stagetest.SameForAnyWorkers(t, stage.Stage, p, in))
	x, y := &rdm.Matrix[float64]{Conditions: images, Features: 8}, &rdm.Matrix[float64]{Conditions: images, Features: 3}
	for i := range images {
		x.Data, y.Data = append(x.Data, a[i]...), append(y.Data, means[i][:3]...)
	}
	var kernels [2]*rdm.RDM
	for k, m := range []*rdm.Matrix[float64]{x, y} {
		var err error
		if kernels[k], err = compare.Alignment(t.Context(), m, nil, 1); err != nil {
			t.Fatal(err)
		}
	}
	want, without, err := compare.AlignmentsWithout(kernels[0], kernels[1])
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(without)
	var left []float64
	for _, l := range s.Left {
		if l.Row == 0 {
			left = append(left, l.CKA)
		}
	}
	slices.Sort(left) // the stage has another order
	if row := s.Rows[0]; row.Layer != "V1" || row.ROI != "V1" || math.Abs(row.CKA-want) > 1e-9 || want < 0.2 || len(left) != images {
		t.Fatalf("%+v, want cka %v of %d images (%d)", row, want, images, len(left))
	}
	for i := range left {
		if math.Abs(left[i]-without[i]) > 1e-9 {
			t.Errorf("without an image: %v, want %v", left[i], without[i])
		}
	}
}

// EEG: channels at each time, means over repetitions.
func TestEpochs(t *testing.T) {
	_, _, means, in := world(t)
	delete(in, "patterns")
	const channels, times = 3, 2
	in["epochs"] = stagetest.Make(t, epochs.Schema, func(w *artifacts.Writer) error {
		var values []float32
		var conditions []epochs.Condition
		for i := range images {
			conditions = append(conditions, epochs.Condition{Name: fmt.Sprintf("im%02d", i)})
			for rep := range 2 {
				for c := range channels {
					for time := range times {
						values = append(values, float32(float64(time)*means[i][c]+float64(rep)*0.1))
					}
				}
			}
		}
		if err := artifacts.WriteTensor(w, epochs.Tensor, []int{images, 2, channels, times}, values); err != nil {
			return err
		}
		if err := artifacts.WriteTable(w, epochs.ConditionsTable, conditions); err != nil {
			return err
		}
		if err := artifacts.WriteTable(w, epochs.ChannelsTable, make([]epochs.Channel, channels)); err != nil {
			return err
		}
		return artifacts.WriteTable(w, epochs.TimesTable, []epochs.Time{{Seconds: -0.1}, {Seconds: 0.1}})
	})
	p := params()
	p.Source = "eeg"
	stagetest.Refuses(t, stage.Stage, p, in, "0 labels for 1 artifacts")
	p.Subjects, p.Layers = []string{"e1"}, []string{"V1"}
	s := read(t, stagetest.Run(t, stage.Stage, p, in))
	if len(s.Rows) != 2 || s.Rows[0].R != 0 || s.Rows[1].R < 0.7 || s.Rows[1].Time != 0.1 || s.Rows[1].Subject != "e1" {
		t.Errorf("%+v", s.Rows)
	}
	p.Window = []float64{0, 1}
	if s = read(t, stagetest.Run(t, stage.Stage, p, in)); len(s.Rows) != 1 || s.Rows[0].Time != 0.1 {
		t.Errorf("within a window: %+v", s.Rows)
	}
	p.Window = []float64{1, 2}
	stagetest.Refuses(t, stage.Stage, p, in, "no time of the epochs")
}

func TestRefuses(t *testing.T) {
	_, _, _, in := world(t)
	p := params()
	p.Layers = []string{"V2"}
	stagetest.Refuses(t, stage.Stage, p, in, `no layer "V2"`)
	p = params()
	p.ROIs = []string{"FFA"}
	stagetest.Refuses(t, stage.Stage, p, in, `no ROI "FFA"`)
	p = params()
	p.Subset = "train"
	stagetest.Refuses(t, stage.Stage, p, in, `no sample is of subset "train"`)
	p = params()
	p.Folds = 20
	stagetest.Refuses(t, stage.Stage, p, in, encoding.ErrShape.Error())
	delete(in, "patterns")
	stagetest.Refuses(t, stage.Stage, params(), in, "needs patterns or epochs")
}
