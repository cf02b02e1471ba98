package model

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"realnet/model/kernels"
)

// A training in bf16 begins within rounding (2^-9 an operand) of the one in fp32,
// gives the same bits for any number of workers, and
// its checkpoint does not resume a training of another precision.
func TestTrainingInBF16(t *testing.T) {
	cfg := smallTraining()
	cfg.Epochs = 2
	wide := Narrow(5, 7)
	data := randomData(wide, 12)
	train := func(p kernels.Precision, workers int, h Hooks) (*Net, *History) {
		t.Helper()
		cfg.Compute = Compute{Precision: p, Workers: workers}
		net := mustNew(t, wide, 3)
		history, err := Train(t.Context(), net, data, cfg, h)
		if err != nil {
			t.Fatal(err)
		}
		return net, history
	}
	var stored bytes.Buffer
	_, exact := train(kernels.FP32, 1, Hooks{})
	one, rounded := train(kernels.BF16, 1, Hooks{Epoch: func(s *State) error {
		stored.Reset()
		_, err := s.WriteTo(&stored)
		return err
	}})
	two, again := train(kernels.BF16, 2, Hooks{})
	if name := same(one, two); name != "" || !sameHistory(rounded, again) {
		t.Errorf("1 and 2 workers differ in %s", name)
	}
	// Adam's first steps are signs of gradients, so only the first loss, before
	// any update, is comparable.
	want, got := exact.Steps[0].Losses.Total, rounded.Steps[0].Losses.Total
	if d := math.Abs(got-want) / want; d == 0 || d > 0.01 {
		t.Errorf("first loss %g in bf16, %g in fp32", got, want)
	}
	state, err := ReadState(&stored)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Compute.Precision = kernels.FP32
	if _, err := Train(t.Context(), mustNew(t, wide, 3), data, cfg, Hooks{Resume: state}); !errors.Is(err, ErrResume) {
		t.Errorf("a checkpoint of bf16 in fp32: %v", err)
	}
}
