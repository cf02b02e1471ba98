package decoding

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

// noisyEpochs is synthetic whitened EEG: unit noise, a pattern for each condition
// that appears after a fifth of the time.
func noisyEpochs(conditions, repetitions, channels, times int) Epochs {
	rng := rand.New(rand.NewPCG(3, 3))
	e := Epochs{Conditions: conditions, Repetitions: repetitions, Channels: channels, Times: times}
	e.Data = make([]float64, conditions*repetitions*channels*times)
	for c := range conditions {
		for ch := range channels {
			mu := 0.25 * rng.NormFloat64()
			for rep := range repetitions {
				for t := range times {
					v := rng.NormFloat64()
					if t >= times/5 {
						v += mu
					}
					e.trial(c, rep, ch)[t] = v
				}
			}
		}
	}
	return e
}

// BenchmarkPairwise reports nanoseconds a fit, two workers: 20 conditions of the
// size of THINGS-EEG2 (80 x 17), `lu`, 5 time points, 19,000 fits.
// REALNET_CONDITIONS and REALNET_TIMES change the size (200 and 100: a subject).
func BenchmarkPairwise(b *testing.B) {
	conditions, times := 20, 5
	for name, v := range map[string]*int{"REALNET_CONDITIONS": &conditions, "REALNET_TIMES": &times} {
		if s := os.Getenv(name); s != "" {
			if _, err := fmt.Sscan(s, v); err != nil {
				b.Fatalf("%s: %v", name, err)
			}
		}
	}
	e := noisyEpochs(conditions, 80, 17, times)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			r := Lu()
			r.Workers = workers
			for b.Loop() {
				if _, _, err := Pairwise(context.Background(), e, r); err != nil {
					b.Fatal(err)
				}
			}
			fits := e.Pairs() * times * r.Repeats * r.Folds
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*fits), "ns/fit")
		})
	}
}

// BenchmarkPairwiseOfFile decodes the epochs that ci/peers/svm.py wrote (JSON:
// shape and data) and reports the mean accuracy before smoothing, which the
// script's loop must find as well.
func BenchmarkPairwiseOfFile(b *testing.B) {
	path := os.Getenv("REALNET_EPOCHS")
	if path == "" {
		b.Skip("REALNET_EPOCHS names no file; ci/peers/svm.py sets it")
	}
	var in struct {
		Shape [4]int
		Data  []float64
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		b.Fatal(err)
	}
	e := Epochs{in.Data, in.Shape[0], in.Shape[1], in.Shape[2], in.Shape[3]}
	r := Lu()
	r.Workers, r.Smooth = 1, 1
	var mean float64
	for b.Loop() {
		rdm, _, err := Pairwise(context.Background(), e, r)
		if err != nil {
			b.Fatal(err)
		}
		mean = 0
		for _, v := range rdm {
			mean += v / float64(len(rdm))
		}
	}
	fits := e.Pairs() * e.Times * r.Repeats * r.Folds
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*fits), "ns/fit")
	b.ReportMetric(mean, "mean-accuracy")
}
