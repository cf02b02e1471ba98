package fmri_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/patterns"
	"realnet/data/realdata"
	"realnet/stages/fmri"
	"realnet/stages/stage/stagetest"
)

// fixtures makes a dataset of files of testdata (ci/reference/fmri_bdata.py) and others.
func fixtures(t *testing.T, more map[string][]byte, names ...string) stagetest.In {
	t.Helper()
	return stagetest.In{"dataset": stagetest.Dataset(t, fixtureFiles(t, more, names...))}
}

func fixtureFiles(t *testing.T, more map[string][]byte, names ...string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for name, content := range more {
		files[name] = content
	}
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files["sub/"+name] = content
	}
	return files
}

func bdataParams(change func(*fmri.Params)) fmri.Params {
	p := fmri.DefaultParams()
	p.Layout, p.Subject, p.ROIs = "bdata", "01", []string{"V1", "V4"}
	p.BData.Train, p.BData.Test = []string{"training.h5"}, []string{"test.h5"}
	change(&p)
	return p
}

func read(t *testing.T, a *artifacts.Artifact) patterns.Patterns {
	t.Helper()
	p, err := patterns.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func conditions(p patterns.Patterns) []string {
	var out []string
	for _, s := range p.Samples {
		out = append(out, s.Subset+" "+s.Condition)
	}
	return out
}

func TestBDataSamples(t *testing.T) {
	in := fixtures(t, nil, "training.h5", "test.h5", "original.h5")
	p := read(t, stagetest.SameForAnyWorkers(t, fmri.Stage, bdataParams(func(*fmri.Params) {}), in))
	want := []string{"train n01443537_22563", "train n01621127_19020", "train n01621127_19020", "train n01443537_22563", "test n01677366_18182", "test n01677366_18182"}
	if got := conditions(p); !slices.Equal(got, want) {
		t.Errorf("samples %v", got)
	}
	if want := []float32{100, 101, 102, 110, 111, 112, 120, 121, 122, 130, 131, 132, 200, 201, 202, 210, 211, 212}; !slices.Equal(p.Values, want) {
		t.Errorf("values %v", p.Values) // voxels 0 to 2: V1 has 0 and 1, V4 (hV4) 1 and 2
	}
	for roi, columns := range map[string][]int{"V1": {0, 1}, "V4": {1, 2}} {
		if got, err := p.ROI(roi); err != nil || !slices.Equal(got, columns) {
			t.Errorf("%s: columns %v, %v", roi, got, err)
		}
	}
	if p.Samples[0].Run != 1 || p.Samples[4].Run != 2 || p.Samples[2].Repetition != 2 || p.Samples[0].Subject != "01" {
		t.Errorf("samples %+v", p.Samples)
	}
}

func TestBDataAverages(t *testing.T) {
	in := fixtures(t, nil, "training.h5", "test.h5")
	p := read(t, stagetest.Run(t, fmri.Stage, bdataParams(func(p *fmri.Params) {
		p.Average, p.ROIs = fmri.PerCondition, []string{"late: ROI_LOC | (ROI_V1 & ROI_hV4)"}
	}), in))
	if want := []float32{116, 119, 116, 119, 206, 209}; !slices.Equal(p.Values, want) {
		t.Errorf("values %v, want %v", p.Values, want) // voxels 1 and 4; rows 0 and 3, 1 and 2; test rows 0 and 1
	}
	if p.Samples[0].Averaged != 2 || p.Samples[0].Subset != "train" || len(p.Samples) != 3 {
		t.Errorf("samples %+v", p.Samples)
	}
	if columns, err := p.ROI("late"); err != nil || len(columns) != 2 {
		t.Errorf("columns %v, %v", columns, err)
	}
	p = read(t, stagetest.Run(t, fmri.Stage, bdataParams(func(p *fmri.Params) { p.Standardise = "train" }), in))
	sd := math.Sqrt((15*15 + 5*5) * 2 / 3.0) // training rows 0, 10, 20, 30, ddof 1
	if got, want := float64(p.Values[12]), (200-115)/sd; math.Abs(got-want) > 1e-5 {
		t.Errorf("standardised test sample %v, want %v", got, want)
	}
}

// The original files: numbers stand for images, by ImageNet's rule or by a table.
func TestBDataOriginal(t *testing.T) {
	table := []byte("n01443537_22563\t1443537.022563\t1\nn01621127_19020\t1621127.01902\t2\nn01677366_18182\t1677366.018182\t3\n")
	in := fixtures(t, map[string][]byte{"names.tsv": table}, "original.h5")
	for _, names := range []string{fmri.ImageNet, "names.tsv"} {
		p := read(t, stagetest.Run(t, fmri.Stage, bdataParams(func(p *fmri.Params) {
			p.BData = fmri.BData{Train: []string{"original.h5"}, Label: "Label", LabelColumn: 1, Names: names}
		}), in))
		want := []string{"train n01443537_22563", "train n01621127_19020", "train n01443537_22563", "train n01677366_18182"}
		if got := conditions(p); !slices.Equal(got, want) {
			t.Errorf("%s: samples %v", names, got)
		}
		var runs []int32
		var sessions []string
		for _, s := range p.Samples {
			runs, sessions = append(runs, s.Run), append(sessions, s.Session)
		}
		if !slices.Equal(runs, []int32{1, 2, 3, 3}) || !slices.Equal(sessions, []string{"1", "1", "2", "2"}) {
			t.Errorf("runs %v, sessions %v", runs, sessions)
		}
	}
}

// Horikawa & Kamitani 2017: one file; imagery is left out.
func TestBDataSplit(t *testing.T) {
	p := read(t, stagetest.Run(t, fmri.Stage, bdataParams(func(p *fmri.Params) {
		p.BData = fmri.BData{Train: []string{"both.h5"}, Test: []string{"both.h5"}, Split: "DataType", Label: "stimulus_id", Names: fmri.Number}
	}), fixtures(t, nil, "both.h5")))
	want := []string{"train 1443537.022563", "train 1621127.01902", "test 1677366.018182", "test 1677366.018182"}
	if got := conditions(p); !slices.Equal(got, want) {
		t.Errorf("samples %v", got)
	}
}

// A real file, written by bdpy; values as h5py shows them.
func TestBDataRealFile(t *testing.T) {
	content, err := os.ReadFile(realdata.Path(t, "bdata", "sample_vmap.h5"))
	if err != nil {
		t.Fatal(err)
	}
	p := read(t, stagetest.Run(t, fmri.Stage, bdataParams(func(p *fmri.Params) {
		p.ROIs, p.Average = []string{"all: Data"}, fmri.PerCondition
		p.BData = fmri.BData{Train: []string{"*.h5"}, Label: "Label", Names: fmri.FromValueMap}
	}), stagetest.In{"dataset": stagetest.Dataset(t, map[string][]byte{"sample.h5": content})}))
	if got := conditions(p); !slices.Equal(got, []string{"train label-01", "train label-03", "train label-04", "train label-02"}) {
		t.Errorf("samples %v", got)
	}
	if want := (0.15474586 + 0.88951677) / 2; len(p.Voxels) != 10 || math.Abs(float64(p.Values[0])-want) > 1e-7 {
		t.Errorf("%d voxels, first value %v, want %v", len(p.Voxels), p.Values[0], want)
	}
}

func TestBDataRefuses(t *testing.T) {
	all := fixtures(t, map[string][]byte{"few.tsv": []byte("n01443537_22563\t1443537.022563\n"), "bad.tsv": []byte("a\tb\n"), "no.h5": []byte("text")},
		"training.h5", "test.h5", "other.h5", "original.h5", "both.h5", "nan.h5")
	for _, tt := range []struct {
		name   string
		change func(*fmri.Params)
		want   string
	}{
		{"no regions", func(p *fmri.Params) { p.ROIs = nil }, "rois"},
		{"no files", func(p *fmri.Params) { p.BData.Train, p.BData.Test = nil, nil }, "bdata.train"},
		{"no match", func(p *fmri.Params) { p.BData.Test = []string{"x*.h5"} }, "x*.h5"},
		{"unknown region", func(p *fmri.Params) { p.ROIs = []string{"PPA"} }, "hV4"},
		{"bad expression", func(p *fmri.Params) { p.ROIs = []string{"x: ROI_V1 +"} }, "selection"},
		{"unknown label", func(p *fmri.Params) { p.BData.Label = "image" }, "image"},
		{"label column", func(p *fmri.Params) {
			p.BData.Train, p.BData.Names, p.BData.Label, p.BData.LabelColumn = []string{"original.h5"}, fmri.Number, "Label", 2
		}, "label_column"},
		{"no ImageNet number", func(p *fmri.Params) { p.BData.Names = fmri.ImageNet }, "ImageNet"},
		{"image without a name", func(p *fmri.Params) {
			p.BData = fmri.BData{Train: []string{"original.h5"}, Label: "Label", LabelColumn: 1, Names: "few.tsv"}
		}, "1621127.019020"},
		{"bad table", func(p *fmri.Params) { p.BData.Names = "bad.tsv" }, "bad.tsv:1"},
		{"no table", func(p *fmri.Params) { p.BData.Names = "none.tsv" }, "none.tsv"},
		{"other voxels", func(p *fmri.Params) { p.BData.Test = []string{"other.h5"} }, "other voxels"},
		{"train and test", func(p *fmri.Params) { p.BData.Test = []string{"t*.h5"} }, "bdata.split"},
		{"unknown split", func(p *fmri.Params) { p.BData.Split = "DataType" }, "DataType"},
		{"NaN", func(p *fmri.Params) { p.BData.Test = []string{"nan.h5"} }, "NaN"},
		{"no BData", func(p *fmri.Params) { p.BData.Test = []string{"no.h5"} }, "no.h5"},
		{"average", func(p *fmri.Params) { p.Average = "session" }, "average"},
	} {
		t.Run(tt.name, func(t *testing.T) { stagetest.Refuses(t, fmri.Stage, bdataParams(tt.change), all, tt.want) })
	}
}
