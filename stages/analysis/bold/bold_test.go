package bold

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// simulated is a run of noise around 1000 with 8-s blocks of conditions a to d.
func simulated(seed uint64, volumes, voxels int) *Run {
	rng := rand.New(rand.NewPCG(seed, 1))
	run := &Run{Data: make([]float32, volumes*voxels), Volumes: volumes, Voxels: voxels, TR: 2, Motion: make([]float64, volumes*6), MotionColumns: 6}
	for i := range run.Data {
		run.Data[i] = float32(1000 + 10*rng.NormFloat64())
	}
	for i := range run.Motion {
		run.Motion[i] = rng.NormFloat64()
	}
	for i := 0; 16+8*i+8 <= 2*volumes-8; i++ {
		run.Events = append(run.Events, Event{Onset: float64(16 + 8*i), Duration: 8, Condition: string(rune('a' + i%4))})
	}
	return run
}

func TestSameForAnyNumberOfWorkers(t *testing.T) {
	run := simulated(1, 120, 203)
	for _, recipe := range []Recipe{ShenRecipe(), HorikawaRecipe(), HaxbyRecipe(), glmRecipe()} {
		one, err := Process(t.Context(), run, recipe, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{0, 2, 3, 64} {
			many, err := Process(t.Context(), run, recipe, workers)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(one, many) {
				t.Errorf("%s: %d workers change the result", recipe.Estimate, workers)
			}
		}
	}
}

func glmRecipe() Recipe {
	return Recipe{DetrendOrder: 1, RegressMotion: true, Normalise: None, ClipRounds: 1, Estimate: GLM, Repeats: Keep, Unusable: Zero}
}

// A series made of the model's own regressors gives the planted coefficients, whatever
// trend and motion are added.
func TestGLMRecoversPlantedBetas(t *testing.T) {
	run := simulated(2, 120, 5)
	betas := map[string][]float64{}
	rng := rand.New(rand.NewPCG(3, 1))
	clear(run.Data)
	series := make([]float64, len(run.Data))
	for _, c := range []string{"a", "b", "c", "d"} {
		var events []Event
		for _, e := range run.Events {
			if e.Condition == c {
				events = append(events, e)
			}
		}
		x := regressor(run.Volumes, run.TR, 0, events)
		for v := range run.Voxels {
			betas[c] = append(betas[c], 5*rng.NormFloat64())
			for i := range x {
				series[i*run.Voxels+v] += betas[c][v] * x[i]
			}
		}
	}
	for i := range series {
		volume := i / run.Voxels
		series[i] += 100 + 0.3*float64(volume) + 2*run.Motion[volume*6+1]
		run.Data[i] = float32(series[i])
	}
	p, err := Process(t.Context(), run, glmRecipe(), 2)
	if err != nil {
		t.Fatal(err)
	}
	for k, l := range p.Labels {
		for v, got := range p.Row(k) {
			// float32 data of about 130 carry 1e-5 of rounding.
			if want := betas[l.Condition][v]; math.Abs(float64(got)-want) > 1e-4 {
				t.Errorf("%s, voxel %d: %g, planted %g", l.Condition, v, got, want)
			}
		}
		if l.Repetitions < 6 {
			t.Errorf("%s was fitted on %d events", l.Condition, l.Repetitions)
		}
	}
}

func TestUnusableVoxels(t *testing.T) {
	run := simulated(4, 60, 40)
	for i := range run.Volumes {
		run.Data[i*40+3] = 7                              // constant
		run.Data[i*40+20] = float32(50 + 2*i)             // a trend and nothing else
		run.Data[i*40+39] -= 2000                         // varies around a negative mean
		run.Data[i*40+5] = float32(1 + 1e-3*float64(i%3)) // small, but a signal
	}
	for _, c := range []struct {
		recipe Recipe
		want   []int
	}{{HaxbyRecipe(), []int{3, 20}}, {ShenRecipe(), []int{3, 20}}, {HorikawaRecipe(), []int{3, 20, 39}}} {
		p, err := Process(t.Context(), run, c.recipe, 2)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.Unusable, c.want) {
			t.Errorf("%s: unusable %v, want %v", c.recipe.Normalise, p.Unusable, c.want)
		}
		for i := range p.Labels {
			for v, x := range p.Row(i) {
				bad := slices.Contains(c.want, v)
				if bad && x != 0 || math.IsNaN(float64(x)) {
					t.Fatalf("pattern %d of voxel %d is %g", i, v, x)
				}
			}
		}
		usable, columns := p.Usable()
		if usable.Voxels != 40-len(c.want) || usable.Row(1)[3] != p.Row(1)[columns[3]] || columns[3] != 4 {
			t.Errorf("usable: %d voxels, columns %v", usable.Voxels, columns)
		}
		c.recipe.Unusable = Error
		if _, err := Process(t.Context(), run, c.recipe, 2); !errors.Is(err, ErrUnusable) {
			t.Errorf("unusable_voxels error: %v", err)
		}
	}
}

func TestBadInput(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Run, *Recipe)
		want   error
	}{
		{"NaN", func(r *Run, _ *Recipe) { r.Data[7*20+3] = float32(math.NaN()) }, ErrNotFinite},
		{"infinity", func(r *Run, _ *Recipe) { r.Data[len(r.Data)-1] = float32(math.Inf(1)) }, ErrNotFinite},
		{"NaN in motion", func(r *Run, _ *Recipe) { r.Motion[8] = math.NaN() }, ErrNotFinite},
		{"too few values", func(r *Run, _ *Recipe) { r.Data = r.Data[1:] }, ErrShape},
		{"no motion", func(r *Run, _ *Recipe) { r.Motion = nil }, ErrShape},
		{"motion of another run", func(r *Run, _ *Recipe) { r.Motion = r.Motion[:6*59] }, ErrShape},
		{"no TR", func(r *Run, _ *Recipe) { r.TR = 0 }, ErrShape},
		{"event beyond the run", func(r *Run, _ *Recipe) { r.Events[0].Onset = 119 }, ErrEvents},
		{"event before the run", func(r *Run, _ *Recipe) { r.Events[0].Onset = -2 }, ErrEvents},
		{"event in the dropped volumes", func(r *Run, _ *Recipe) { r.Events[0].Onset = 0; r.Events[0].Duration = 2 }, ErrEvents},
		{"event without duration", func(r *Run, _ *Recipe) { r.Events[0].Duration = math.NaN() }, ErrEvents},
		{"event without condition", func(r *Run, _ *Recipe) { r.Events[0].Condition = "" }, ErrEvents},
		{"lag beyond the run", func(r *Run, _ *Recipe) { r.Events[0].Onset = 112 }, ErrEvents},
		{"more regressors than volumes", func(r *Run, c *Recipe) {
			r.Volumes, r.Data, r.Motion, r.Events = 8, r.Data[:8*r.Voxels], r.Motion[:48], nil
		}, ErrShape},
		{"all dropped", func(_ *Run, c *Recipe) { c.DropVolumes = 60 }, ErrRecipe},
		{"trials that coincide", func(r *Run, c *Recipe) { *c = glmRecipe(); c.Estimate = LSA; r.Events[1].Onset = r.Events[0].Onset }, ErrEvents},
		{"normalise", func(_ *Run, c *Recipe) { c.Normalise = "zscores" }, ErrRecipe},
		{"estimate", func(_ *Run, c *Recipe) { c.Estimate = "" }, ErrRecipe},
		{"repeats", func(_ *Run, c *Recipe) { c.Repeats = "?" }, ErrRecipe},
		{"negative drop", func(_ *Run, c *Recipe) { c.DropVolumes = -1 }, ErrRecipe},
		{"negative clip", func(_ *Run, c *Recipe) { c.ClipSD = -3 }, ErrRecipe},
		{"percent of nothing", func(_ *Run, c *Recipe) { c.Normalise = Percent }, ErrRecipe},
		{"GLM with a lag", func(_ *Run, c *Recipe) { c.Estimate = GLM }, ErrRecipe},
		{"no rest", func(r *Run, c *Recipe) {
			c.Normalise, c.KeepMean, c.DropVolumes = PercentRest, true, 0
			r.Events = []Event{{Onset: 0, Duration: 120, Rest: false, Condition: "a"}}
			c.LagVolumes = 0
		}, ErrEvents},
	} {
		run, recipe := simulated(5, 60, 20), ShenRecipe()
		c.change(run, &recipe)
		if _, err := Process(t.Context(), run, recipe, 2); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		} else {
			t.Logf("%s: %v", c.name, err)
		}
	}
	for _, r := range []Recipe{ShenRecipe(), HorikawaRecipe(), HaxbyRecipe(), glmRecipe()} {
		if err := r.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestTruncateLast(t *testing.T) {
	run, recipe := simulated(6, 60, 3), ShenRecipe()
	run.Events[0].Onset = 112 // volumes 56 to 59, with the lag 58 to 61: two are there
	recipe.TruncateLast = true
	recipe.RegressMotion, recipe.DetrendOrder, recipe.ClipSD = false, -1, 0
	p, err := Process(t.Context(), run, recipe, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := (float64(run.Data[58*3]) + float64(run.Data[59*3])) / 2
	if got := float64(p.Row(0)[0]); math.Abs(got-want) > 1e-4 {
		t.Errorf("%g, want the mean %g of the two volumes that are there", got, want)
	}
}

// A constant motion estimate, or one that repeats another, changes nothing.
func TestRedundantRegressors(t *testing.T) {
	run := simulated(7, 60, 4)
	once, err := Process(t.Context(), run, HaxbyRecipe(), 1)
	if err != nil {
		t.Fatal(err)
	}
	wide := *run
	wide.MotionColumns, wide.Motion = 8, nil
	for i := range run.Volumes {
		wide.Motion = append(append(wide.Motion, run.Motion[i*6:i*6+6]...), 3.25, 2*run.Motion[i*6])
	}
	twice, err := Process(t.Context(), &wide, HaxbyRecipe(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range once.Data {
		if math.Abs(float64(once.Data[i]-twice.Data[i])) > 1e-5 {
			t.Fatalf("value %d: %g and %g", i, once.Data[i], twice.Data[i])
		}
	}
}

func TestMarkRepeats(t *testing.T) {
	events := []Event{{Condition: "r", Rest: true}, {Condition: "a"}, {Condition: "a"}, {Condition: "b"}, {Condition: "r", Rest: true}, {Condition: "b"}, {Condition: "r", Rest: true}, {Condition: "r", Rest: true}}
	MarkRepeats(events)
	for i, e := range events {
		if e.Repeat != (i == 2) {
			t.Errorf("event %d: repeat %v", i, e.Repeat)
		}
	}
}

func TestConcatAverageScale(t *testing.T) {
	a := &Patterns{Voxels: 2, Data: []float32{1, 10, 3, 10}, Labels: []Label{
		{Condition: "x", Run: 1, Subset: "train", Repetitions: 1}, {Condition: "y", Run: 1, Subset: "train", Repetitions: 1},
	}}
	b := &Patterns{Voxels: 2, Data: []float32{5, 10, 8, 11}, Unusable: []int{1}, Labels: []Label{
		{Condition: "x", Run: 2, Subset: "train", Repetitions: 1}, {Condition: "x", Run: 2, Subset: "test", Repetitions: 1},
	}}
	all, err := Concat(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Concat(a, &Patterns{Voxels: 3}); !errors.Is(err, ErrShape) {
		t.Errorf("voxels differ: %v", err)
	}
	mean := AverageBy(all, ByCondition)
	want := []Label{
		{Condition: "x", Run: -1, Subset: "train", Repetitions: 2},
		{Condition: "y", Run: 1, Subset: "train", Repetitions: 1},
		{Condition: "x", Run: 2, Subset: "test", Repetitions: 1},
	}
	if !reflect.DeepEqual(mean.Labels, want) || !slices.Equal(mean.Data, []float32{3, 10, 3, 10, 8, 11}) {
		t.Errorf("averaged: %+v", mean)
	}
	if n := len(AverageBy(all, ByConditionAndRun).Labels); n != 4 {
		t.Errorf("%d conditions and runs, want 4", n)
	}
	train := func(l Label) bool { return l.Subset == "train" }
	s, err := FitScaler(all, train, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Training values 1, 3, 5: mean 3, SD 2 with ddof 1. The second voxel is constant there.
	if err := s.Apply(all, Every); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(all.Data, []float32{-1, 0, 0, 0, 1, 0, 2.5, 0}) || !slices.Equal(all.Unusable, []int{1}) {
		t.Errorf("standardised by the training set: %v, unusable %v", all.Data, all.Unusable)
	}
	if _, err := FitScaler(all, func(Label) bool { return false }, 1); !errors.Is(err, ErrShape) {
		t.Errorf("no training patterns: %v", err)
	}
}

func BenchmarkProcessShen(b *testing.B) {
	run := simulated(8, 239, 10000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Process(b.Context(), run, ShenRecipe(), 2); err != nil {
			b.Fatal(err)
		}
	}
}
