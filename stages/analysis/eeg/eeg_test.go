package eeg

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"testing"
)

type fixture struct {
	Shape         []int
	X, Mean, Time []float64
	MeanSigma     []float64 `json:"mean_sigma"`
	EpochSigma    []float64 `json:"epoch_sigma"`
	TimeSigma     []float64 `json:"time_sigma"`
}

func (f fixture) epochs() Epochs {
	e := Epochs{Conditions: f.Shape[0], Repetitions: f.Shape[1], Channels: f.Shape[2], Times: f.Shape[3]}
	for _, v := range f.X {
		e.Data = append(e.Data, float32(v))
	}
	return e
}

func load(t *testing.T) fixture {
	t.Helper()
	text, err := os.ReadFile("testdata/mvnn.json") // ci/reference/eeg.py
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func worst(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	d := 0.0
	for i := range got {
		d = max(d, math.Abs(got[i]-want[i]))
	}
	return d
}

// scikit-learn 1.2.1 and scipy 1.10: covariances to 1e-10, whitened values to float32.
func TestNoiseAgreesWithScikitLearn(t *testing.T) {
	f := load(t)
	ctx := context.Background()
	for how, want := range map[Estimate][]float64{OverTimes: f.MeanSigma, OverEpochs: f.EpochSigma, EachTime: f.TimeSigma} {
		n, err := Covariance(ctx, f.epochs(), how, 1)
		if err != nil {
			t.Fatal(err)
		}
		if d := worst(slices.Concat(n.Sigma...), want); d > 1e-9 {
			t.Errorf("%s: covariance differs by %g", how, d)
		}
		again, err := Covariance(ctx, f.epochs(), how, 3)
		if err != nil || !slices.Equal(slices.Concat(again.Sigma...), slices.Concat(n.Sigma...)) {
			t.Errorf("%s: workers change bits (%v)", how, err)
		}
		white := map[Estimate][]float64{OverTimes: f.Mean, EachTime: f.Time}[how]
		if white == nil {
			continue
		}
		e := f.epochs()
		if err := Whiten(ctx, e, n, 2); err != nil {
			t.Fatal(err)
		}
		got := make([]float64, len(e.Data))
		for i, v := range e.Data {
			got[i] = float64(v)
		}
		if d := worst(got, white); d > 1e-6 {
			t.Errorf("%s: whitened values differ by %g", how, d)
		}
	}
}

func TestMeanOfNoise(t *testing.T) {
	n, err := Mean(Noise{2, [][]float64{{1, 0, 0, 3}}}, Noise{2, [][]float64{{3, 2, 2, 5}}})
	if err != nil || !slices.Equal(n.Sigma[0], []float64{2, 1, 1, 4}) {
		t.Errorf("%v, %v", n, err)
	}
	if _, err := Mean(n, Noise{1, [][]float64{{1}}}); !errors.Is(err, ErrShape) {
		t.Errorf("error %v", err)
	}
}

func TestBaselineAndWindow(t *testing.T) {
	e := Epochs{Data: []float32{1, 3, 10, 20, 5, 5, 5, 6}, Conditions: 1, Repetitions: 1, Channels: 2, Times: 4}
	if err := Baseline(e, 0, 2); err != nil {
		t.Fatal(err)
	}
	if want := []float32{-1, 1, 8, 18, 0, 0, 0, 1}; !slices.Equal(e.Data, want) {
		t.Errorf("%v, want %v", e.Data, want)
	}
	times := []float64{-0.2, -0.1, 0, 0.1, 0.2}
	for _, tt := range []struct {
		a, b     float64
		from, to int
	}{{-0.2, 0, 0, 3}, {-0.1000000001, 0.1, 1, 4}, {0.15, 9, 4, 5}} {
		from, to, err := Window(times, tt.a, tt.b)
		if err != nil || from != tt.from || to != tt.to {
			t.Errorf("%g to %g: [%d, %d), %v", tt.a, tt.b, from, to, err)
		}
	}
	for _, err := range []error{
		Baseline(e, 2, 2), Baseline(e, 0, 5), Baseline(Epochs{Data: make([]float32, 3), Conditions: 1, Repetitions: 1, Channels: 2, Times: 2}, 0, 1),
		second(Window(times, 1, 2)), second(Window([]float64{0, 0}, 0, 1)),
	} {
		if !errors.Is(err, ErrShape) {
			t.Errorf("error %v", err)
		}
	}
}

func second(_, _ int, err error) error { return err }

func TestNoiseRefuses(t *testing.T) {
	ctx := context.Background()
	one := Epochs{Data: make([]float32, 2*3), Conditions: 1, Repetitions: 1, Channels: 2, Times: 3}
	if _, err := Covariance(ctx, one, OverTimes, 1); !errors.Is(err, ErrNoise) {
		t.Errorf("one repetition: %v", err)
	}
	nan := Epochs{Data: []float32{1, float32(math.NaN()), 2, 3}, Conditions: 1, Repetitions: 2, Channels: 2, Times: 1}
	if _, err := Covariance(ctx, nan, OverTimes, 1); !errors.Is(err, ErrNoise) {
		t.Errorf("NaN: %v", err)
	}
	if _, err := Covariance(ctx, one, "session", 1); err == nil {
		t.Error("unknown estimate is taken")
	}
	for _, sigma := range [][]float64{{1, 1, 1, 1}, {1, 0, 0, 0}, {0, 0, 0, 0}} {
		if err := Whiten(ctx, one, Noise{2, [][]float64{sigma}}, 1); !errors.Is(err, ErrNoise) {
			t.Errorf("singular %v: %v", sigma, err)
		}
	}
	if err := Whiten(ctx, one, Noise{3, [][]float64{make([]float64, 9)}}, 1); !errors.Is(err, ErrShape) {
		t.Errorf("other channels: %v", err)
	}
}
