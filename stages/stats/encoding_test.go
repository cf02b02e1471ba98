package stats

import (
	"math"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/encodings"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/inference"
	"realnet/stages/stage"
	"realnet/stages/stage/stagetest"
)

// encodingSet is what stage encoding writes of one network: one region, two layers, three
// folds, five images, two subjects. r of fold f is value + f/100, and CKA without image i
// value + i/100.
func encodingSet(t *testing.T, model, trained string, value map[string]float64) *artifacts.Artifact {
	nan := math.NaN()
	var s encodings.Set
	for _, subject := range []string{"01", "02"} {
		for _, layer := range []string{"V1", "IT"} {
			v := value[subject]
			row := int32(len(s.Rows))
			s.Rows = append(s.Rows, encodings.Row{
				Model: model, Trained: trained, Layer: layer, Source: "fmri", Subject: subject, ROI: "V4", Time: nan, Responses: 9, Images: 5,
				R: v + 0.01, R2: v * v, Ceiling: 0.8, Normalised: (v + 0.01) / 0.8, Alpha: 1, CKA: v, Unique: nan,
			})
			for f := range 3 {
				s.Folds = append(s.Folds, encodings.Fold{Row: row, Fold: int32(f), R: v + float64(f)/100})
			}
			for i := range 5 {
				s.Left = append(s.Left, encodings.Left{Row: row, Image: int32(i), CKA: v + float64(i)/100})
			}
			s.Rows = append(s.Rows, encodings.Row{
				Model: model, Trained: trained, Layer: layer, Versus: "layers", Source: "fmri", Subject: subject, ROI: "V4", Time: nan, Responses: 9, Images: 5,
				R: nan, R2: nan, Ceiling: nan, Normalised: nan, Alpha: nan, CKA: nan, Unique: v / 10,
			})
		}
	}
	return stagetest.Make(t, encodings.Schema, func(w *artifacts.Writer) error { return encodings.Write(w, s) })
}

// A network counts with the brain that trained it within, and with the other across; the
// base counts with both; differences are taken fold by fold and image by image.
func TestEncodingRows(t *testing.T) {
	list := []*artifacts.Artifact{
		encodingSet(t, "base", "", map[string]float64{"01": 0.1, "02": 0.2}),
		encodingSet(t, "aligned", "01", map[string]float64{"01": 0.5, "02": 0.3}),
		encodingSet(t, "aligned", "02", map[string]float64{"01": 0.2, "02": 0.7}),
	}
	p := DefaultParams()
	p.Layers = nil
	rows, err := encodingRows(list, p)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]statistics.Row{}
	for _, r := range rows {
		if _, twice := of[r.Name]; twice {
			t.Errorf("%s twice", r.Name)
		}
		of[r.Name] = r
	}
	for name, want := range map[string]float64{
		"encoding/base/within": 0.16, "encoding/aligned/within": 0.61, "encoding/aligned/across": 0.26,
		"encoding-gain/aligned/within/over-base": 0.45, "encoding-gain/aligned/across/over-base": 0.1,
		"encoding/aligned/within/V1/V4": 0.61, "encoding-normalised/aligned/within": 0.61 / 0.8, "encoding-normalised/aligned/within/IT/V4": 0.61 / 0.8,
		"encoding-unique/aligned/within/V1/V4/beside-layers": 0.06, "encoding-unique/aligned/within/V1/overall/beside-layers": 0.06,
		"cka/aligned/within": 0.6, "cka/aligned/across": 0.25, "cka-gain/aligned/within/over-base": 0.45, "cka/base/within/IT/V4": 0.15,
	} {
		if r, ok := of[name]; !ok || math.Abs(r.Value-want) > 1e-12 {
			t.Errorf("%s is %v, want %v", name, of[name].Value, want)
		}
	}
	r := of["encoding/aligned/within"]
	want, err := inference.CorrectedFolds([]float64{0.6, 0.61, 0.62}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.CILow-want.Interval.Low) > 1e-12 || !math.IsNaN(r.P) || r.NSubjects != 2 || r.N != 5 {
		t.Errorf("%+v, want the interval %v", r, want.Interval)
	}
	if r := of["encoding-gain/aligned/within/over-base"]; !(r.P < 1e-6) || r.Reference != "base" || r.Family != "encoding-gain/within" { // the folds differ by nothing
		t.Errorf("%+v", r)
	}
	left, err := inference.Jackknife(0.6, [][]float64{{0.6, 0.61, 0.62, 0.63, 0.64}}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if r := of["cka/aligned/within"]; math.Abs(r.CIHigh-left.Interval.High) > 1e-12 {
		t.Errorf("%+v, want the interval %v", r, left.Interval)
	}
}

// Brains and EEG are compared over the images that both have, in the names of the first.
func TestSharedBrains(t *testing.T) {
	nan := math.NaN()
	set := func(row rdms.Row, names []string, values []float64) *artifacts.Artifact {
		row.Metric = "correlation"
		return stagetest.Make(t, rdms.Schema, func(w *artifacts.Writer) error {
			return rdms.Write(w, rdms.Set{Conditions: names, Rows: []rdms.Row{row}, Values: values})
		})
	}
	brain := set(rdms.Row{Kind: "fmri", ROI: "IT", Subject: "F", Time: nan}, []string{"a", "b", "c", "d", "e"}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	// x is of the EEG alone; the others are in another order: pairs (e d) (e c) (e b) (e a) (d c) ...
	eeg := set(rdms.Row{Kind: "eeg", Subject: "1", Time: 0.1}, []string{"e", "d", "c", "b", "a", "x"}, []float64{10, 9, 7, 4, 0, 8, 6, 3, 0, 5, 2, 0, 1, 0, 0})
	env := &stage.Env{Workers: 1, Progress: func(int64, int64, string) {}, In: map[string][]*artifacts.Artifact{"shared": {brain}, "eeg": {eeg}}}
	rows, err := sharedBrains(t.Context(), env, DefaultParams())
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 || rows[0].Name != "agreement/eeg/IT" || math.Abs(rows[0].Value-1) > 1e-12 || rows[0].N != 5 {
		t.Errorf("%+v", rows)
	}
}
