package compare

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"realnet/stages/analysis/rdm"
)

// Without a condition it is what Alignment gives of the other conditions' patterns.
func TestAlignmentsWithout(t *testing.T) {
	const n = 9
	r := rand.New(rand.NewPCG(4, 4))
	x, y := &rdm.Matrix[float64]{Conditions: n, Features: 3}, &rdm.Matrix[float64]{Conditions: n, Features: 30}
	for range n {
		at := r.NormFloat64()
		for range 3 {
			x.Data = append(x.Data, at+r.NormFloat64())
		}
		for range 30 {
			y.Data = append(y.Data, 0.5*at+r.NormFloat64()+3)
		}
	}
	of := func(m *rdm.Matrix[float64], skip int) *rdm.RDM {
		out := &rdm.Matrix[float64]{Features: m.Features}
		for i := range n {
			if i != skip {
				out.Data = append(out.Data, m.Data[i*m.Features:(i+1)*m.Features]...)
				out.Conditions++
			}
		}
		a, err := Alignment(t.Context(), out, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	all, without, err := AlignmentsWithout(of(x, -1), of(y, -1))
	if err != nil {
		t.Fatal(err)
	}
	for i := -1; i < n; i++ {
		want, err := RDMs(of(x, i), of(y, i), Options{Method: Cosine})
		if err != nil {
			t.Fatal(err)
		}
		got := all
		if i >= 0 {
			got = without[i]
		}
		within(t, fmt.Sprintf("without %d", i), got, want, 1e-12)
	}
	if _, _, err := AlignmentsWithout(of(x, -1), &rdm.RDM{N: 3, Values: make([]float64, 3)}); !errors.Is(err, ErrShape) {
		t.Errorf("other sizes: %v", err)
	}
	flat := &rdm.RDM{N: n, Values: make([]float64, n*(n-1)/2)}
	if _, _, err := AlignmentsWithout(flat, of(x, -1)); !errors.Is(err, ErrConstant) {
		t.Errorf("a constant: %v", err)
	}
}
