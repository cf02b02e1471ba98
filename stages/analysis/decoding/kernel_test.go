package decoding

import (
	"math"
	"testing"
)

// The assembly and the Go loop take the same steps to the same bits.
func TestKernelMatchesGo(t *testing.T) {
	if !haveKernel {
		t.Skip("this processor has no AVX-512: run the test on one that has (AMD Zen 4, Intel Ice Lake or later); the generic code runs here")
	}
	for i := range 1000 {
		gram, rows, first := gramOf(problem(i))
		a, b := newSolver(len(rows), DefaultSVC()), newSolver(len(rows), DefaultSVC())
		b.vector = false
		for _, s := range []*solver{a, b} {
			s.load(gram, len(rows), rows, first, i%2 == 0)
		}
		if da, db := a.smo(20000), b.smo(20000); da != db || a.steps != b.steps {
			t.Fatalf("problem %d: done %v after %d steps, in Go %v after %d", i, da, a.steps, db, b.steps)
		}
		for k := range rows {
			if a.beta[k] != b.beta[k] || a.slope[k] != b.slope[k] {
				t.Fatalf("problem %d, point %d: beta %v, in Go %v", i, k, a.beta[k], b.beta[k])
			}
		}
	}
}

// Face steps change the path, not the optimum: the objective is never above
// that of plain pair steps by more than the tolerance allows, and the
// coefficients obey their constraints.
func TestFaceStepsReachTheOptimum(t *testing.T) {
	for i := range 1000 {
		gram, rows, first := gramOf(problem(i))
		s := newSolver(len(rows), DefaultSVC())
		s.load(gram, len(rows), rows, first, false)
		if !s.smo(1_000_000) {
			continue
		}
		want := s.objective()
		s.load(gram, len(rows), rows, first, false)
		if !s.solve(1_000_000) {
			t.Fatalf("problem %d did not converge", i)
		}
		if got := s.objective(); got-want > 1e-4*math.Max(1, -want) {
			t.Errorf("problem %d: objective %.9g, pair steps alone %.9g", i, got, want)
		}
		sum := 0.0
		for k, b := range s.beta[:s.n] {
			sum += b
			if b < s.lo[k] || b > s.hi[k] {
				t.Errorf("problem %d: beta %v outside [%v, %v]", i, b, s.lo[k], s.hi[k])
			}
		}
		if math.Abs(sum) > 1e-9 {
			t.Errorf("problem %d: betas add up to %v", i, sum)
		}
	}
}

// gramOf sorts a problem by class and returns its inner products.
func gramOf(x []float64, d int, y []bool, _ []float64) (gram []float64, rows []int, first int) {
	var order []int
	for _, class := range []bool{false, true} {
		for k, p := range y {
			if p == class {
				order = append(order, k)
			}
		}
		if !class {
			first = len(order)
		}
	}
	for a := range order {
		rows = append(rows, a)
		for b := range order {
			gram = append(gram, dot(x[order[a]*d:][:d], x[order[b]*d:][:d]))
		}
	}
	return gram, rows, first
}
