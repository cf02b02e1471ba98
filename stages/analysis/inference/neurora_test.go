package inference

import (
	"math"
	"testing"
)

// The labels that NeuroRA 1.1.6.12 itself gives (500 iterations, unseeded in the
// original): equal, but for clusters whose p is within sampling error of 0.05.
func TestNeuroRABehavesAsTheToolbox(t *testing.T) {
	var rows []struct {
		X, Y   []float64
		Labels []int
	}
	readJSON(t, "neurora.json", &rows)
	compared := 0
	for i, row := range rows {
		o := DefaultNeuroRAOptions()
		o.Iterations = 2000
		r, err := NeuroRA(t.Context(), Sample{Values: row.X, Subjects: 10, Points: 40}, Sample{Values: row.Y, Subjects: 10, Points: 40}, o)
		if err != nil {
			t.Fatal(err)
		}
		got, unsure := make([]int, 40), make([]bool, 40)
		for _, c := range r.Clusters {
			for p := c.Start; p < c.Stop; p++ {
				if unsure[p] = math.Abs(c.P-0.05) < 0.035; c.P <= 0.05 {
					got[p] = 1
					if c.Mass < 0 {
						got[p] = -1
					}
				}
			}
		}
		for p := range got {
			if !unsure[p] {
				compared++
				if got[p] != row.Labels[p] {
					t.Errorf("data set %d, point %d: label %d, toolbox %d (p %v)", i, p, got[p], row.Labels[p], r.P[p])
				}
			}
		}
		if r.Warning == "" {
			t.Error("no warning")
		}
	}
	if compared < 500 {
		t.Errorf("only %d points were compared", compared)
	}
}
