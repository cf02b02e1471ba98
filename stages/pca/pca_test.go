package pca_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/targets"
	"realnet/stages/pca"
	"realnet/stages/stage/stagetest"
)

const voxels = 6

// sample makes a pattern on the plane of two directions.
func sample(condition, subset string, averaged int32) patterns.Sample {
	return patterns.Sample{Subject: "01", Condition: condition, Subset: subset, Averaged: averaged, Onset: math.NaN()}
}

func make1(t *testing.T, samples []patterns.Sample, values []float32) *artifacts.Artifact {
	p := patterns.Patterns{Samples: samples, Values: values}
	for v := range int32(voxels) {
		p.Voxels = append(p.Voxels, patterns.Voxel{Index: v, I: -1, J: -1, K: -1})
		roi := "V1"
		if v >= 4 {
			roi = "V2"
		}
		p.Members = append(p.Members, patterns.Member{ROI: roi, Voxel: v}, patterns.Member{ROI: "VC", Voxel: v})
	}
	return stagetest.Make(t, patterns.Schema, func(w *artifacts.Writer) error { return patterns.Write(w, p) })
}

func read(t *testing.T, a *artifacts.Artifact) (samples []targets.Sample, components []targets.Component, values []float32) {
	t.Helper()
	samples, err := artifacts.ReadTable[targets.Sample](a, targets.SamplesTable)
	if err != nil {
		t.Fatal(err)
	}
	if components, err = artifacts.ReadTable[targets.Component](a, targets.ComponentsTable); err != nil {
		t.Fatal(err)
	}
	if _, values, err = artifacts.ReadTensor[float32](a, targets.Tensor); err != nil {
		t.Fatal(err)
	}
	return samples, components, values
}

// Training patterns lie along voxel 0 alone: the first component is that axis, its
// variance that of 2, 4, 6 (ddof 1: 4). The test image has twice the range, and does
// not move the fit; its two trials count as their weighted mean.
func TestFitsOnTrainingImagesAlone(t *testing.T) {
	line := func(x float32) []float32 { return []float32{x, 1, 1, 1, 1, 1} }
	samples := []patterns.Sample{sample("t", "test", 3), sample("a", "train", 1), sample("b", "train", 1), sample("c", "train", 1), sample("a", "train", 1), sample("t", "test", 1)}
	values := slices.Concat(line(100), line(1), line(4), line(6), line(3), line(60))
	in := stagetest.In{"patterns": make1(t, samples, values)}
	params := pca.DefaultParams()
	params.Components = 1
	rows, components, got := read(t, stagetest.SameForAnyWorkers(t, pca.Stage, params, in))
	wantRows := []targets.Sample{{Condition: "t", Subset: "test"}, {Condition: "a", Subset: "train"}, {Condition: "b", Subset: "train"}, {Condition: "c", Subset: "train"}}
	if !slices.Equal(rows, wantRows) {
		t.Errorf("rows %v", rows)
	}
	want := []float32{90 - 4, -2, 0, 2} // (3 x 100 + 60) / 4 = 90; training mean 4
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-5 {
			t.Errorf("targets %v, want %v", got, want)
			break
		}
	}
	if math.Abs(components[0].Variance-4) > 1e-9 || math.Abs(components[0].Ratio-1) > 1e-9 {
		t.Errorf("component %+v, want variance 4, all of it", components[0])
	}
	params.Whiten = pca.First
	_, _, got = read(t, stagetest.Run(t, pca.Stage, params, in))
	if math.Abs(float64(got[0]-43)) > 1e-5 { // 86 / 2
		t.Errorf("whitened %v", got)
	}
}

// Regions are taken together and each voxel once; z-scoring makes voxels weigh alike.
func TestRegionsAndScale(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 0))
	var samples []patterns.Sample
	var values []float32
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		samples = append(samples, sample(name, "", 1))
		for v := range voxels {
			values = append(values, float32(rng.NormFloat64()*math.Pow(10, float64(v))))
		}
	}
	in := stagetest.In{"patterns": make1(t, samples, values)}
	for _, tt := range []struct {
		rois     []string
		features int
	}{{nil, 6}, {[]string{"V1"}, 4}, {[]string{"V2"}, 2}, {[]string{"V2", "V1"}, 6}, {[]string{"VC", "V1"}, 6}} {
		params := pca.DefaultParams()
		params.Components, params.ROIs, params.Scale = 2, tt.rois, "zscore"
		a := stagetest.Run(t, pca.Stage, params, in)
		shape, scale, err := artifacts.ReadTensor[float32](a, targets.ScaleTensor)
		if err != nil || shape[0] != tt.features || scale[0] <= 0 {
			t.Errorf("%v: scale of %v voxels, want %d (%v)", tt.rois, shape, tt.features, err)
		}
		_, components, _ := read(t, a)
		if total := components[0].Variance / components[0].Ratio; math.Abs(total-float64(tt.features)) > 1e-9 {
			t.Errorf("%v: total variance of z-scored voxels is %v, want %d", tt.rois, total, tt.features)
		}
	}
	params := pca.DefaultParams()
	params.Components = 1
	if a := stagetest.Run(t, pca.Stage, params, in); a.Has(targets.ScaleTensor) {
		t.Error("raw targets have a scale")
	}
}

func TestRefuses(t *testing.T) {
	values := make([]float32, 3*voxels)
	for i := range values {
		values[i] = float32(i * i)
	}
	three := []patterns.Sample{sample("a", "train", 1), sample("b", "train", 1), sample("c", "train", 1)}
	good := stagetest.In{"patterns": make1(t, three, values)}
	change := func(f func(*pca.Params)) pca.Params {
		p := pca.DefaultParams()
		p.Components = 1
		f(&p)
		return p
	}
	for _, tt := range []struct {
		name   string
		params pca.Params
		in     stagetest.In
		want   string
	}{
		{"too many components", change(func(p *pca.Params) { p.Components = 1024 }), good, "1024 asked for"},
		{"no component", change(func(p *pca.Params) { p.Components = 0 }), good, "components"},
		{"unknown scale", change(func(p *pca.Params) { p.Scale = "unit" }), good, "scale"},
		{"unknown whitening", change(func(p *pca.Params) { p.Whiten = "all" }), good, "whiten"},
		{"unknown region", change(func(p *pca.Params) { p.ROIs = []string{"FFA"} }), good, "FFA"},
		{"no training image", change(func(*pca.Params) {}), stagetest.In{"patterns": make1(t, []patterns.Sample{sample("a", "test", 1), sample("b", "test", 1), sample("c", "", 1)}, values)}, "train"},
		{"two subjects", change(func(*pca.Params) {}), stagetest.In{"patterns": make1(t, []patterns.Sample{three[0], {Subject: "02", Condition: "b", Subset: "train"}, three[2]}, values)}, "02"},
	} {
		t.Run(tt.name, func(t *testing.T) { stagetest.Refuses(t, pca.Stage, tt.params, tt.in, tt.want) })
	}
}
