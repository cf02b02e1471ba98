package stats

import (
	"math"
	"testing"
)

func scored(k, n float64) score {
	const z = 1.959963984540054
	p := k / n
	centre, half := (p+z*z/(2*n))/(1+z*z/n), z/(1+z*z/n)*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return score{top1: p, low: centre - half, high: centre + half}
}

// The intervals of method 10 in Newcombe (1998), Statistics in Medicine 17:873, table
// II: contrasts (a) to (d), given to four digits.
func TestNewcombe(t *testing.T) {
	for _, c := range []struct{ a, m, b, n, low, high float64 }{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{6, 7, 2, 7, 0.0582, 0.8062},
		{5, 56, 0, 29, -0.0381, 0.1926},
	} {
		low, high := newcombe(scored(c.a, c.m), scored(c.b, c.n))
		if math.Abs(low-c.low) > 6e-5 || math.Abs(high-c.high) > 6e-5 {
			t.Errorf("%v/%v - %v/%v: %.4f to %.4f, want %v to %v", c.a, c.m, c.b, c.n, low, high, c.low, c.high)
		}
	}
}
