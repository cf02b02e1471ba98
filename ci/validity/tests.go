package main

import (
	"context"
	"math"
	"math/rand/v2"

	"realnet/stages/analysis/inference"
)

// calibration is one test on one kind of null data.
type calibration struct {
	test, data string
	expect     string // why the rate need not be 5 %; empty: it must be 4-6 %
	reject     func(seed uint64) (bool, error)
}

const alpha = 0.05

// options of the permutation tests; data sets run in parallel, flips do not.
func options(permutations int, seed uint64, alt inference.Alternative) inference.Options {
	return inference.Options{Alternative: alt, Permutations: permutations, Seed: seed, Workers: 1}
}

// anyPoint runs a test on noise and rejects if any p (corrected, if there is one) does.
func anyPoint(n, points int, rho float64, test func(s inference.Sample, seed uint64) (inference.Result, error)) func(uint64) (bool, error) {
	return func(seed uint64) (bool, error) {
		r, err := test(noise(seed, n, points, rho), seed)
		return rejects(r), err
	}
}

func rejects(r inference.Result) bool {
	p := r.P
	if r.PMax != nil {
		p = r.PMax
	}
	for _, v := range p {
		if v <= alpha {
			return true
		}
	}
	return false
}

func cluster(permutations int, alt inference.Alternative, near inference.Adjacency) func(inference.Sample, uint64) (inference.Result, error) {
	return func(s inference.Sample, seed uint64) (inference.Result, error) {
		return inference.ClusterTest(context.Background(), s, inference.ClusterOptions{
			Options: options(permutations, seed, alt), Adjacency: near, ThresholdP: 0.05,
		})
	}
}

func signFlip(permutations int) func(inference.Sample, uint64) (inference.Result, error) {
	return func(s inference.Sample, seed uint64) (inference.Result, error) {
		return inference.SignFlip(context.Background(), s, options(permutations, seed, inference.TwoSided))
	}
}

func tfce(s inference.Sample, seed uint64) (inference.Result, error) {
	o := inference.DefaultTFCEOptions()
	o.Options, o.Step = options(499, seed, inference.TwoSided), 0.2
	return inference.TFCE(context.Background(), s, o)
}

func ttest(s inference.Sample, _ uint64) (inference.Result, error) {
	return inference.OneSampleT(s, inference.TwoSided)
}

func wilcoxon(s inference.Sample, _ uint64) (inference.Result, error) {
	return inference.WilcoxonTest(s, inference.TwoSided)
}

// neurora with its own defaults but for 500 iterations; paired with another
// sample of autocorrelated noise, or against 0.
func neurora(paired bool) func(inference.Sample, uint64) (inference.Result, error) {
	return func(s inference.Sample, seed uint64) (inference.Result, error) {
		o := inference.DefaultNeuroRAOptions()
		o.Iterations, o.Seed = 500, seed
		y := inference.Sample{Values: make([]float64, len(s.Values)), Subjects: s.Subjects, Points: s.Points}
		if paired {
			y = noise(seed+1<<40, s.Subjects, s.Points, 0.9)
		}
		return inference.NeuroRA(context.Background(), s, y, o)
	}
}

// corrected t tests of 20 independent points.
func corrected(adjust func([]float64) ([]float64, error)) func(inference.Sample, uint64) (inference.Result, error) {
	return func(s inference.Sample, _ uint64) (inference.Result, error) {
		r, err := inference.OneSampleT(s, inference.TwoSided)
		if err != nil {
			return r, err
		}
		r.PMax, err = adjust(r.P)
		return r, err
	}
}

func calibrations() []calibration {
	const white, auto = "white noise", "autocorrelated noise"
	grid := inference.Grid(8, 8)
	return append([]calibration{
		{"`ttest`", "12 subjects, 1 point", "", anyPoint(12, 1, 0, ttest)},
		{"`wilcoxon`, exact", "20 subjects, 1 point", "", anyPoint(20, 1, 0, wilcoxon)},
		{"`wilcoxon`, approximation", "60 subjects, 1 point", "", anyPoint(60, 1, 0, wilcoxon)},
		{"`signflip`, exact", "10 subjects, 1 point", "", anyPoint(10, 1, 0, signFlip(1024))},
		{"`signflip`, exact", "3 subjects, 1 point", "cannot reach 5 %, see below", anyPoint(3, 1, 0, signFlip(1024))},
		{"`signflip`, 999 flips", "20 subjects, 1 point", "", anyPoint(20, 1, 0, signFlip(999))},
		{"`signflip`, maximum statistic", "10 x 60, " + white, "", anyPoint(10, 60, 0, signFlip(1024))},
		{"`signflip`, maximum statistic", "10 x 60, " + auto, "", anyPoint(10, 60, 0.9, signFlip(1024))},
		{"`cluster`, exact", "10 x 60, " + white, "", anyPoint(10, 60, 0, cluster(1024, inference.TwoSided, nil))},
		{"`cluster`, exact", "10 x 60, " + auto, "", anyPoint(10, 60, 0.9, cluster(1024, inference.TwoSided, nil))},
		{"`cluster`, exact, one-sided", "10 x 60, " + auto, "", anyPoint(10, 60, 0.9, cluster(1024, inference.Greater, nil))},
		{"`cluster`, 999 flips", "20 x 100, " + auto, "", anyPoint(20, 100, 0.9, cluster(999, inference.TwoSided, nil))},
		{"`cluster` in space, 999 flips", "20 x (8 x 8), smooth", "", func(seed uint64) (bool, error) {
			r, err := cluster(999, inference.TwoSided, grid)(smoothGrid(seed, 20, 8), seed)
			return rejects(r), err
		}},
		{"TFCE, 499 flips", "12 x 60, " + auto, "", anyPoint(12, 60, 0.9, tfce)},
		{"condition labels, 999 permutations", "RDMs of 12 conditions, Pearson", "", labels},
		{"`neurora`, one sample", "10 x 60, " + white, notValid, anyPoint(10, 60, 0, neurora(false))},
		{"`neurora`, one sample", "10 x 60, " + auto, notValid, anyPoint(10, 60, 0.9, neurora(false))},
		{"`neurora`, paired", "10 x 60, " + auto, notValid, anyPoint(10, 60, 0.9, neurora(true))},
		{"Bonferroni of t tests", "12 x 20, independent", "", anyPoint(12, 20, 0, corrected(inference.Bonferroni))},
		{"Holm", "12 x 20, independent", "", anyPoint(12, 20, 0, corrected(inference.Holm))},
		{"Benjamini-Hochberg", "12 x 20, independent", "", anyPoint(12, 20, 0, corrected(inference.BenjaminiHochberg))},
		{"Benjamini-Yekutieli", "12 x 20, independent", "conservative by design: holds under any dependence", anyPoint(12, 20, 0, corrected(inference.BenjaminiYekutieli))},
		{"t interval excludes 0", "12 values", "", interval(12, "t")},
		{"percentile interval excludes 0", "50 values, 1,000 draws", tooNarrow, interval(50, "percentile")},
		{"percentile interval excludes 0", "12 values, 1,000 draws", tooNarrow, interval(12, "percentile")},
		{"BCa interval excludes 0", "50 values, 1,000 draws", tooNarrow, interval(50, "BCa")},
		{"gain, images left out", "20 images, two networks equally like the brain", "", leaveOut(20, 2, difference)},
		{"gain, images left out", "50 images, two networks equally like the brain", "", leaveOut(50, 2, difference)},
		{"gain, images left out", "50 images, two networks unlike the brain", "", leaveOut(50, 0, difference)},
		{"gain, images left out", "100 images, two networks equally like the brain", "", leaveOut(100, 2, difference)},
		{"similarity, images left out", "50 images, unrelated RDMs", "", leaveOut(50, 0, first)},
		{"mean gain, images left out, training subjects as units", "50 images, 3 subjects, all networks the same except for noise", "conservative where subjects do not differ", trained(50, 3, 0, true)},
		{"mean gain, images left out, training subjects as units", "50 images, 3 subjects, each training moves its network at random", "", trained(50, 3, 0.3, true)},
		{"mean gain, images left out, training subjects as units", "50 images, 5 subjects, each training moves its network at random", "", trained(50, 5, 0.3, true)},
		{"mean gain, images left out, training subjects as units", "50 images, 2 subjects, each training moves its network at random", "two values are too few to estimate variation between subjects", trained(50, 2, 0.3, true)},
		{"mean gain, images left out, training subjects fixed", "50 images, 3 subjects, each training moves its network at random", "for comparison: generalises to no other training", trained(50, 3, 0.3, false)},
		{"gain, images drawn with replacement, percentile interval", "20 images, two networks equally like the brain, 200 draws", tooWide, drawn(20, 2, difference)},
		{"gain, images drawn with replacement, percentile interval", "50 images, two networks equally like the brain, 200 draws", tooWide, drawn(50, 2, difference)},
		{"gain, images drawn with replacement, percentile interval", "50 images, two networks unlike the brain, 200 draws", tooWide, drawn(50, 0, difference)},
	}, trainingCalibrations()...)
}

const (
	notValid  = "**not a valid test**"
	tooWide   = "for comparison: counts the variance of each pair three times; the more of the noise is pairwise, the more conservative"
	tooNarrow = "a bootstrap interval of a mean is narrow by sqrt((n-1)/n) and more for few values: use the t interval there"
)

// labels correlates the RDMs of two unrelated sets of 12 random patterns.
func labels(seed uint64) (bool, error) {
	const n = 12
	rng := rand.New(rand.NewPCG(seed, 77))
	a, b := randomRDM(rng, n), randomRDM(rng, n)
	r, err := inference.Labels(context.Background(), n, options(999, seed, inference.TwoSided), func(perm []int) float64 {
		var sum float64
		for i := range n {
			for j := range i {
				sum += a[i*n+j] * b[perm[i]*n+perm[j]]
			}
		}
		return sum
	})
	return r.P <= alpha, err
}

// interval rejects if the 95 % interval of a mean does not contain 0.
func interval(n int, kind string) func(uint64) (bool, error) {
	return func(seed uint64) (bool, error) {
		x := noise(seed, n, 1, 0).Values
		ci, err := inference.MeanInterval(x, 1-alpha)
		if kind != "t" {
			var boot []float64
			boot, err = inference.Bootstrap(context.Background(), n, 0, inference.Subjects, inference.BootstrapOptions{Samples: 1000, Seed: seed},
				func(s, _ []int) (float64, error) {
					var sum float64
					for _, i := range s {
						sum += x[i]
					}
					return sum / float64(n), nil
				})
			if err != nil {
				return false, err
			}
			if kind == "percentile" {
				ci, err = inference.Percentile(boot, 1-alpha)
			} else {
				var total float64
				for _, v := range x {
					total += v
				}
				left := make([]float64, n)
				for i, v := range x {
					left[i] = (total - v) / float64(n-1)
				}
				ci, err = inference.BCa(boot, total/float64(n), left, 1-alpha)
			}
		}
		return ci.Low > 0 || ci.High < 0, err
	}
}

// curve is a power curve: tests on the same data, by effect size.
type curve struct {
	title   string
	effects []float64
	tests   []powered
}

type powered struct {
	name   string
	reject func(seed uint64, d float64) (bool, error)
}

func powerCurves() []curve {
	planted := func(n, points int, rho float64, from, to int, test func(inference.Sample, uint64) (inference.Result, error)) func(uint64, float64) (bool, error) {
		return func(seed uint64, d float64) (bool, error) {
			s := noise(seed, n, points, rho)
			for i := range s.Values {
				if p := i % points; p >= from && p < to {
					s.Values[i] += d
				}
			}
			r, err := test(s, seed)
			return rejects(r), err
		}
	}
	return []curve{
		{"One point, 20 subjects", []float64{0, 0.2, 0.4, 0.6, 0.8, 1}, []powered{
			{"`ttest`", planted(20, 1, 0, 0, 1, ttest)},
			{"`wilcoxon`", planted(20, 1, 0, 0, 1, wilcoxon)},
			{"`signflip`, 999 flips", planted(20, 1, 0, 0, 1, signFlip(999))},
		}},
		{"12 subjects x 60 times, autocorrelated noise, an effect at 20 times", []float64{0, 0.4, 0.8, 1.2, 1.6}, []powered{
			{"`signflip`, maximum statistic", planted(12, 60, 0.9, 20, 40, signFlip(499))},
			{"`cluster`", planted(12, 60, 0.9, 20, 40, cluster(499, inference.TwoSided, nil))},
			{"TFCE", planted(12, 60, 0.9, 20, 40, tfce)},
		}},
		{"12 subjects x 60 times, white noise, an effect at 5 times", []float64{0, 0.4, 0.8, 1.2, 1.6}, []powered{
			{"`signflip`, maximum statistic", planted(12, 60, 0, 20, 25, signFlip(499))},
			{"`cluster`", planted(12, 60, 0, 20, 25, cluster(499, inference.TwoSided, nil))},
			{"TFCE", planted(12, 60, 0, 20, 25, tfce)},
		}},
	}
}

// noise is AR(1) noise of unit variance, independent between subjects.
func noise(seed uint64, subjects, points int, rho float64) inference.Sample {
	rng := rand.New(rand.NewPCG(seed, 42))
	s := inference.Sample{Values: make([]float64, subjects*points), Subjects: subjects, Points: points}
	for i := range subjects {
		row := s.Row(i)
		for p := range row {
			row[p] = rng.NormFloat64()
			if p > 0 {
				row[p] = rho*row[p-1] + math.Sqrt(1-rho*rho)*row[p]
			}
		}
	}
	return s
}

// smoothGrid is noise on side x side places, averaged over 3 x 3 neighbours.
func smoothGrid(seed uint64, subjects, side int) inference.Sample {
	wide := side + 2
	in := noise(seed, subjects, wide*wide, 0)
	s := inference.Sample{Values: make([]float64, 0, subjects*side*side), Subjects: subjects, Points: side * side}
	for i := range subjects {
		row := in.Row(i)
		for r := range side {
			for c := range side {
				var sum float64
				for dr := range 3 {
					for dc := range 3 {
						sum += row[(r+dr)*wide+c+dc]
					}
				}
				s.Values = append(s.Values, sum/3)
			}
		}
	}
	return s
}

// randomRDM holds Euclidean distances of n random patterns, centred over pairs.
func randomRDM(rng *rand.Rand, n int) []float64 {
	const d = 5
	x := make([]float64, n*d)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	rdm := make([]float64, n*n)
	var mean float64
	for i := range n {
		for j := range n {
			var ss float64
			for c := range d {
				v := x[i*d+c] - x[j*d+c]
				ss += v * v
			}
			rdm[i*n+j] = math.Sqrt(ss)
			mean += rdm[i*n+j] / float64(n*(n-1))
		}
	}
	for i := range rdm {
		rdm[i] -= mean
	}
	return rdm
}
