package compare

import (
	"context"
	"fmt"
	"math"
	"slices"

	"realnet/stages/analysis/internal/parallel"
)

// SearchlightTest says how the maps of a searchlight are tested.
type SearchlightTest struct {
	Test
	// ClusterP is the uncorrected p, from the permutations of each centre alone, up to which
	// neighbouring centres (sharing a face) form clusters; 0: no clusters. It takes 4 bytes
	// for each centre, model and permutation.
	ClusterP float64
}

// Cluster is neighbouring centres whose similarities deviate to the same side.
type Cluster struct {
	Model   int
	Centres []int   // indices in the list of centres, ascending
	Peak    int     // the one of them with the largest |z|
	Mass    float64 // sum of |z|
	P       float64 // share of permutations with a cluster of at least this mass anywhere, in any model
}

// mostNulls bounds what clusters keep.
const mostNulls = 1 << 31

// nulls are the standardised deviations of every centre and model under every permutation.
type nulls struct {
	near    [][]int // neighbours of each centre
	models  int
	z       [][]float32 // centre x model: permutations; nil where there is no RDM
	over    []float32   // centre x model: |z| that forms clusters
	count   int         // of permutations
	exact   bool
	greater bool
}

func newNulls(around *Neighbourhoods, models int, test SearchlightTest) (*nulls, error) {
	if test.ClusterP == 0 || test.Permutations == 0 {
		return nil, nil
	}
	size := len(around.Centers) * models
	switch {
	case !(test.ClusterP > 0 && test.ClusterP < 1):
		return nil, fmt.Errorf("compare: cluster-forming p %v is not between 0 and 1: %w", test.ClusterP, ErrShape)
	case around.Shape[0]*around.Shape[1]*around.Shape[2] == 0:
		return nil, fmt.Errorf("compare: clusters need the shape of the volume: %w", ErrShape)
	case size > mostNulls/4/max(1, test.Permutations):
		return nil, fmt.Errorf("compare: clusters of %d centres and models x %d permutations take more than 2 GiB: search a smaller mask, or with fewer permutations: %w", size, test.Permutations, ErrShape)
	}
	n := &nulls{models: models, z: make([][]float32, size), over: make([]float32, size), greater: test.Alternative == Greater}
	at := map[int]int{}
	for i, c := range around.Centers {
		at[c] = i
	}
	ny, nz := around.Shape[1], around.Shape[2]
	n.near = make([][]int, len(around.Centers))
	for i, c := range around.Centers {
		x, y, z := c/(ny*nz), c/nz%ny, c%nz
		for _, step := range [][3]int{{-1, 0, 0}, {1, 0, 0}, {0, -1, 0}, {0, 1, 0}, {0, 0, -1}, {0, 0, 1}} {
			a, b, d := x+step[0], y+step[1], z+step[2]
			if b < 0 || b >= ny || d < 0 || d >= nz {
				continue // the next line of the volume is no neighbour
			}
			if k, ok := at[(a*ny+b)*nz+d]; ok {
				n.near[i] = append(n.near[i], k)
			}
		}
	}
	return n, nil
}

// keep stores the deviations of one centre and model, of standard deviation sd. Each slot
// is written once.
func (n *nulls) keep(slot int, deviations []float64, sd, clusterP float64, alt Alternative, exact bool) error {
	z, far := make([]float32, len(deviations)), make([]float64, len(deviations))
	for k, v := range deviations {
		z[k], far[k] = float32(v/sd), alt.far(v/sd)
	}
	slices.Sort(far)
	count := float64(len(far) + 1) // the observed arrangement is one more,
	if exact {
		count-- // or among them
	}
	above := int(clusterP * count * (1 + 1e-12)) // .29 x 100 is 28.999999999999996
	if above < 1 {
		return fmt.Errorf("compare: cluster-forming p %g needs more than %d permutations: %w", clusterP, int(1/clusterP), ErrShape)
	}
	n.z[slot], n.over[slot] = z, float32(reachedBy(far, above))
	return nil
}

// reachedBy gives the smallest of some ascending values that no more than count of them
// reach: of ties, all or none. It is infinite where more share the largest.
func reachedBy(ascending []float64, count int) float64 {
	at := len(ascending) - count
	rounding := 1e-9 * math.Abs(ascending[len(ascending)-1])
	if at > 0 && ascending[at]-ascending[at-1] <= rounding {
		for tie := ascending[at]; ascending[at]-tie <= rounding; at++ {
			if at+1 == len(ascending) {
				return math.Inf(1)
			}
		}
	}
	return ascending[at]
}

// each visits the clusters of one map: z of each centre and model of one model.
func (n *nulls) each(model int, z func(slot int) float32, visit func(centres []int, mass float64)) {
	side := make([]int8, len(n.near))
	for i := range side {
		slot := i*n.models + model
		if n.z[slot] == nil {
			continue
		}
		switch v := z(slot); {
		case v >= n.over[slot]:
			side[i] = 1
		case !n.greater && -v >= n.over[slot]:
			side[i] = -1
		}
	}
	var stack []int
	for i, s := range side {
		if s == 0 {
			continue
		}
		side[i] = 0
		stack = append(stack[:0], i)
		mass := 0.0
		for k := 0; k < len(stack); k++ {
			mass += math.Abs(float64(z(stack[k]*n.models + model)))
			for _, q := range n.near[stack[k]] {
				if side[q] == s {
					side[q] = 0
					stack = append(stack, q)
				}
			}
		}
		visit(stack, mass)
	}
}

// clusters finds those of the observed map and compares them with the largest of each
// permutation, over all models.
func (n *nulls) clusters(ctx context.Context, observed [][]float64, workers int) ([]Cluster, error) {
	var out []Cluster
	for m := range n.models {
		n.each(m, func(slot int) float32 { return float32(observed[slot/n.models][m]) }, func(centres []int, mass float64) {
			c := Cluster{Model: m, Centres: slices.Sorted(slices.Values(centres)), Mass: mass}
			c.Peak = slices.MaxFunc(c.Centres, func(a, b int) int {
				return int(math.Copysign(1, math.Abs(observed[a][m])-math.Abs(observed[b][m])))
			})
			out = append(out, c)
		})
	}
	largest := make([]float64, n.count)
	err := parallel.Run(ctx, workers, n.count, func(_, k int) error {
		for m := range n.models {
			n.each(m, func(slot int) float32 { return n.z[slot][k] }, func(_ []int, mass float64) { largest[k] = max(largest[k], mass) })
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		reached, count := 0.0, float64(n.count)
		for _, v := range largest {
			if v >= out[i].Mass*(1-1e-6) { // single precision
				reached++
			}
		}
		if !n.exact { // the identity is one more
			reached, count = reached+1, count+1
		}
		out[i].P = reached / count
	}
	slices.SortStableFunc(out, func(a, b Cluster) int { return int(math.Copysign(1, b.Mass-a.Mass)) })
	return out, nil
}

// deviation is the standard deviation of a null distribution.
func deviation(x []float64) float64 {
	mean, sum := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt(sum / float64(len(x)))
}
