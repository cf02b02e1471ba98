package inference

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// crossedNoise draws curves with deviations of trainings, of subjects and of single pairs,
// autocorrelated by 0.9, and adds an effect to the points from 10 to 19.
func crossedNoise(seed uint64, trainings, subjects, points int, byTraining, bySubject, byPair, effect float64) Crossed {
	rng := rand.New(rand.NewPCG(seed, 5))
	curve := func(sd float64) []float64 {
		x, out := rng.NormFloat64(), make([]float64, points)
		for p := range out {
			out[p] = sd * x
			x = 0.9*x + math.Sqrt(1-0.81)*rng.NormFloat64()
		}
		return out
	}
	rows := func(n int, sd float64) [][]float64 {
		out := make([][]float64, n)
		for i := range out {
			out[i] = curve(sd)
		}
		return out
	}
	a, b := rows(trainings, byTraining), rows(subjects, bySubject)
	s := Crossed{Trainings: trainings, Subjects: subjects, Points: points}
	for t := range trainings {
		for e := range subjects {
			for p, v := range curve(byPair) {
				v += a[t][p] + b[e][p]
				if p >= 10 && p < 20 {
					v += effect
				}
				s.Values = append(s.Values, v)
			}
		}
	}
	return s
}

func crossedOptions(seed uint64, permutations, workers int) ClusterOptions {
	o := DefaultClusterOptions()
	o.Seed, o.Permutations, o.Workers = seed, permutations, workers
	return o
}

func anyCluster(r Result) bool {
	for _, c := range r.Clusters {
		if c.P <= 0.05 {
			return true
		}
	}
	return false
}

// With six trainings the rate of errors stays at 5 %, where the flips of subjects alone, of the
// mean over trainings, find an effect in every third set. Of 400 sets 20 are expected, with
// a deviation of 4.4: 34 are too many.
func TestCrossedClustersCountTrainings(t *testing.T) {
	const sets = 400
	wrong, alone := 0, 0
	for seed := range uint64(sets) {
		s := crossedNoise(seed, 6, 10, 40, 1, 1, 1, 0)
		r, err := CrossedClusters(t.Context(), s, crossedOptions(seed, 299, 1))
		if err != nil {
			t.Fatal(err)
		}
		if anyCluster(r) {
			wrong++
		}
		mean := Sample{Values: make([]float64, 10*40), Subjects: 10, Points: 40}
		for i, v := range s.Values {
			mean.Values[i%(10*40)] += v / 6
		}
		if r, err = ClusterTest(t.Context(), mean, crossedOptions(seed, 299, 1)); err != nil {
			t.Fatal(err)
		}
		if anyCluster(r) {
			alone++
		}
	}
	t.Logf("found in %d of %d sets without an effect; by subjects alone in %d", wrong, sets, alone)
	if wrong > 34 || alone < 60 {
		t.Errorf("found in %d sets without an effect, by subjects alone in %d: want about 20, and more than 60", wrong, alone)
	}
	found := 0
	for seed := range uint64(50) {
		r, err := CrossedClusters(t.Context(), crossedNoise(seed, 3, 10, 40, 0.3, 1, 1, 2), crossedOptions(seed, 299, 1))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Clusters {
			if c.P <= 0.05 && c.Mass > 0 && c.Start < 20 && c.Stop > 10 {
				found++
				break
			}
		}
	}
	if found < 40 {
		t.Errorf("an effect of 2 was found in %d of 50 sets", found)
	}
}

func TestCrossedClustersOfOneTraining(t *testing.T) {
	s := crossedNoise(3, 1, 8, 30, 0, 1, 0, 1.5)
	o := crossedOptions(1, 10000, 2)
	got, err := CrossedClusters(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	want, err := ClusterTest(t.Context(), Sample{Values: s.Values, Subjects: 8, Points: 30}, o)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) || len(got.Clusters) == 0 {
		t.Errorf("one training: %+v, want %+v, %v", got.Clusters, want.Clusters, err)
	}
}

// The result depends neither on the number of workers nor on the scale of the values, and
// changes sign with them.
func TestCrossedClustersAreStable(t *testing.T) {
	s := crossedNoise(4, 3, 6, 30, 0.3, 1, 1, 2)
	want, err := CrossedClusters(t.Context(), s, crossedOptions(1, 1000, 1))
	if err != nil || len(want.Clusters) == 0 {
		t.Fatalf("%+v, %v", want, err)
	}
	for _, factor := range []float64{1, -1, math.Ldexp(1, 400), math.Ldexp(1, -400)} {
		scaled := s
		scaled.Values = make([]float64, len(s.Values))
		for i, v := range s.Values {
			scaled.Values[i] = factor * v
		}
		got, err := CrossedClusters(t.Context(), scaled, crossedOptions(1, 1000, 4))
		if err != nil || len(got.Clusters) != len(want.Clusters) {
			t.Fatalf("x %g: %+v, %v", factor, got.Clusters, err)
		}
		for i, c := range got.Clusters {
			w := want.Clusters[i]
			if math.Abs(c.Mass-math.Copysign(w.Mass, w.Mass*factor)) > 1e-9*math.Abs(w.Mass) || c.P != w.P || c.Start != w.Start {
				t.Errorf("x %g: %+v, want %+v", factor, c, w)
			}
		}
	}
}

// The deviate of a t with one margin's degrees of freedom has the p of Student's t:
// scipy.stats.norm.isf(scipy.stats.t.sf(3, 9)) is 2.4333..., which Wallace's approximation
// gives to 0.2 %.
func TestDeviate(t *testing.T) {
	for _, c := range []struct{ t, df float64 }{{3, 9}, {1, 9}, {4.303, 2}, {-2.262, 9}} {
		want := math.Copysign(normalQuantile(1-tTail(math.Abs(c.t), c.df)), c.t)
		got := deviate(c.t, 1, c.df, 0, 1)
		if math.Abs(got-want) > 0.03*math.Abs(want) {
			t.Errorf("t %g with %g degrees of freedom: deviate %v, want %v", c.t, c.df, got, want)
		}
	}
	// Two equal variances add their degrees of freedom.
	if got, want := deviate(2, 0.5, 9, 0.5, 9), deviate(2, 1, 18, 0, 1); math.Abs(got-want) > 1e-12 {
		t.Errorf("two margins: %v, want %v", got, want)
	}
}

func TestCrossedClustersRefuse(t *testing.T) {
	s := crossedNoise(1, 2, 3, 5, 1, 1, 1, 0)
	for name, c := range map[string]struct {
		s    Crossed
		want error
	}{
		"too few values": {Crossed{s.Values[:10], 2, 3, 5}, ErrShape},
		"no training":    {Crossed{nil, 0, 3, 5}, ErrShape},
		"one subject":    {Crossed{s.Values[:10], 2, 1, 5}, ErrTooFew},
		"NaN":            {Crossed{append([]float64{math.NaN()}, s.Values[1:]...), 2, 3, 5}, ErrNotFinite},
		"constant":       {Crossed{make([]float64, 30), 2, 3, 5}, ErrNoVariance},
	} {
		if _, err := CrossedClusters(t.Context(), c.s, crossedOptions(0, 10, 1)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := CrossedClusters(ctx, crossedNoise(1, 3, 10, 40, 0.3, 1, 1, 3), crossedOptions(0, 1000, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}
