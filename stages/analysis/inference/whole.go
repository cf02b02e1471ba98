package inference

import "math"

// whole is a sample in whole numbers: every point in a unit of its own, a power of
// two, in which the largest value has 52 bits less those that a sum over subjects
// needs. Sums over subjects are then exact, in any order and with any signs: a flip
// has the observed sum exactly where it should. Whole numbers do not depend on the
// scale of the values either.
type whole struct {
	Sample
	n      float64
	size   []float64 // points: Σ|x|
	spread []float64 // points: n Σ(|x| - mean|x|)²
}

func newWhole(s Sample) *whole {
	w := &whole{
		Sample: Sample{Values: make([]float64, len(s.Values)), Subjects: s.Subjects, Points: s.Points},
		n:      float64(s.Subjects), size: make([]float64, s.Points), spread: make([]float64, s.Points),
	}
	largest := make([]float64, s.Points)
	for i, v := range s.Values {
		largest[i%s.Points] = max(largest[i%s.Points], math.Abs(v))
	}
	_, spare := math.Frexp(w.n)
	shift := make([]int, s.Points)
	for p, v := range largest {
		_, e := math.Frexp(v)
		shift[p] = 52 - spare - e
	}
	for i, v := range s.Values {
		v = math.RoundToEven(math.Ldexp(v, shift[i%s.Points]))
		w.Values[i] = v
		w.size[i%s.Points] += math.Abs(v)
	}
	for i, v := range w.Values {
		p := i % s.Points
		d := math.Abs(v) - w.size[p]/w.n
		w.spread[p] += w.n * d * d
	}
	return w
}

// t is Student's t of a point from a signed sum S: S sqrt((n-1) / (nQ - S²)) with Q
// the sum of squares. With A = Σ|x|,
//
//	nQ - S² = n Σ(|x| - A/n)² + (A - |S|)(A + |S|)
//
// in which nothing cancels: A - |S| is exact, and 0 for flips that turn all values
// to one side.
func (w *whole) t(point int, sum float64) float64 {
	a, s := w.size[point], math.Abs(sum)
	rest := w.spread[point] + (a-s)*(a+s)
	if !(rest > 0) {
		if sum == 0 {
			return 0
		}
		return math.Copysign(math.Inf(1), sum)
	}
	return sum * math.Sqrt((w.n-1)/rest)
}

// critical is the |S| of each point above which |t| exceeds a threshold.
func (w *whole) critical(threshold float64) []float64 {
	c := make([]float64, len(w.size))
	for p, a := range w.size {
		c[p] = threshold * math.Sqrt((w.spread[p]+a*a)/(w.n-1+threshold*threshold))
	}
	return c
}

// sums is the unflipped sum of each point; one that is no more than what rounding
// the values makes is 0.
func (w *whole) sums() []float64 {
	sum := make([]float64, w.Points)
	w.signedSum(sum, make([]uint64, (w.Subjects+63)/64))
	for p, v := range sum {
		if math.Abs(v) <= w.n {
			sum[p] = 0
		}
	}
	return sum
}

// reaches compares a flip's sum with the observed one, both turned to the side of
// the alternative, up to what rounding the values makes.
func (w *whole) reaches(sum, observed float64) bool {
	return sum >= observed-max(w.n, 1e-12*math.Abs(observed))
}

// signedSum adds the rows, those whose bit is set with a minus.
func (w *whole) signedSum(sum []float64, signs []uint64) {
	clear(sum)
	i := 0
	for ; i+2 <= w.Subjects; i += 2 {
		a, b := w.Row(i)[:len(sum)], w.Row(i + 1)[:len(sum)]
		// Two rows at once halve the passes over sum.
		switch signs[i>>6] >> (i & 63) & 3 {
		case 0:
			for p := range sum {
				sum[p] += a[p] + b[p]
			}
		case 1:
			for p := range sum {
				sum[p] += b[p] - a[p]
			}
		case 2:
			for p := range sum {
				sum[p] += a[p] - b[p]
			}
		default:
			for p := range sum {
				sum[p] -= a[p] + b[p]
			}
		}
	}
	if i < w.Subjects {
		sign := 1 - 2*float64(signs[i>>6]>>(i&63)&1)
		for p, v := range w.Row(i)[:len(sum)] {
			sum[p] += sign * v
		}
	}
}
