package mds

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Euclidean distances in k dimensions are recovered exactly by k dimensions.
func TestClassicalRecoversDistances(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		n, dims := 4+rng.IntN(20), 1+rng.IntN(3)
		points := make([][]float64, n)
		for i := range points {
			points[i] = make([]float64, dims)
			for k := range points[i] {
				points[i][k] = rng.NormFloat64() * 3
			}
		}
		want := distances(points)
		e, err := Classical(want, n, dims)
		if err != nil {
			t.Fatal(err)
		}
		for k, d := range distances(e.Points) {
			if math.Abs(d-want[k]) > 1e-9 {
				t.Fatalf("seed %d: pair %d is %g apart, want %g", seed, k, d, want[k])
			}
		}
		if math.Abs(e.Share-1) > 1e-9 {
			t.Errorf("seed %d: share %g, want 1", seed, e.Share)
		}
	}
}

func TestClassicalRefuses(t *testing.T) {
	if _, err := Classical([]float64{1}, 2, 2); !errors.Is(err, ErrNotEnough) {
		t.Errorf("two objects in two dimensions: %v", err)
	}
	if _, err := Classical([]float64{1, 2}, 3, 2); err == nil {
		t.Error("two dissimilarities of three objects were taken")
	}
	if _, err := Classical([]float64{1, math.NaN(), 2}, 3, 2); err == nil {
		t.Error("NaN was taken")
	}
}

func distances(points [][]float64) []float64 {
	var out []float64
	for i := range points {
		for j := i + 1; j < len(points); j++ {
			var s float64
			for k := range points[i] {
				d := points[i][k] - points[j][k]
				s += d * d
			}
			out = append(out, math.Sqrt(s))
		}
	}
	return out
}

// Three towns on a line.
func ExampleClassical() {
	e, err := Classical([]float64{1, 3, 2}, 3, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range e.Points {
		fmt.Printf("%.2f\n", p[0])
	}
	// Output:
	// -1.33
	// -0.33
	// 1.67
}
