package mds

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/targets"
	"realnet/stages/analysis/mds"
	"realnet/stages/stage/stagetest"
)

// points are five in the plane, centred.
var points = [][2]float64{{-2, -1}, {0, 2}, {3, 0}, {-1, -3}, {0, 2.5}}

func made(t *testing.T, rows ...rdms.Row) *artifacts.Artifact {
	t.Helper()
	set := rdms.Set{Conditions: []string{"a", "b", "c", "d", "e"}}
	for i, row := range rows {
		row.Time = math.NaN()
		set.Rows = append(set.Rows, row)
		for j := range points {
			for k := j + 1; k < len(points); k++ {
				// the mean of the two subjects' is the distance
				set.Values = append(set.Values, math.Hypot(points[j][0]-points[k][0], points[j][1]-points[k][1])+0.1*float64(2*i-1))
			}
		}
	}
	return stagetest.Make(t, rdms.Schema, func(w *artifacts.Writer) error { return rdms.Write(w, set) })
}

// The distances of the targets are the mean dissimilarities.
func TestTargets(t *testing.T) {
	in := made(t, rdms.Row{Subject: "S1", ROI: "IT"}, rdms.Row{Subject: "S2", ROI: "IT"}, rdms.Row{Subject: "S3", ROI: "V1"})
	p := DefaultParams()
	p.Components, p.ROIs = 2, []string{"IT"}
	a := stagetest.SameForAnyWorkers(t, Stage, p, stagetest.In{"rdms": in})
	shape, x, err := artifacts.ReadTensor[float32](a, targets.Tensor)
	if err != nil || len(shape) != 2 || shape[0] != 5 || shape[1] != 2 {
		t.Fatalf("%v %v", shape, err)
	}
	for j := range points {
		for k := range points {
			want := math.Hypot(points[j][0]-points[k][0], points[j][1]-points[k][1])
			got := math.Hypot(float64(x[2*j]-x[2*k]), float64(x[2*j+1]-x[2*k+1]))
			if math.Abs(got-want) > 1e-5 {
				t.Errorf("distance of %d and %d is %v, want %v", j, k, got, want)
			}
		}
	}
	parts, err := artifacts.ReadTable[targets.Component](a, targets.ComponentsTable)
	if err != nil || math.Abs(parts[0].Ratio+parts[1].Ratio-1) > 1e-9 {
		t.Errorf("%+v %v", parts, err)
	}
	samples, err := artifacts.ReadTable[targets.Sample](a, targets.SamplesTable)
	if err != nil || samples[4] != (targets.Sample{Condition: "e", Subset: "train"}) {
		t.Errorf("%+v %v", samples, err)
	}
}

// coordinates are the targets of an artifact: conditions x components.
func coordinates(t *testing.T, a *artifacts.Artifact) ([]targets.Sample, []float32) {
	t.Helper()
	samples, err := artifacts.ReadTable[targets.Sample](a, targets.SamplesTable)
	if err != nil {
		t.Fatal(err)
	}
	_, x, err := artifacts.ReadTensor[float32](a, targets.Tensor)
	if err != nil {
		t.Fatal(err)
	}
	return samples, x
}

// people are RDMs of three subjects and two regions, of distances of random points.
func people(seed uint64, conditions []string, change func(i, j int, d float64) float64) rdms.Set {
	r := rand.New(rand.NewPCG(seed, 0))
	set := rdms.Set{Conditions: conditions}
	for _, roi := range []string{"V1", "IT"} {
		for s := range 3 {
			set.Rows = append(set.Rows, rdms.Row{Kind: "fmri", Subject: fmt.Sprint("S", s+1), ROI: roi, Time: math.NaN()})
			for i := range conditions {
				for j := i + 1; j < len(conditions); j++ {
					set.Values = append(set.Values, change(i, j, 1+r.Float64()))
				}
			}
		}
	}
	return set
}

// Of the folds' images, only those of the training subset are read: what the brains did
// with the others changes no bit of the targets, and the targets are those of an RDM that
// never had them.
func TestHeldOutImagesDoNotReachTheTargets(t *testing.T) {
	conditions := []string{"01", "02", "03", "04", "05", "06", "07", "08"}
	held := map[int]bool{1: true, 4: true, 6: true}
	im := stagetest.Make(t, stimuli.Schema, func(w *artifacts.Writer) error {
		var rows []stimuli.Image
		for i, c := range conditions {
			rows = append(rows, stimuli.Image{Name: c, Subset: map[bool]string{true: "test", false: "train"}[held[i]]})
		}
		if err := artifacts.WriteTensor(w, stimuli.Tensor, []int{len(rows), 1, 1, 3}, make([]uint8, 3*len(rows))); err != nil {
			return err
		}
		return artifacts.WriteTable(w, stimuli.ImagesTable, rows)
	})
	p := DefaultParams()
	p.Components, p.Squared, p.Whiten = 3, true, First
	run := func(set rdms.Set, in stagetest.In) ([]targets.Sample, []float32) {
		in["rdms"] = stagetest.Make(t, rdms.Schema, func(w *artifacts.Writer) error { return rdms.Write(w, set) })
		return coordinates(t, stagetest.Run(t, Stage, p, in))
	}
	same := func(_, _ int, d float64) float64 { return d }
	samples, want := run(people(1, conditions, same), stagetest.In{"stimuli": im})
	if len(samples) != 5 || samples[1].Condition != "03" || len(want) != 5*6 {
		t.Fatalf("%v: %d values", samples, len(want))
	}
	_, changed := run(people(1, conditions, func(i, j int, d float64) float64 {
		if held[i] || held[j] {
			return 100 * d
		}
		return d
	}), stagetest.In{"stimuli": im})
	if !slices.Equal(changed, want) {
		t.Error("the held-out images' dissimilarities change the targets")
	}
	_, changed = run(people(1, conditions, func(i, j int, d float64) float64 {
		if !held[i] && !held[j] {
			return d * float64(1+i)
		}
		return d
	}), stagetest.In{"stimuli": im})
	if slices.Equal(changed, want) {
		t.Error("the training images' dissimilarities do not change the targets")
	}
	all := people(1, conditions, same)
	small := rdms.Set{Rows: all.Rows}
	for i, c := range conditions {
		if !held[i] {
			small.Conditions = append(small.Conditions, c)
		}
	}
	for row := range all.Rows {
		k := 0
		for i := range conditions {
			for j := i + 1; j < len(conditions); j++ {
				if !held[i] && !held[j] {
					small.Values = append(small.Values, all.RDM(row)[k])
				}
				k++
			}
		}
	}
	if _, alone := run(small, stagetest.In{}); !slices.Equal(alone, want) {
		t.Error("targets are not those of RDMs without the held-out images")
	}
}

// Regions stand side by side, each the scaling of the mean over the subjects asked for;
// the first coordinate of each has unit deviation.
func TestRegionsSideBySide(t *testing.T) {
	conditions := []string{"a", "b", "c", "d", "e", "f"}
	set := people(3, conditions, func(_, _ int, d float64) float64 { return d })
	p := DefaultParams()
	p.Components, p.Subjects, p.ROIs, p.Whiten = 2, []string{"S1", "S3"}, []string{"IT", "V1"}, First
	in := stagetest.In{"rdms": stagetest.Make(t, rdms.Schema, func(w *artifacts.Writer) error { return rdms.Write(w, set) })}
	_, x := coordinates(t, stagetest.SameForAnyWorkers(t, Stage, p, in))
	for r, first := range []int{3, 0} { // rows of IT, then of V1
		mean := make([]float64, rdms.Pairs(6))
		for k := range mean {
			mean[k] = (set.RDM(first)[k] + set.RDM(first + 2)[k]) / 2
		}
		e, err := mds.Classical(mean, 6, 2)
		if err != nil {
			t.Fatal(err)
		}
		sd := math.Sqrt(e.Eigenvalues[0] / 5)
		for i := range conditions {
			for k := range 2 {
				if got, want := float64(x[4*i+2*r+k]), e.Points[i][k]/sd; math.Abs(got-want) > 1e-6 {
					t.Errorf("image %d, coordinate %d of region %d: %v, want %v", i, k, r, got, want)
				}
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	in := stagetest.In{"rdms": made(t, rdms.Row{Subject: "S1", ROI: "IT"}, rdms.Row{Subject: "S2", ROI: "IT"})}
	for want, change := range map[string]func(*Params){
		"is not positive":         func(p *Params) { p.Components = 0 },
		"5 for 5 dimensions":      func(p *Params) { p.Components = 5 },
		"no RDM is of subjects":   func(p *Params) { p.Components, p.Subjects = 2, []string{"S9"} },
		`of subject "S9"`:         func(p *Params) { p.Components, p.Subjects = 2, []string{"S1", "S9"} },
		`region "V1"`:             func(p *Params) { p.Components, p.ROIs = 2, []string{"IT", "V1"} },
		"distances of these RDMs": func(p *Params) { p.Components = 4 },
		"neither none nor first":  func(p *Params) { p.Whiten = "all" },
	} {
		p := DefaultParams()
		change(&p)
		stagetest.Refuses(t, Stage, p, in, want)
	}
}
