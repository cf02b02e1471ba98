package gram

import (
	"context"

	"realnet/stages/analysis/internal/parallel"
)

const (
	maxTile  = 144  // rows of a tile: two blocks of it stay in the second-level cache
	blockLen = 512  // columns of a block
	skew     = lane // padding that keeps rows out of each other's cache sets
	minItems = 48   // (tile pair, segment) items that keep many workers busy
	padRows  = 12   // rows of a block are padded to a multiple of every mr and nr
)

// tiles cuts n rows in equal parts of at most maxTile.
func tiles(n int) []int {
	t := (n + maxTile - 1) / maxTile
	cuts := make([]int, t+1)
	for i := range cuts {
		cuts[i] = n * i / max(t, 1)
	}
	return cuts
}

// segments cuts the columns in whole blocks so that pairs x segments is about
// minItems, by the shape alone.
func segments(cols, pairs int) []int {
	blocks := (cols + blockLen - 1) / blockLen
	s := min(blocks, max(1, minItems/max(pairs, 1)))
	cuts := make([]int, s+1)
	for i := range cuts {
		cuts[i] = min(cols, blocks*i/max(s, 1)*blockLen)
	}
	return cuts
}

// each sums every pair over the segments of columns and hands it to put. Without
// b the pairs are of rows of a.
func each[T Float](ctx context.Context, a, b Source[T], pairs []Pair, cuts []int, workers int, put func(Pair, []float64, int)) error {
	if refused != nil {
		return refused
	}
	x, y, release, err := operands(ctx, a, b, pairs, workers)
	defer release()
	if err != nil {
		return err
	}
	segs, rows := len(cuts)-1, 0
	for _, p := range pairs {
		rows = max(rows, p.I1-p.I0, p.J1-p.J0)
	}
	partial := make([][]float64, len(pairs)*segs) // only when segs > 1
	buffers := make([]*worker[T], parallel.Workers(workers, len(partial)))
	err = parallel.Run(ctx, workers, len(partial), func(w, item int) error {
		if buffers[w] == nil {
			buffers[w] = newWorker[T](best, rows, cuts[segs])
		}
		b, p, s := buffers[w], pairs[item/segs], item%segs
		if err := b.sum(x, y, p, cuts[s], cuts[s+1]); err != nil {
			return err
		}
		if segs == 1 {
			put(p, b.c, b.ldc)
		} else {
			partial[item] = append([]float64(nil), b.c[:padded(p.I1-p.I0)*b.ldc]...)
		}
		return nil
	})
	if err != nil || segs == 1 {
		return err
	}
	for i, p := range pairs {
		c := partial[i*segs]
		for s := 1; s < segs; s++ {
			for k, v := range partial[i*segs+s] {
				c[k] += v
			}
		}
		put(p, c, padded(p.J1-p.J0))
	}
	return nil
}

// worker holds the buffers of one goroutine.
type worker[T Float] struct {
	mr, nr int
	strip  strip[T]
	flush  func()
	a, b   []T       // blocks of the two tiles: rows x blockLen, skewed
	c      []float64 // tile of inner products: rows x ldc
	ldc    int
}

func newWorker[T Float](k kernel, rows, cols int) *worker[T] {
	size := padded(rows) * (min(cols+lane, blockLen) + skew)
	f, flush := strips[T](k)
	return &worker[T]{
		mr: k.mr, nr: k.nr, strip: f, flush: flush,
		a: make([]T, size), b: make([]T, size), c: make([]float64, padded(rows)*padded(rows)),
	}
}

func padded(rows int) int { return (rows + padRows - 1) / padRows * padRows }

// sum sets w.c to the inner products of p over columns [c0,c1).
func (w *worker[T]) sum(x, y operand[T], p Pair, c0, c1 int) error {
	ni, nj := p.I1-p.I0, p.J1-p.J0
	w.ldc = padded(nj)
	clear(w.c[:padded(ni)*w.ldc])
	for ; c0 < c1; c0 += blockLen {
		end := min(c0+blockLen, c1)
		k := (end - c0 + lane - 1) / lane * lane
		a, stride, err := x.block(w.a, k, p.I0, p.I1, c0, end)
		if err != nil {
			return err
		}
		b := a
		if !p.Same {
			if b, _, err = y.block(w.b, k, p.J0, p.J1, c0, end); err != nil {
				return err
			}
		}
		// Of each step of the loops the nr rows of b stay in the first-level cache.
		for j := 0; j < nj; j += w.nr {
			end := ni
			if p.Same {
				end = min(ni, j+w.nr)
			}
			w.strip(k, a, b[j*stride:], stride, (end+w.mr-1)/w.mr, w.c[j:], w.ldc)
		}
	}
	w.flush()
	return nil
}

// load reads a block and pads it with zeros: columns to k, rows to padRows.
func load[T Float](dst []T, stride, k int, s Source[T], r0, r1, c0, c1 int) error {
	if err := s.Block(dst, stride, r0, r1, c0, c1); err != nil {
		return err
	}
	rows := r1 - r0
	if c1-c0 < k {
		for r := range rows {
			clear(dst[r*stride+c1-c0 : r*stride+k])
		}
	}
	for r := rows; r < padded(rows); r++ {
		clear(dst[r*stride : r*stride+k])
	}
	return nil
}
