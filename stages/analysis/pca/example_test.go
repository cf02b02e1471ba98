package pca_test

import (
	"context"
	"fmt"

	"realnet/stages/analysis/pca"
)

// Four points near a line.
func ExampleFit() {
	x := []float64{
		0, 0,
		1, 2,
		2, 4,
		3, 6.5,
	}
	model, scores, err := pca.Fit(context.Background(), x, 4, 2, pca.Config{Components: 1})
	if err != nil {
		panic(err)
	}
	fmt.Printf("direction %.3f\n", model.Components)
	fmt.Printf("scores %.2f\n", scores)
	fmt.Printf("share of the variance %.4f\n", model.Ratio)
	held, err := pca.Transform(context.Background(), model, []float64{10, 20}, 1, 0)
	if err != nil {
		panic(err)
	}
	fmt.Printf("a new point %.2f\n", held)
	// Output:
	// direction [0.421 0.907]
	// scores [-3.47 -1.23 1.00 3.69]
	// share of the variance [0.9995]
	// a new point [18.89]
}
