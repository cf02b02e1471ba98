package decoding

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// epochs is `epochs` of ci/reference/analysis_svm.py.
func epochs(conditions, repetitions, channels, times int) Epochs {
	r := newStream(99)
	mu := make([]float64, conditions*channels)
	for i := range mu {
		mu[i] = r.normal()
	}
	e := Epochs{Conditions: conditions, Repetitions: repetitions, Channels: channels, Times: times}
	for c := range conditions {
		for range repetitions {
			for ch := range channels {
				for t := range times {
					e.Data = append(e.Data, r.normal()+0.12*float64(t)*mu[c*channels+ch])
				}
			}
		}
	}
	return e
}

// The recipes as the released scripts write them, in scikit-learn, and NeuroRA's
// own function, averaged over hundreds of repeats (ci/reference/analysis_svm.py). What is left is the
// variance of the random groups and halves: about three standard errors of the
// largest of 42 differences.
func TestRecipesAgreeWithTheReleasedOnes(t *testing.T) {
	var f, own struct {
		Rows [][3]any
	}
	readJSON(t, "testdata/recipes.json", &f)
	readJSON(t, "testdata/neurora.json", &own)
	for _, row := range append(f.Rows, own.Rows...) {
		r, tolerance := Lu(), 0.02
		if row[0] == "gifford" {
			r, tolerance = Gifford(), 0.04
		}
		r.Repeats = int(row[1].(float64))
		rdm, times, err := Pairwise(context.Background(), epochs(4, 40, 5, 7), r)
		if err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for k, at := range row[2].([]any) {
			for p, want := range at.([]any) {
				worst = math.Max(worst, math.Abs(rdm[k*6+p]-want.(float64)))
			}
		}
		t.Logf("%s: %d times, largest difference %.4f", row[0], times, worst)
		if worst > tolerance {
			t.Errorf("%s: accuracies differ by %.4f", row[0], worst)
		}
	}
}

// Pairwise takes short cuts (shared inner products, face steps); the same folds
// decoded one by one through SVC.Fit must give the same accuracies exactly. Data
// of several scales, and data of few distinct values, which are full of ties.
func TestPairwiseEqualsFitByFit(t *testing.T) {
	// Without averaging, more points train than the kernel holds.
	single := Lu()
	single.Average = 1
	for _, scale := range []float64{0, 0.01, 1, 30} {
		for _, r := range []Recipe{Lu(), Gifford(), single} {
			e := epochs(5, 23, 6, 3)
			for i, v := range e.Data {
				if e.Data[i] = v * scale; scale == 0 {
					e.Data[i] = math.Round(v)
				}
			}
			r.Repeats, r.Smooth, r.Seed = 3, 1, 7
			got, _, err := Pairwise(context.Background(), e, r)
			if err != nil {
				t.Fatal(err)
			}
			if r.Average == 1 && scale > 1 {
				continue // libsvm does not converge in its 10 million steps; Pairwise does
			}
			if want := fitByFit(t, e, r); !slices.Equal(got, want) {
				t.Errorf("scale %v, split %v:\n got %v\nwant %v", scale, r.Split, got, want)
			}
		}
	}
}

func fitByFit(t *testing.T, e Epochs, r Recipe) (rdm []float64) {
	l := r.layout(e.Repetitions)
	d := e.Channels
	x := make([][]float64, 2)
	for time := range e.Times {
		for i := range e.Conditions {
			for j := i + 1; j < e.Conditions; j++ {
				right, whole := 0, 1 // of so many parts of a test pattern
				for _, s := range l.splits {
					whole *= s.a1 - s.a0 + s.b1 - s.b0
				}
				for rep := range r.Repeats {
					for k, c := range []int{i, j} {
						x[k] = make([]float64, l.points*d)
						r.patterns(x[k], e, l, rep, c, time, time)
					}
					for _, s := range l.splits {
						var train, test []float64
						var ytrain, ytest []bool
						for k, cut := range [][2]int{{s.a0, s.a1}, {s.b0, s.b1}} {
							for p := range l.points {
								row := x[k][p*d:][:d]
								if p >= cut[0] && p < cut[1] {
									test, ytest = append(test, row...), append(ytest, k == 1)
								} else {
									train, ytrain = append(train, row...), append(ytrain, k == 1)
								}
							}
						}
						m, err := r.SVC.Fit(train, d, ytrain)
						if err != nil {
							t.Fatal(err)
						}
						for k, y := range ytest {
							if (m.Decision(test[k*d:][:d]) >= 0) == y {
								right += whole / len(ytest)
							}
						}
					}
				}
				rdm = append(rdm, float64(right)/float64(whole*r.Repeats*len(l.splits)))
			}
		}
	}
	return rdm
}

func TestResultsDoNotDependOnWorkers(t *testing.T) {
	e := epochs(7, 20, 4, 5)
	for _, c := range []Classifier{LinearSVC, LinearLDA} {
		r := Lu()
		r.Classifier, r.Repeats = c, 2
		var first, firstAcross []float64
		for _, r.Workers = range []int{1, 2, 5} {
			rdm, _, err := Pairwise(context.Background(), e, r)
			if err != nil {
				t.Fatal(err)
			}
			across, _, err := Generalise(context.Background(), e, r)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first, firstAcross = rdm, across
			}
			if !slices.Equal(rdm, first) || !slices.Equal(across, firstAcross) {
				t.Errorf("classifier %d: %d workers give other values", c, r.Workers)
			}
		}
	}
}

// Epochs in float32 give what their values in float64 give, and windows are averaged the
// same way one at a time as all before.
func TestSinglePrecisionEpochs(t *testing.T) {
	e := epochs(5, 20, 4, 7)
	single := Epochs{Conditions: 5, Repetitions: 20, Channels: 4, Times: 7}
	for i, v := range e.Data {
		single.Single = append(single.Single, float32(v))
		e.Data[i] = float64(float32(v))
	}
	for _, r := range []Recipe{
		{Window: 1, Step: 1, Smooth: 1},
		{Window: 3, Step: 2, Smooth: 1},
		{Window: 2, Step: 1, Smooth: 3, Classifier: LinearLDA, Shrinkage: 0.1},
	} {
		r.SVC, r.Average, r.Folds, r.Repeats = DefaultSVC(), 5, 4, 2
		before, plain := e.windowed(r.Window, r.Step), r
		plain.Window, plain.Step = 1, 1
		want, times, err := Pairwise(context.Background(), before, plain)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range []Epochs{e, single} {
			if got, n, err := Pairwise(context.Background(), in, r); err != nil || n != times || !slices.Equal(got, want) {
				t.Errorf("window %d: %v at %d times (%v), want %v at %d", r.Window, got, n, err, want, times)
			}
		}
		across, _, err := Generalise(context.Background(), e, r)
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := Generalise(context.Background(), single, r); err != nil || !slices.Equal(got, across) {
			t.Errorf("window %d: %v (%v), want %v", r.Window, got, err, across)
		}
	}
	single.Single[5] = float32(math.Inf(1))
	if _, _, err := Pairwise(context.Background(), single, Lu()); err == nil || !strings.Contains(err.Error(), "condition 0, repetition 0, channel 0, time 5 is +Inf") {
		t.Errorf("error %v", err)
	}
}

// At time 0 both use the same folds; training and testing there is Pairwise.
func TestGeneraliseDiagonalIsPairwise(t *testing.T) {
	e := epochs(5, 20, 4, 1)
	r := Lu()
	want, _, err := Pairwise(context.Background(), e, r)
	if err != nil {
		t.Fatal(err)
	}
	got, times, err := Generalise(context.Background(), e, r)
	if err != nil || times != 1 || len(got) != len(want) {
		t.Fatal(times, len(got), err)
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Errorf("pair %d: %v, want %v", i, got[i], want[i])
		}
	}
}

// A pattern that stays the same over time is decoded at every test time, one
// that flips its sign is decoded below chance.
func TestGeneraliseFollowsThePattern(t *testing.T) {
	e := epochs(2, 40, 6, 3)
	for i := range e.Data {
		e.Data[i] *= 0.1
	}
	for rep := range e.Repetitions {
		for ch, sign := range []float64{1, 1, -1, 1, -1, -1} {
			x := e.trial(1, rep, ch)
			x[0], x[1], x[2] = x[0]+sign, x[1]+sign, x[2]-sign
		}
	}
	r := Lu()
	r.Smooth = 1
	got, _, err := Generalise(context.Background(), e, r)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{1, 1, 0, 1, 1, 0} {
		if (want == 1 && got[i] < 0.95) || (want == 0 && got[i] > 0.55) {
			t.Errorf("train %d, test %d: %v", i/3, i%3, got[i])
		}
	}
}

func TestFoldSizesAreSklearns(t *testing.T) {
	// StratifiedKFold(4).split of 10 + 10: test sizes 3+2, 3+2, 2+3, 2+3.
	r := Lu()
	l := r.layout(50)
	want := []split{{0, 3, 0, 2}, {3, 6, 2, 4}, {6, 8, 4, 7}, {8, 10, 7, 10}}
	if !slices.Equal(l.splits, want) {
		t.Errorf("splits %v, want %v", l.splits, want)
	}
}

func TestBadInput(t *testing.T) {
	ok := epochs(3, 20, 4, 6)
	cases := []struct {
		name, says string
		change     func(*Epochs, *Recipe)
	}{
		{"one condition", "at least 2", func(e *Epochs, _ *Recipe) { e.Conditions, e.Data = 1, e.Data[:20*4*6] }},
		{"shape", "are not 3 conditions", func(e *Epochs, _ *Recipe) { e.Data = e.Data[1:] }},
		{"NaN", "condition 1, repetition 2, channel 3, time 4", func(e *Epochs, _ *Recipe) {
			e.Data = slices.Clone(e.Data)
			e.trial(1, 2, 3)[4] = math.NaN()
		}},
		{"repetitions", "at least 24 repetitions, there are 20", func(_ *Epochs, r *Recipe) { r.Average = 6 }},
		{"folds", "make 2", func(_ *Epochs, r *Recipe) { r.Folds = 1 }},
		{"window", "does not fit 6", func(_ *Epochs, r *Recipe) { r.Window = 7 }},
		{"smoothing", "odd", func(_ *Epochs, r *Recipe) { r.Smooth = 4 }},
		{"C", "C > 0", func(_ *Epochs, r *Recipe) { r.SVC.C = 0 }},
		{"shrinkage", "neither", func(_ *Epochs, r *Recipe) { r.Classifier, r.Shrinkage = LinearLDA, 1.5 }},
		{"half", "at least 21 repetitions", func(_ *Epochs, r *Recipe) { *r = Gifford(); r.Average = 11 }},
	}
	for _, c := range cases {
		e, r := ok, Lu()
		c.change(&e, &r)
		for _, f := range []func(context.Context, Epochs, Recipe) ([]float64, int, error){Pairwise, Generalise} {
			if _, _, err := f(context.Background(), e, r); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: error %v, want one that says %q", c.name, err, c.says)
			}
		}
	}
	r := Lu()
	r.Folds = 5
	if _, _, err := Pairwise(context.Background(), ok, r); !errors.Is(err, ErrTooFewRepetitions) {
		t.Errorf("error %v, want ErrTooFewRepetitions", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Pairwise(ctx, ok, Lu()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

// Trials without any signal, all alike: no classifier can separate them, 0.5.
func TestConstantTrialsAreAtChance(t *testing.T) {
	e := Epochs{Data: make([]float64, 3*20*2*2), Conditions: 3, Repetitions: 20, Channels: 2, Times: 2}
	rdm, _, err := Pairwise(context.Background(), e, Lu())
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range rdm {
		if v != 0.5 {
			t.Errorf("entry %d: %v", i, v)
		}
	}
	if _, err := CorrelationRDM(t.Context(), e, 2); !errors.Is(err, ErrConstantPattern) {
		t.Errorf("error %v, want ErrConstantPattern", err)
	}
}

// numpy: 1 - np.corrcoef([[1, 2, 4], [2, 2, 1]])[0, 1]
func TestCorrelationRDM(t *testing.T) {
	e := Epochs{Conditions: 2, Repetitions: 2, Channels: 3, Times: 1, Data: []float64{0, 2, 5, 2, 2, 3, 2, 2, 1, 2, 2, 1}}
	got, err := CorrelationRDM(t.Context(), e, 2)
	if err != nil {
		t.Fatal(err)
	}
	if want := 1.944911182523068; len(got) != 1 || math.Abs(got[0]-want) > 1e-14 {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestMeanAround(t *testing.T) {
	// NeuroRA's smooth_1d of 0..6 with its default step of 5.
	x := []float64{0, 1, 2, 3, 4, 5, 12}
	for i, want := range []float64{1, 1.5, 2, 3, 5.2, 6, 7} {
		if got := meanAround(x, 1, len(x), i, 5, 1); got != want {
			t.Errorf("time %d: %v, want %v", i, got, want)
		}
	}
}
