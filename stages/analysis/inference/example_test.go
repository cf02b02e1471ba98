package inference_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"realnet/stages/analysis/inference"
)

// Ten subjects, 30 times, an effect at times 10 to 19.
func ExampleClusterTest() {
	rng := rand.New(rand.NewPCG(1, 1))
	s := inference.Sample{Subjects: 10, Points: 30}
	for range s.Subjects {
		for t := range s.Points {
			v := rng.NormFloat64()
			if t >= 10 && t < 20 {
				v += 2
			}
			s.Values = append(s.Values, v)
		}
	}
	r, err := inference.ClusterTest(context.Background(), s, inference.DefaultClusterOptions())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("exact:", r.Exact, "smallest p:", r.SmallestP)
	for _, c := range r.Significant(0.05) {
		fmt.Printf("times %d to %d, p = %.4f\n", c.Start, c.Stop-1, c.P)
	}
	// Output:
	// exact: true smallest p: 0.001953125
	// times 10 to 19, p = 0.0020
}

// Three subjects cannot reach 5 %, however large the effect.
func ExampleSignFlip() {
	s := inference.Sample{Values: []float64{0.31, 0.28, 0.35}, Subjects: 3, Points: 1}
	r, err := inference.SignFlip(context.Background(), s, inference.DefaultOptions())
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := json.Marshal(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(b))
	// Output:
	// {"test":"signflip","alternative":"two-sided","statistic":15.453504806703597,"p":0.25,"p_max":0.25,"clusters":[],"permutations":8,"exact":true,"smallest_p":0.25,"n":3,"effect":5.033747510839484,"effect_name":"Hedges' g"}
}

func ExampleHolm() {
	p, err := inference.Holm([]float64{0.01, 0.04, 0.03})
	fmt.Println(p, err)
	// Output: [0.03 0.06 0.06] <nil>
}
