package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"

	"realnet/ci/rdms"
	"realnet/stages/analysis/inference"
)

const (
	dimensions = 8     // of the geometry that brains share
	voxels     = 100   // of a brain
	ownShare   = 0.05  // of a training's own in a network's geometry; with it, 100 images and a ceiling of 0.9 the error of one network's gain is the demo's, 0.008
	byTraining = 0.005 // deviation of a training's gain
	level      = 0.05  // of each of a sequence of tests
)

// repetitions are the factors of the table of repetitions.
var repetitions = []int{2, 4, 8, 16}

// cell is one design.
type cell struct {
	people, images int
	ceiling        float64
}

// uncertainty is that of the mean gain in a design.
type uncertainty struct{ se, df, attenuation float64 }

// power is the probability that a gain with a brain without noise is found: above 0 with a
// two-sided p below level.
func (u uncertainty) power(gain float64) float64 {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: u.df}
	return 1 - t.CDF(t.Quantile(1-level/2)-gain*u.attenuation/u.se)
}

// smallest is the gain that is found with a power.
func (u uncertainty) smallest(power float64) float64 {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: u.df}
	return u.se / u.attenuation * (t.Quantile(1-level/2) + t.Quantile(power))
}

// error simulates studies of a design and averages the variance and degrees of freedom of
// their gains.
func (c cell) error(sets int) (uncertainty, error) {
	noise, err := noiseFor(c.ceiling, 1)
	if err != nil {
		return uncertainty{}, err
	}
	estimates, errs := make([]inference.Estimate, sets), make([]error, sets)
	var wait sync.WaitGroup
	room := make(chan struct{}, 2)
	for i := range sets {
		room <- struct{}{}
		wait.Go(func() {
			estimates[i], errs[i] = c.study(uint64(i), noise)
			<-room
		})
	}
	wait.Wait()
	u := uncertainty{attenuation: attenuation(noise)}
	for i, e := range estimates {
		if errs[i] != nil {
			return u, errs[i]
		}
		u.se += e.SE * e.SE / float64(sets)
		u.df += e.DF / float64(sets)
	}
	u.se = math.Sqrt(u.se)
	return u, nil
}

// study estimates the mean gain of one simulated study. Its size matters little for its
// error, so it is left as the geometry makes it.
func (c cell) study(seed uint64, noise float64) (inference.Estimate, error) {
	rng := rand.New(rand.NewPCG(seed, uint64(c.images)))
	truth := normal(rng, c.images*dimensions)
	base := normal(rng, c.images*dimensions)
	var orders [][]int
	for range c.people {
		for _, share := range []float64{0.35, 0.45} { // control, aligned
			own := normal(rng, c.images*dimensions)
			x := make([]float64, len(truth))
			for i, v := range truth {
				x[i] = share*v + math.Sqrt(1-share*share)*(math.Sqrt(1-ownShare*ownShare)*base[i]+ownShare*own[i])
			}
			orders = append(orders, rdms.Order(distances(x, c.images)))
		}
		orders = append(orders, rdms.Order(brain(rng, truth, c.images, noise)))
	}
	moved := make([]float64, c.people)
	for i := range moved {
		moved[i] = byTraining * rng.NormFloat64()
	}
	l, err := inference.NewLeaveOut(c.images, seed)
	if err != nil {
		return inference.Estimate{}, err
	}
	evaluate := func(pairs []int) []float64 {
		ranks := rdms.Ranks(orders, pairs)
		gains := make([]float64, c.people)
		for i := range gains {
			gains[i] = rdms.Dot(ranks[3*i+1], ranks[3*i+2]) - rdms.Dot(ranks[3*i], ranks[3*i+2]) + moved[i]
		}
		return gains
	}
	kept := make([][]float64, c.people)
	for _, pairs := range l.Kept {
		for i, v := range evaluate(pairs) {
			kept[i] = append(kept[i], v)
		}
	}
	return l.EstimateMean(evaluate(nil), kept, 0.95)
}

// attenuation is how much smaller a similarity with a noisy brain is than with one without
// noise.
func attenuation(noise float64) float64 {
	const images, draws = 60, 12
	var noisy, clean float64
	for seed := range uint64(draws) {
		truth := normal(rand.New(rand.NewPCG(seed, 17)), images*dimensions)
		network := order(truth, images)
		for _, b := range []struct {
			noise float64
			sum   *float64
		}{{noise, &noisy}, {0, &clean}} {
			r := rdms.Ranks([][]int{network, rdms.Order(brain(rand.New(rand.NewPCG(seed, 18)), truth, images, b.noise))}, nil)
			*b.sum += rdms.Dot(r[0], r[1])
		}
	}
	return noisy / clean
}

func order(x []float64, images int) []int { return rdms.Order(distances(x, images)) }

// brain is the RDM of one person: the geometry mixed into voxels, and noise.
func brain(rng *rand.Rand, truth []float64, images int, noise float64) []float64 {
	mixing := normal(rng, dimensions*voxels)
	x := normal(rng, images*voxels)
	for i := range images {
		for v := range voxels {
			at := &x[i*voxels+v]
			*at *= noise
			for d := range dimensions {
				*at += truth[i*dimensions+d] * mixing[d*voxels+v]
			}
		}
	}
	return distances(x, images)
}

// ceilingOf is the lower noise ceiling of three people with the noise of one repetition and
// so many of them.
func ceilingOf(noise float64, repetitions int) float64 {
	const images, draws, n = 60, 12, 3
	var sum float64
	for seed := range uint64(draws) {
		rng := rand.New(rand.NewPCG(seed, 17))
		truth := normal(rng, images*dimensions)
		var all [][]float64
		for range n {
			all = append(all, brain(rng, truth, images, noise/math.Sqrt(float64(repetitions))))
		}
		for i := range all {
			others := make([]float64, len(all[0]))
			for j, b := range all {
				for p, v := range b {
					if j != i {
						others[p] += v
					}
				}
			}
			r := rdms.Ranks([][]int{rdms.Order(all[i]), rdms.Order(others)}, nil)
			sum += rdms.Dot(r[0], r[1]) / (draws * n)
		}
	}
	return sum
}

var (
	noises = map[string]float64{}
	mutex  sync.Mutex
)

// noiseFor is the noise of a voxel that gives a ceiling with so many repetitions.
func noiseFor(ceiling float64, repetitions int) (float64, error) {
	mutex.Lock()
	defer mutex.Unlock()
	key := fmt.Sprint(ceiling, repetitions)
	if v, ok := noises[key]; ok {
		return v, nil
	}
	low, high := 0.1, 200.0
	if ceilingOf(low, repetitions) < ceiling || ceilingOf(high, repetitions) > ceiling {
		return 0, fmt.Errorf("no noise gives a ceiling of %g", ceiling)
	}
	for high/low > 1.002 {
		middle := math.Sqrt(low * high)
		if ceilingOf(middle, repetitions) > ceiling {
			low = middle
		} else {
			high = middle
		}
	}
	noises[key] = low
	return low, nil
}

func normal(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// distances are the squared distances of the rows of x.
func distances(x []float64, rows int) []float64 {
	n := len(x) / rows
	out := make([]float64, 0, rows*(rows-1)/2)
	for i := range rows {
		a := x[i*n : (i+1)*n]
		for j := i + 1; j < rows; j++ {
			var sum float64
			for k, v := range x[j*n : (j+1)*n] {
				sum += (a[k] - v) * (a[k] - v)
			}
			out = append(out, sum)
		}
	}
	return out
}
