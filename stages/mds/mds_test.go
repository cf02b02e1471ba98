package mds

import (
	"math"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/targets"
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

func TestRefuses(t *testing.T) {
	in := stagetest.In{"rdms": made(t, rdms.Row{Subject: "S1", ROI: "IT"}, rdms.Row{Subject: "S2", ROI: "IT"})}
	for want, p := range map[string]Params{
		"is not positive":         {Components: 0},
		"5 for 5 dimensions":      {Components: 5},
		"no RDM is of":            {Components: 2, Subjects: []string{"S9"}},
		"distances of these RDMs": {Components: 4},
	} {
		stagetest.Refuses(t, Stage, p, in, want)
	}
}
