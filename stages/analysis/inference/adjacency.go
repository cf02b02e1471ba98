package inference

import (
	"fmt"
	"slices"
)

// Adjacency lists the neighbours of each point; nil stands for a line, where each
// point touches the one before and the one after (time).
type Adjacency [][]int

// Grid connects the points of a rows x cols array, row-major, with their up to
// four neighbours: time by time generalisation, or frequency by time.
func Grid(rows, cols int) Adjacency {
	a := make(Adjacency, rows*cols)
	for r := range rows {
		for c := range cols {
			p := r*cols + c
			if r > 0 {
				a[p] = append(a[p], p-cols)
			}
			if c > 0 {
				a[p] = append(a[p], p-1)
			}
			if c < cols-1 {
				a[p] = append(a[p], p+1)
			}
			if r < rows-1 {
				a[p] = append(a[p], p+cols)
			}
		}
	}
	return a
}

// OverTime repeats an adjacency of places at each of `times` times and connects
// each place with itself one time earlier and later. Points are places x times.
func (a Adjacency) OverTime(times int) Adjacency {
	out := make(Adjacency, len(a)*times)
	for p, near := range a {
		for t := range times {
			at := p*times + t
			if t > 0 {
				out[at] = append(out[at], at-1)
			}
			if t < times-1 {
				out[at] = append(out[at], at+1)
			}
			for _, q := range near {
				out[at] = append(out[at], q*times+t)
			}
		}
	}
	return out
}

// check refuses an adjacency of another size, with neighbours that do not exist,
// or that holds in one direction only.
func (a Adjacency) check(points int) error {
	if a == nil {
		return nil
	}
	if len(a) != points {
		return fmt.Errorf("%w: an adjacency of %d points for a sample of %d", ErrShape, len(a), points)
	}
	for p, near := range a {
		for _, q := range near {
			if q < 0 || q >= points {
				return fmt.Errorf("%w: point %d has neighbour %d, points are 0 to %d", ErrShape, p, q, points-1)
			}
			if q != p && !slices.Contains(a[q], p) {
				return fmt.Errorf("inference: point %d has neighbour %d, but not the other way round", p, q)
			}
		}
	}
	return nil
}

// finder finds the clusters of one map at a time.
type finder struct {
	near  Adjacency
	side  []int8 // points: above 1, below -1, else 0
	stack []int
}

func newFinder(near Adjacency, points int) *finder {
	return &finder{near: near, side: make([]int8, points), stack: make([]int, 0, points)}
}

// each calls visit with the points of every connected set of equal side; the
// points are in no order, valid during the call, and their side is then cleared.
func (f *finder) each(visit func(side int8, points []int)) {
	for p, side := range f.side {
		if side == 0 {
			continue
		}
		f.side[p] = 0
		f.stack = append(f.stack[:0], p)
		for i := 0; i < len(f.stack); i++ {
			p := f.stack[i]
			if f.near == nil {
				// The scan is ascending: only the next point can be unseen.
				if q := p + 1; q < len(f.side) && f.side[q] == side {
					f.side[q] = 0
					f.stack = append(f.stack, q)
				}
				continue
			}
			for _, q := range f.near[p] {
				if f.side[q] == side {
					f.side[q] = 0
					f.stack = append(f.stack, q)
				}
			}
		}
		visit(side, f.stack)
	}
}
