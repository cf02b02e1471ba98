package kernels_test

import (
	"fmt"

	"realnet/model/kernels"
)

// A 3x3 filter of ones sums the neighbourhood of every pixel; the border is
// padded with zeros.
func ExampleBackend() {
	b, err := kernels.Select(kernels.Generic, kernels.FP32, kernels.NewWorkers(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	c := kernels.Conv{N: 1, H: 3, W: 3, Cin: 1, Cout: 1, K: 3, Stride: 1, Pad: 1}
	x := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}
	w := []float32{1, 1, 1, 1, 1, 1, 1, 1, 1}
	y := make([]float32, c.OutLen())
	b.ConvForward(y, x, w, c)
	fmt.Println(y)
	// Output: [12 21 16 27 45 33 24 39 28]
}
