package rdm_test

import (
	"context"
	"fmt"

	"realnet/stages/analysis/rdm"
)

func ExampleCompute() {
	patterns := &rdm.Matrix[float32]{
		Data:       []float32{1, 2, 3, 4, 2, 4, 6, 9, 4, 3, 2, 1},
		Conditions: 3, Features: 4,
	}
	r, err := rdm.Compute(context.Background(), patterns, []string{"cat", "dog", "cup"}, rdm.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f\n", r.Values)
	fmt.Printf("cat and cup: %.4f\n", r.At(0, 2))
	// Output:
	// [0.0056 2.0000 1.9944]
	// cat and cup: 2.0000
}

func ExampleAlign() {
	a, _ := rdm.New("correlation", []float64{1, 2, 3}, []string{"cat", "dog", "cup"})
	b, _ := rdm.New("correlation", []float64{1, 2, 3}, []string{"cat", "dog", "mug"})
	_, err := rdm.Align(a, b)
	fmt.Println(err)
	// Output:
	// rdm: align ("cup" is only in the first): rdm: no condition is named "cup": condition names do not match
}
