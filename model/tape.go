package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/graph"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"realnet/model/kernels"
)

// A tape runs the nodes of a Gorgonia graph that some results need, in the
// order in which they were made (which is topological: a node's inputs exist
// before it). All buffers are planned once: each result of a step gets a place
// in one arena for as long as a later step reads it, so that a run allocates
// nothing and the arena is little larger than what must be alive at the worst
// moment.
type tape struct {
	steps  []step
	places map[*G.Node]place
	size   int // values in the arena
	arena  []float32
}

// place is where a node's value is stored: n values of the arena from at, or a fixed slice.
type place struct {
	at, n int
	fixed []float32
}

type step struct {
	name  string
	flops float64
	run   func(out []float32, in [][]float32)
	out   place
	in    []place
	dst   []float32 // out and in within the arena that is bound
	src   [][]float32
}

// newTape plans the computation of results. values holds the input nodes.
func newTape(g *G.ExprGraph, k kernels.Backend, values map[*G.Node][]float32, results G.Nodes) (*tape, error) {
	order, err := schedule(g, results)
	if err != nil {
		return nil, err
	}
	last := lastUses(g, order, results)
	t := &tape{places: map[*G.Node]place{}}
	var free spans
	for i, n := range order {
		in := inputs(g, n)
		if len(in) == 0 {
			p, err := leaf(n, values)
			if err != nil {
				return nil, err
			}
			t.places[n] = p
			continue
		}
		s := step{name: n.Op().String()}
		for _, c := range in {
			s.in = append(s.in, t.places[c])
		}
		shares := []int{0, 1} // of an addition
		if o, ok := n.Op().(*op); ok {
			s.run, s.flops, shares = o.run, o.flops, o.shares
		} else {
			s.run = func(out []float32, in [][]float32) { k.Add(out, in[0], in[1]) }
		}
		s.out = place{n: size(n.Shape())}
		// A step may write over an input that nobody reads afterwards.
		taken := -1
		for _, j := range shares {
			if c := in[j]; last[c] == i && s.in[j].fixed == nil && s.in[j].n == s.out.n {
				s.out, taken = s.in[j], j
				break
			}
		}
		if taken < 0 {
			s.out.at = free.take(s.out.n)
		}
		t.places[n] = s.out
		t.steps = append(t.steps, s)
		for j, c := range in {
			if last[c] == i && s.in[j].fixed == nil && j != taken && slices.Index(in, c) == j {
				free.give(s.in[j].at, s.in[j].n)
			}
		}
	}
	t.size = free.end
	return t, nil
}

// schedule orders the nodes that results need: as made, but additions, which
// free one of their terms, as soon as they can run.
func schedule(g *G.ExprGraph, results G.Nodes) (G.Nodes, error) {
	needed := map[*G.Node]bool{}
	stack := slices.Clone(results)
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !needed[n] {
			needed[n] = true
			stack = append(stack, inputs(g, n)...)
		}
	}
	var rest, adds G.Nodes
	for n := range needed {
		switch o := n.Op().(type) {
		case *op, nil:
			rest = append(rest, n)
		default:
			if len(inputs(g, n)) == 0 {
				rest = append(rest, n) // a constant
			} else if strings.HasPrefix(o.String(), "+ ") && len(inputs(g, n)) == 2 {
				adds = append(adds, n)
			} else {
				return nil, fmt.Errorf("model: a tape cannot run Gorgonia's %s", o)
			}
		}
	}
	byID := func(a, b *G.Node) int { return cmp.Compare(a.ID(), b.ID()) }
	slices.SortFunc(rest, byID)
	slices.SortFunc(adds, byID)
	done := map[*G.Node]bool{}
	ready := func(n *G.Node) bool {
		return !slices.ContainsFunc(inputs(g, n), func(c *G.Node) bool { return !done[c] })
	}
	order := make(G.Nodes, 0, len(needed))
	emit := func(n *G.Node) { order, done[n] = append(order, n), true }
	for _, n := range rest {
		if !ready(n) {
			return nil, fmt.Errorf("model: %v comes before its inputs", n)
		}
		emit(n)
		for i := 0; i < len(adds); {
			if ready(adds[i]) {
				emit(adds[i])
				adds = slices.Delete(adds, i, i+1)
				i = 0 // it may have been what an earlier one waited for
			} else {
				i++
			}
		}
	}
	return order, nil
}

// lastUses is, for every node, the position in order of its last reader; that
// of results is past the end.
func lastUses(g *G.ExprGraph, order, results G.Nodes) map[*G.Node]int {
	last := make(map[*G.Node]int, len(order))
	for i, n := range order {
		last[n] = i
		for _, c := range inputs(g, n) {
			last[c] = i
		}
	}
	for _, n := range results {
		last[n] = len(order)
	}
	return last
}

// inputs are the operands of n, in order.
func inputs(g *G.ExprGraph, n *G.Node) G.Nodes {
	children := graph.NodesOf(g.From(n.ID()))
	in := make(G.Nodes, len(children))
	for i, c := range children {
		in[i] = c.(*G.Node)
	}
	return in
}

// leaf is the place of an input or a constant.
func leaf(n *G.Node, values map[*G.Node][]float32) (place, error) {
	if v, ok := values[n]; ok {
		return place{n: len(v), fixed: v}, nil
	}
	if n.Value() != nil && n.Dtype() == tensor.Float32 {
		if v, ok := n.Value().Data().(float32); ok {
			return place{n: 1, fixed: []float32{v}}, nil
		}
	}
	return place{}, fmt.Errorf("model: node %v has no value", n)
}

// bind gives the tape its memory, at least size values. Tapes may share an
// arena: one's results last until another runs.
func (t *tape) bind(arena []float32) {
	t.arena = arena
	for i := range t.steps {
		s := &t.steps[i]
		s.dst = t.at(s.out)
		s.src = make([][]float32, len(s.in))
		for j, p := range s.in {
			s.src[j] = t.at(p)
		}
	}
}

func (t *tape) at(p place) []float32 {
	if p.fixed != nil {
		return p.fixed
	}
	return t.arena[p.at : p.at+p.n : p.at+p.n]
}

// value is what the last run computed for a result.
func (t *tape) value(n *G.Node) []float32 { return t.at(t.places[n]) }

// run computes the results from what the input nodes hold now.
func (t *tape) run() {
	for i := range t.steps {
		t.steps[i].run(t.steps[i].dst, t.steps[i].src)
	}
}

// spans hands out disjoint parts of an arena: the smallest free one that fits.
type spans struct {
	free []span // by position, never adjacent
	end  int
}

type span struct{ at, n int }

// align keeps buffers on cache lines.
func align(n int) int { return (n + 15) &^ 15 }

func (s *spans) take(n int) int {
	n = align(n)
	best := -1
	for i, f := range s.free {
		if f.n >= n && (best < 0 || f.n < s.free[best].n) {
			best = i
		}
	}
	if best >= 0 {
		f := &s.free[best]
		at := f.at
		if f.n -= n; f.n == 0 {
			s.free = slices.Delete(s.free, best, best+1)
		} else {
			f.at += n
		}
		return at
	}
	// Extend the arena, from its free tail if there is one.
	at := s.end
	if k := len(s.free); k > 0 && s.free[k-1].at+s.free[k-1].n == s.end {
		at = s.free[k-1].at
		s.free = s.free[:k-1]
	}
	s.end = at + n
	return at
}

func (s *spans) give(at, n int) {
	n = align(n)
	i, _ := slices.BinarySearchFunc(s.free, at, func(f span, at int) int { return cmp.Compare(f.at, at) })
	s.free = slices.Insert(s.free, i, span{at, n})
	if i+1 < len(s.free) && at+n == s.free[i+1].at {
		s.free[i].n += s.free[i+1].n
		s.free = slices.Delete(s.free, i+1, i+2)
	}
	if i > 0 && s.free[i-1].at+s.free[i-1].n == at {
		s.free[i-1].n += s.free[i].n
		s.free = slices.Delete(s.free, i, i+1)
	}
}
