package decoding

import (
	"context"
	"math"
	"slices"
	"testing"
)

// Batches of pairs give the accuracies of libsvm's steps, one machine after the other:
// splits of several sizes, with and without rows that no point fills, small and large C,
// data of several scales and full of ties, classes far apart, and patterns without signal.
func TestBatchesEqualFitByFit(t *testing.T) {
	for k, c := range []struct {
		repetitions, channels, average, folds int
		c, scale                              float64
	}{
		{80, 17, 5, 4, 1, 1}, // THINGS-EEG2's posterior electrodes
		{80, 63, 5, 4, 1, 1}, // all of its electrodes
		{80, 17, 5, 4, 0.3, 1},
		{80, 17, 5, 4, 1, 0}, // ties
		{40, 5, 5, 3, 1, 1},
		{15, 4, 1, 5, 10, 1},
		{16, 2, 1, 4, 0.01, 1},
		{30, 9, 2, 7, 1, 0.03},
		{20, 9, 5, 2, 1, 8},
		{20, 30, 5, 4, 1, 100},
	} {
		e := epochs(9, c.repetitions, c.channels, 2)
		for i, v := range e.Data {
			if e.Data[i] = v * c.scale; c.scale == 0 {
				e.Data[i] = math.Round(v)
			}
		}
		r := Lu()
		r.Average, r.Folds, r.Repeats, r.Smooth, r.Seed, r.SVC.C = c.average, c.folds, 2, 1, uint64(k), c.c
		got, _, err := Pairwise(context.Background(), e, r)
		if err != nil {
			t.Fatal(err)
		}
		if want := fitByFit(t, e, r); !slices.Equal(got, want) {
			t.Errorf("%+v:\n got %v\nwant %v", c, got, want)
		}
	}
}

// The machines of a batch are optimal within the tolerance where they say so, nearly all
// of them with data as the recipes see them.
func TestBatchesReachTheOptimum(t *testing.T) {
	if !haveKernel {
		t.Skip("this processor has no AVX-512: run the test on one that has (AMD Zen 4, Intel Ice Lake or later); the generic code runs here")
	}
	for _, channels := range []int{17, 63} {
		e := noisyEpochs(seats+1, 80, channels, 2)
		r := Lu()
		l := r.layout(e.Repetitions)
		s, dec := newSlab(e, l), newDecider(r, l, channels)
		optimal, fits := 0, 0
		for time := range e.Times {
			dec.lock.pairs = dec.lock.pairs[:0]
			s.fill(r, e, 0, 0, time, time)
			for j := 1; j <= seats; j++ {
				s.fill(r, e, 0, j, time, time)
				dec.gram = dec.lock.add(0, j, nil)
				dec.own(0, s.block(0))
				dec.own(l.points, s.block(j))
				dec.exact = false
				dec.sums(s.pattern(0), s.pattern(j))
			}
			for split := range dec.splits {
				solved := dec.lock.solve(split, r.SVC)
				for n := range seats {
					fits++
					dec.gram = dec.lock.gram(n)
					dec.pose(&dec.splits[split], false)
					if solved>>n&1 == 0 || !dec.lock.start(dec.svc, split, n) {
						continue
					}
					if !dec.svc.smo(1) || dec.svc.steps > 0 {
						continue
					}
					optimal++
					sum := 0.0
					for k, b := range dec.svc.beta[:dec.n] {
						sum += b
						if b < dec.svc.lo[k] || b > dec.svc.hi[k] {
							t.Errorf("%d channels: coefficient %v outside [%v, %v]", channels, b, dec.svc.lo[k], dec.svc.hi[k])
						}
					}
					if math.Abs(sum) > 1e-12 {
						t.Errorf("%d channels: coefficients add up to %v", channels, sum)
					}
					got := dec.svc.objective()
					dec.pose(&dec.splits[split], false)
					if !dec.svc.smo(solveSteps) {
						t.Fatal("no solution by pair steps")
					}
					if want := dec.svc.objective(); got-want > 1e-4*math.Max(1, -want) {
						t.Errorf("%d channels: objective %.9g, pair steps %.9g", channels, got, want)
					}
				}
			}
		}
		t.Logf("%d channels: %d of %d", channels, optimal, fits)
		if optimal < fits*95/100 {
			t.Errorf("%d channels: only %d of %d machines are optimal", channels, optimal, fits)
		}
	}
}
