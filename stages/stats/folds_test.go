package stats_test

import (
	"math"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/compare"
	"realnet/stages/stage/stagetest"
	"realnet/stages/stats"
)

// foldOf deals the images to four folds of ten.
func foldOf(image int) int32 { return 1 + int32(image*7%4) }

// inFolds are the RDMs of an artifact as networks of four folds give them: NaN between
// folds, and on another scale in each.
func inFolds(t *testing.T, a *artifacts.Artifact) *artifacts.Artifact {
	t.Helper()
	set, err := rdms.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	set.Values = slices.Clone(set.Values)
	k := 0
	for range set.Rows {
		for i := range images {
			for j := i + 1; j < images; j++ {
				set.Values[k] *= math.Pow(10, float64(foldOf(i)))
				if foldOf(i) != foldOf(j) {
					set.Values[k] = math.NaN()
				}
				k++
			}
		}
	}
	for i := range images {
		set.Folds = append(set.Folds, foldOf(i))
	}
	return stagetest.Make(t, rdms.Schema, func(w *artifacts.Writer) error { return rdms.Write(w, set) })
}

// In folds a similarity is the mean over the folds of that of their pairs, and networks of
// a group are compared with its subjects (within) and with those left out (across).
func TestFoldsAndGroups(t *testing.T) {
	w := newWorld(t, 21)
	in := w.inputs(2)
	list := in["models"].([]*artifacts.Artifact)[:3] // base, aligned and control, of subject 1
	var whole []*artifacts.Artifact
	whole = append(whole, list...)
	for i := range list {
		list[i] = inFolds(t, list[i])
	}
	in = stagetest.In{"models": list, "fmri": in["fmri"]}
	p := params()
	p.Truth = false
	p.Groups = []stats.Group{{Label: "1", Subjects: []string{"2", "3"}}}
	got := results(t, stagetest.SameForAnyWorkers(t, stats.Stage, p, in))

	mean := func(subjects ...string) float64 {
		var sum, n float64
		of(t, whole[1], func(_ rdms.Row, x []float64) {
			for _, brain := range in["fmri"].([]*artifacts.Artifact) {
				of(t, brain, func(row rdms.Row, y []float64) {
					if !slices.Contains(subjects, row.Subject) {
						return
					}
					for fold := int32(1); fold <= 4; fold++ {
						var a, b []float64
						k := 0
						for i := range images {
							for j := i + 1; j < images; j++ {
								if foldOf(i) == fold && foldOf(j) == fold {
									a, b = append(a, x[k]), append(b, y[k])
								}
								k++
							}
						}
						v, err := compare.Vectors(a, b, compare.Options{Method: compare.Spearman})
						if err != nil {
							t.Fatal(err)
						}
						sum, n = sum+v, n+1
					}
				})
			}
		})
		return sum / n
	}
	for name, want := range map[string]float64{"similarity/aligned/within": mean("2", "3"), "similarity/aligned/across": mean("1")} {
		r, ok := got[name]
		if !ok || math.Abs(r.Value-want) > 1e-12 || !(r.CILow < r.Value && r.Value < r.CIHigh) {
			t.Errorf("%s: %+v, want %v", name, r, want)
		}
	}
	if r := got["gain/aligned/across/over-base"]; r.P > 0.01 || r.Value < 0.1 {
		t.Errorf("the shared geometry is not found: %+v", r)
	}
	list[2] = whole[2]
	stagetest.Refuses(t, stats.Stage, p, in, "other folds of images")
}
