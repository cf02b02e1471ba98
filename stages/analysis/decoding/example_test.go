package decoding_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"realnet/stages/analysis/decoding"
)

// Three conditions of 40 noisy trials; the third appears at the second of two
// time points.
func ExamplePairwise() {
	rng := rand.New(rand.NewPCG(1, 1))
	e := decoding.Epochs{Conditions: 3, Repetitions: 40, Channels: 8, Times: 2}
	for c := range e.Conditions {
		for range e.Repetitions * e.Channels {
			for t := range e.Times {
				signal := 0.0
				if c == 2 && t == 1 {
					signal = 1
				}
				e.Data = append(e.Data, signal+rng.NormFloat64())
			}
		}
	}
	recipe := decoding.Lu()
	recipe.Smooth = 1
	rdm, times, err := decoding.Pairwise(context.Background(), e, recipe)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(times, "times x", e.Pairs(), "pairs")
	fmt.Printf("second time: 0-1 %.2f, 0-2 %.2f, 1-2 %.2f\n", rdm[3], rdm[4], rdm[5])

	e.Repetitions = 19
	e.Data = e.Data[:3*19*8*2]
	_, _, err = decoding.Pairwise(context.Background(), e, recipe)
	fmt.Println(err)
	// Output:
	// 2 times x 3 pairs
	// second time: 0-1 0.54, 0-2 1.00, 1-2 1.00
	// decoding: too few repetitions: 4 folds of averages over 5 need at least 20 repetitions, there are 19
}

// Two points a class on a line: the margin is half the gap, f = x - 2.
func ExampleSVC_Fit() {
	m, err := decoding.DefaultSVC().Fit([]float64{0, 1, 3, 4}, 1, []bool{false, false, true, true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("w %.2f, b %.2f, f(3) %.2f\n", m.Weights[0], m.Bias, m.Decision([]float64{3}))
	// Output: w 1.00, b -2.00, f(3) 1.00
}
