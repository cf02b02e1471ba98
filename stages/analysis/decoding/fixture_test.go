package decoding

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// stream is the generator of ci/reference/analysis_svm.py.
type stream uint64

func newStream(seed uint64) stream { return stream(seed*0x9E3779B97F4A7C15 + 0x1234567) }

func (s *stream) uniform() float64 {
	v := uint64(*s)
	v ^= v >> 12
	v ^= v << 25
	v ^= v >> 27
	*s = stream(v)
	return float64(v*0x2545F4914F6CDD1D>>11) / 9007199254740992.0
}

func (s *stream) normal() float64 {
	a, b, c, d := s.uniform(), s.uniform(), s.uniform(), s.uniform()
	return (((a + b) + c) + d - 2.0) * 1.7320508075688772
}

func (s *stream) below(n int) int { return int(s.uniform() * float64(n)) }

// problem is the same two-class problem as `problem(index)` of the script:
// training rows, their labels, and 8 test rows, all d wide.
func problem(index int) (x []float64, d int, y []bool, test []float64) {
	kinds := []string{"noise", "shifted", "far", "rounded", "duplicated", "identical", "constant", "tiny", "large", "unequal"}
	kind := kinds[index%10]
	r := newStream(uint64(index + 1))
	n0, n1 := 2+r.below(15), 2+r.below(15)
	d = 1 + r.below(20)
	if kind == "unequal" {
		n0 = 1
		n1 = 1 + r.below(20)
	}
	n, m := n0+n1, 8
	shift := 0.6
	switch kind {
	case "noise":
		shift = 0
	case "far":
		shift = 6
	}
	mu := make([]float64, d)
	for i := range mu {
		mu[i] = shift * r.normal()
	}
	y = make([]bool, n, n+m)
	for i := n0; i < n; i++ {
		y[i] = true
	}
	for i := n - 1; i > 0; i-- {
		j := r.below(i + 1)
		y[i], y[j] = y[j], y[i]
	}
	for i := range m {
		y = append(y, i%2 == 1)
	}
	x = make([]float64, (n+m)*d)
	for i, label := range y {
		for c := range d {
			v := r.normal()
			if label {
				v += mu[c]
			}
			x[i*d+c] = v
		}
	}
	for i := range n + m {
		row := x[i*d:][:d]
		switch kind {
		case "duplicated":
			if i%2 == 1 {
				copy(row, x[(i-1)*d:][:d])
			}
		case "identical":
			copy(row, x[:d])
		case "constant":
			row[0] = 3
		}
		for c, v := range row {
			switch kind {
			case "rounded":
				row[c] = math.Floor(v)
			case "tiny":
				row[c] = v * 0.0009765625
			case "large":
				row[c] = v * 16
			}
		}
	}
	return x[:n*d], d, y[:n], x[n*d:]
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}
