package decoding

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func sampled(seed uint64) Epochs {
	r := rand.New(rand.NewPCG(seed, 0))
	e := Epochs{Conditions: 4, Repetitions: 6, Channels: 5, Times: 3}
	for c := range e.Conditions {
		for range e.Repetitions * e.Channels * e.Times {
			e.Data = append(e.Data, math.Round(256*(r.NormFloat64()+0.3*float64(c)))/256)
		}
	}
	return e
}

func (e Epochs) times(f float64) Epochs {
	e.Data = slices.Clone(e.Data)
	for i := range e.Data {
		e.Data[i] *= f
	}
	return e
}

// Correlation distances and linear discriminants have no unit; powers of two, whose
// squares leave the range of float64, change no bit.
func TestDecodingDoesNotDependOnTheScale(t *testing.T) {
	e := sampled(1)
	want, err := CorrelationRDM(t.Context(), e, 2)
	if err != nil {
		t.Fatal(err)
	}
	r := Recipe{Classifier: LinearLDA, Shrinkage: Auto, Split: KFold, Average: 1, Folds: 3, Repeats: 2, Window: 1, Step: 1, Smooth: 1}
	accuracies, _, err := Pairwise(t.Context(), e, r)
	if err != nil {
		t.Fatal(err)
	}
	across, _, err := Generalise(t.Context(), e, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []float64{math.Ldexp(1, -600), math.Ldexp(1, 600), 1e-160, 1e160, 1e-30} {
		got, err := CorrelationRDM(t.Context(), e.times(f), 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if math.Abs(v-want[i]) > 1e-13 {
				t.Fatalf("times %g: distance %d is %v, want %v", f, i, v, want[i])
			}
		}
		if got, _, err = Pairwise(t.Context(), e.times(f), r); err != nil || !slices.Equal(got, accuracies) {
			t.Errorf("times %g: accuracies %v, want %v (%v)", f, got, accuracies, err)
		}
		if got, _, err = Generalise(t.Context(), e.times(f), r); err != nil || !slices.Equal(got, across) {
			t.Errorf("times %g: accuracies across time differ (%v)", f, err)
		}
		svc := Lu()
		svc.Average, svc.Folds = 1, 3
		if _, _, err := Pairwise(t.Context(), e.times(f), svc); (err == nil) != (f == 1e-30) {
			t.Errorf("times %g: a support vector machine gives %v", f, err)
		}
	}
}

// A pair that nothing distinguishes gets 0.5, whatever the folds' sizes; a pair of
// constants that differ is distinguished.
func TestLDAWithoutVariance(t *testing.T) {
	for _, repetitions := range []int{4, 5, 7} {
		e := Epochs{Conditions: 3, Repetitions: repetitions, Channels: 2, Times: 2}
		for c := range e.Conditions {
			for range repetitions * e.Channels * e.Times {
				v := 0.1
				if c == 2 {
					v = 0.3
				}
				e.Data = append(e.Data, v)
			}
		}
		for _, shrinkage := range []float64{Auto, 0, 0.5} {
			r := Recipe{Classifier: LinearLDA, Shrinkage: shrinkage, Split: KFold, Average: 1, Folds: 3, Repeats: 2, Window: 1, Step: 1, Smooth: 1}
			what := fmt.Sprintf("%d repetitions, shrinkage %g", repetitions, shrinkage)
			got, _, err := Pairwise(t.Context(), e, r)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			want := []float64{0.5, 1, 1, 0.5, 1, 1}
			for i, v := range want {
				if math.Abs(got[i]-v) > 1e-12 {
					t.Errorf("%s: %v, want %v", what, got, want)
					break
				}
			}
			if got, _, err = Generalise(t.Context(), e, r); err != nil || math.Abs(got[0]-0.5) > 1e-12 || math.Abs(got[1]-1) > 1e-12 {
				t.Errorf("%s across time: %v %v", what, got, err)
			}
		}
	}
}
