package mds

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
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

// The unit of the dissimilarities is that of the points.
func TestScaleOfPoints(t *testing.T) {
	pairs := []float64{3, 4, 5, 1, 2, 2}
	want, err := Classical(pairs, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []float64{1e-160, 1e-30, 1e80, 1e150} {
		scaled := make([]float64, len(pairs))
		for i, v := range pairs {
			scaled[i] = v * f
		}
		got, err := Classical(scaled, 4, 2)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range want.Points {
			for k, v := range p {
				if math.Abs(got.Points[i][k]-v*f) > 1e-12*f {
					t.Errorf("times %g: point %d is %v, want %v", f, i, got.Points[i], p)
				}
			}
		}
		if math.Abs(got.Share-want.Share) > 1e-12 {
			t.Errorf("times %g: share %v, want %v", f, got.Share, want.Share)
		}
	}
	// Points on a line leave nothing for a second dimension.
	line, err := Classical([]float64{1, 2, 3, 1, 2, 1}, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range line.Points {
		if p[1] != 0 {
			t.Errorf("point %d of a line is %v", i, p)
		}
	}
}

// Coordinates are those of scikit-learn (ci/reference/mds.py), to 1e-9 of their size.
func TestClassicalAgainstScikitLearn(t *testing.T) {
	text, err := os.ReadFile("testdata/sklearn.json")
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Cases []struct {
			Name    string
			N, Dims int
			Pairs   []float64
			Points  [][]float64
		}
	}
	if err := json.Unmarshal(text, &reference); err != nil || len(reference.Cases) == 0 {
		t.Fatal(len(reference.Cases), err)
	}
	for _, c := range reference.Cases {
		e, err := Classical(c.Pairs, c.N, c.Dims)
		if err != nil {
			t.Fatal(err)
		}
		for i, point := range c.Points {
			for k, want := range point {
				if math.Abs(e.Points[i][k]-want) > 1e-9 {
					t.Errorf("%s: coordinate %d of %d is %v, want %v", c.Name, k, i, e.Points[i][k], want)
				}
			}
		}
	}
}
