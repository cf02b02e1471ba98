package eegrdm

import (
	"math/rand/v2"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/epochs"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/decoding"
	"realnet/stages/stage/stagetest"
)

var shape = []int{3, 20, 4, 7}

// artifact holds epochs in which the first condition stands out from the third
// sample on.
func artifact(t *testing.T, conditions int) (*artifacts.Artifact, []float32) {
	r := rand.New(rand.NewPCG(1, 1))
	values := make([]float32, 3*20*4*7)
	for i := range values {
		values[i] = float32(r.NormFloat64())
		if i/(20*4*7) == 0 && i%7 >= 2 && i/7%4 == 1 {
			values[i] += 4
		}
	}
	return stagetest.Make(t, epochs.Schema, func(w *artifacts.Writer) error {
		names := []epochs.Condition{{Name: "a"}, {Name: "b"}, {Name: "c"}}[:conditions]
		var times []epochs.Time
		for i := range 7 {
			times = append(times, epochs.Time{Seconds: float64(i-2) / 100})
		}
		if err := artifacts.WriteTensor(w, epochs.Tensor, shape, values); err != nil {
			return err
		}
		if err := artifacts.WriteTable(w, epochs.ConditionsTable, names); err != nil {
			return err
		}
		if err := artifacts.WriteTable(w, epochs.ChannelsTable, []epochs.Channel{{Name: "1"}, {Name: "2"}, {Name: "3"}, {Name: "4"}}); err != nil {
			return err
		}
		return artifacts.WriteTable(w, epochs.TimesTable, times)
	}), values
}

func read(t *testing.T, a *artifacts.Artifact) rdms.Set {
	t.Helper()
	set, err := rdms.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestDecoding(t *testing.T) {
	a, values := artifact(t, 3)
	p := DefaultParams()
	p.Repeats, p.Smooth, p.Seed, p.Subject = 2, 1, 3, "S1"
	set := read(t, stagetest.SameForAnyWorkers(t, Stage, p, stagetest.In{"epochs": a}))
	e := decoding.Epochs{Conditions: 3, Repetitions: 20, Channels: 4, Times: 7}
	for _, v := range values {
		e.Data = append(e.Data, float64(v))
	}
	r := decoding.Lu()
	r.Repeats, r.Smooth, r.Seed = 2, 1, 3
	want, _, err := decoding.Pairwise(t.Context(), e, r)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(set.Values, want) {
		t.Errorf("%v, want %v", set.Values, want)
	}
	if len(set.Rows) != 7 || set.Rows[6].Time != 0.04 || set.Rows[0].Subject != "S1" || set.Rows[0].Kind != "eeg" || !slices.Equal(set.Conditions, []string{"a", "b", "c"}) {
		t.Errorf("%+v %v", set.Rows, set.Conditions)
	}
	if set.RDM(4)[0] < 0.9 || set.RDM(0)[0] > 0.85 {
		t.Errorf("accuracies %v", set.Values)
	}
}

func TestWindowsAndRecipes(t *testing.T) {
	a, _ := artifact(t, 3)
	p := DefaultParams()
	p.Window, p.Step, p.Smooth = 3, 2, 1
	set := read(t, stagetest.Run(t, Stage, p, stagetest.In{"epochs": a}))
	if len(set.Rows) != 3 || set.Rows[0].Time != -0.01 || set.Rows[2].Time != 0.03 {
		t.Errorf("%+v", set.Rows)
	}
	set = read(t, stagetest.SameForAnyWorkers(t, Stage, Params{Classifier: SVM, Recipe: "gifford", Repeats: 3}, stagetest.In{"epochs": a}))
	if len(set.Rows) != 7 {
		t.Errorf("%+v", set.Rows)
	}
	set = read(t, stagetest.SameForAnyWorkers(t, Stage, Params{Classifier: SVM, Recipe: Correlation}, stagetest.In{"epochs": a}))
	if set.Rows[0].Metric != "correlation" || slices.Max(set.Values) > 2 {
		t.Errorf("%+v", set.Rows)
	}
}

func TestBadInput(t *testing.T) {
	a, _ := artifact(t, 3)
	for want, p := range map[string]Params{
		`"mine" is none of lu`: {Classifier: SVM, Recipe: "mine"},
		"average: -1":          {Classifier: SVM, Recipe: "lu", Average: -1},
		"decodes nothing":      {Classifier: SVM, Recipe: Correlation, Smooth: 3},
		"need at least 30 repetitions, there are 20": {Classifier: SVM, Recipe: "lu", Folds: 6},
		"odd": {Classifier: SVM, Recipe: "lu", Smooth: 2},
	} {
		stagetest.Refuses(t, Stage, p, stagetest.In{"epochs": a}, want)
	}
	two, _ := artifact(t, 2)
	stagetest.Refuses(t, Stage, DefaultParams(), stagetest.In{"epochs": two}, "for 2 conditions")
}
