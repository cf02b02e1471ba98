package inference

import (
	"cmp"
	"math"
	"slices"
)

// enhancer replaces maps of t by their threshold-free cluster enhancement
//
//	TFCE(p) = Σ_h e(h)^E h^H dh,   h = dh, 2dh, ... < |t(p)|
//
// where e(h) is how many points the cluster of p has at threshold h; negative
// points form clusters of their own and get negative scores. MNE's sum differs:
// it weighs every threshold after the first by dh^H instead of h^H dh.
//
// Between two thresholds at which a cluster gains points its term is e^E times a
// sum of h^H dh that is known beforehand. So points enter from the largest |t|
// down, and the work does not depend on how many thresholds there are.
type enhancer struct {
	o     TFCEOptions
	steps steps
	power []float64 // size^E

	order  []int32   // points of the map, |t| falling
	weight []float64 // points: Σ h^H dh below |t|
	side   []int8    // points that have entered: above 1, below -1, else 0
	group  []int32   // points: towards the root of the cluster
	size   []int32   // roots: points of the cluster
	last   []int32   // roots: the point that entered last
	into   []int32   // points: the one whose entry ended the cluster that this one's began, or -1
	score  []float64 // points: of that cluster alone, then of all that hold the point
}

func newEnhancer(o TFCEOptions, points int) *enhancer {
	e := &enhancer{
		o: o, steps: newSteps(o.Step, o.Height), power: make([]float64, points+1),
		order: make([]int32, 0, points), weight: make([]float64, points), side: make([]int8, points),
		group: make([]int32, points), size: make([]int32, points), last: make([]int32, points),
		into: make([]int32, points), score: make([]float64, points),
	}
	for n := range e.power {
		e.power[n] = math.Pow(float64(n), o.Extent)
	}
	return e
}

// enhance writes the scores of the map t to out.
func (e *enhancer) enhance(t, out []float64) {
	clear(out)
	clear(e.side)
	e.order = e.order[:0]
	for p, v := range t {
		if v == 0 || v < 0 && e.o.Alternative == Greater || v > 0 && e.o.Alternative == Less {
			continue
		}
		if e.weight[p] = e.steps.below(math.Abs(v)); e.weight[p] > 0 {
			e.order = append(e.order, int32(p))
		}
	}
	slices.SortFunc(e.order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(math.Abs(t[b]), math.Abs(t[a])), cmp.Compare(a, b))
	})
	for _, p := range e.order {
		e.enter(p, t[p] < 0)
	}
	for i := len(e.order) - 1; i >= 0; i-- {
		p := e.order[i]
		if q := e.into[p]; q >= 0 {
			e.score[p] += e.score[q]
		} else {
			e.score[p] = e.power[e.size[e.root(p)]] * e.weight[p]
		}
		out[p] = math.Copysign(e.score[p], t[p])
	}
}

// enter adds a point and joins the clusters of its side that it touches.
func (e *enhancer) enter(p int32, negative bool) {
	side := int8(1)
	if negative {
		side = -1
	}
	e.side[p], e.group[p], e.size[p], e.last[p], e.into[p], e.score[p] = side, p, 1, p, -1, 0
	if e.o.Adjacency == nil {
		if p > 0 {
			e.join(p, p-1)
		}
		if int(p)+1 < len(e.side) {
			e.join(p, p+1)
		}
		return
	}
	for _, q := range e.o.Adjacency[p] {
		e.join(p, int32(q))
	}
}

// join ends the cluster of q, if it is another one of p's side, and adds it to p's.
func (e *enhancer) join(p, q int32) {
	if e.side[q] != e.side[p] {
		return
	}
	a, b := e.root(p), e.root(q)
	if a == b {
		return
	}
	ended := e.last[b]
	e.into[ended] = p
	if e.weight[ended] > e.weight[p] { // infinite ones are equal
		e.score[ended] = e.power[e.size[b]] * (e.weight[ended] - e.weight[p])
	}
	if e.size[a] < e.size[b] {
		a, b = b, a
	}
	e.group[b] = a
	e.size[a] += e.size[b]
	e.last[a] = p
}

func (e *enhancer) root(p int32) int32 {
	for e.group[p] != p {
		e.group[p] = e.group[e.group[p]]
		p = e.group[p]
	}
	return p
}

// steps sums h^H dh over the thresholds dh, 2dh, ...
type steps struct {
	dh, height float64
	sum        []float64 // of the first thresholds
}

// tabulated is up to which threshold sums are tabulated; beyond it the formula of
// Euler and Maclaurin has them to the last digits.
const tabulated = 4096

func newSteps(dh, height float64) steps {
	s := steps{dh: dh, height: height, sum: make([]float64, tabulated+1)}
	for k := 1; k <= tabulated; k++ {
		s.sum[k] = s.sum[k-1] + math.Pow(float64(k)*dh, height)*dh
	}
	return s
}

// below is the sum over the thresholds less than a.
func (s steps) below(a float64) float64 {
	k := math.Ceil(a/s.dh) - 1
	// The quotient is rounded; the threshold itself decides.
	if k*s.dh >= a {
		k--
	} else if (k+1)*s.dh < a {
		k++
	}
	if k <= tabulated {
		return s.sum[max(0, int(k))]
	}
	h, m := s.height, float64(tabulated)
	power := func(e float64) float64 { return math.Pow(k, e) - math.Pow(m, e) }
	rest := (math.Pow(k, h+1)-math.Pow(m, h+1))/(h+1) + power(h)/2 + h/12*power(h-1) - h*(h-1)*(h-2)/720*power(h-3)
	if sum := s.sum[tabulated] + math.Pow(s.dh, h+1)*rest; sum < math.Inf(1) {
		return sum
	}
	return math.Inf(1) // or NaN, the difference of two that overflow
}
