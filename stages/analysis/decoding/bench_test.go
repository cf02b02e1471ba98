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
	conditions, channels, times := 20, 17, 5
	for name, v := range map[string]*int{"REALNET_CONDITIONS": &conditions, "REALNET_CHANNELS": &channels, "REALNET_TIMES": &times} {
		if s := os.Getenv(name); s != "" {
			if _, err := fmt.Sscan(s, v); err != nil {
				b.Fatalf("%s: %v", name, err)
			}
		}
	}
	e := noisyEpochs(conditions, 80, channels, times)
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
// shape and data) with one repeat of the recipe lu, and writes to
// REALNET_DECODED what the script's loop must decode as well: the patterns of
// every condition (conditions x times x pseudo-trials x channels), the
// pseudo-trials that each fold tests, and the accuracies (times x pairs).
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
	e := Epochs{in.Data, nil, in.Shape[0], in.Shape[1], in.Shape[2], in.Shape[3]}
	r := Lu()
	r.Workers, r.Smooth, r.Repeats = 1, 1, 1
	var rdm []float64
	for b.Loop() {
		if rdm, _, err = Pairwise(context.Background(), e, r); err != nil {
			b.Fatal(err)
		}
	}
	fits := e.Pairs() * e.Times * r.Folds
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*fits), "ns/fit")

	l := r.layout(e.Repetitions)
	var folds [][4]int
	for _, s := range l.splits {
		folds = append(folds, [4]int{s.a0, s.a1, s.b0, s.b1})
	}
	size := l.points * e.Channels
	patterns := make([]float64, e.Conditions*e.Times*size)
	for k := range e.Conditions * e.Times {
		r.patterns(patterns[k*size:][:size], e, l, 0, k/e.Times, k%e.Times, k%e.Times)
	}
	out, err := json.Marshal(map[string]any{"folds": folds, "patterns": patterns, "accuracies": rdm})
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(os.Getenv("REALNET_DECODED"), out, 0o644); err != nil {
		b.Fatal(err)
	}
}
