package gram

import (
	"context"
	"maps"
	"slices"
	"sync"
	"unsafe"

	"realnet/stages/analysis/internal/parallel"
)

// maxPacked is the size in bytes up to which matrices are packed.
const maxPacked = 64 << 20

// operand is one side of the products: read block by block, or packed, which
// converts every value once.
type operand[T Float] struct {
	src    Source[T]
	tiles  map[int][]T // packed rows by the first of the tile, laid out as blocks are
	stride int
}

// block gives rows [r0,r1) and columns [c0,c1), padded to k columns: in place, or
// read into buf.
func (o operand[T]) block(buf []T, k, r0, r1, c0, c1 int) (data []T, stride int, err error) {
	if o.tiles != nil {
		return o.tiles[r0][c0:], o.stride, nil
	}
	return buf, k + skew, load(buf, k+skew, k, o.src, r0, r1, c0, c1)
}

// operands packs a and b when they are small and the pairs read their rows more
// than twice; the sums have the same bits. Without b it is a. release ends their use.
func operands[T Float](ctx context.Context, a, b Source[T], pairs []Pair, workers int) (x, y operand[T], release func(), err error) {
	rows, cols := a.Dims()
	if b != nil {
		m, _ := b.Dims()
		rows += m
	}
	var reads int
	left, right := map[int]int{}, map[int]int{} // tiles: first row to the row after the last
	for _, p := range pairs {
		reads += p.I1 - p.I0
		left[p.I0] = p.I1
		if p.Same {
			continue
		}
		reads += p.J1 - p.J0
		if b == nil {
			left[p.J0] = p.J1
		} else {
			right[p.J0] = p.J1
		}
	}
	x, y = operand[T]{src: a}, operand[T]{src: b}
	var value T
	if rows*cols*int(unsafe.Sizeof(value)) <= maxPacked && reads > 2*rows {
		if x, err = pack(ctx, a, left, workers); err != nil {
			return x, y, x.release, err
		}
		if b != nil {
			y, err = pack(ctx, b, right, workers)
		}
	}
	if b == nil {
		return x, x, x.release, err
	}
	return x, y, func() { x.release(); y.release() }, err
}

// pack reads whole tiles.
func pack[T Float](ctx context.Context, s Source[T], tiles map[int]int, workers int) (operand[T], error) {
	_, cols := s.Dims()
	k := (cols + lane - 1) / lane * lane
	o := operand[T]{src: s, tiles: map[int][]T{}, stride: k + skew}
	firsts := slices.Sorted(maps.Keys(tiles))
	data := make([][]T, len(firsts))
	err := parallel.Run(ctx, workers, len(firsts), func(_, i int) error {
		r0, r1 := firsts[i], tiles[firsts[i]]
		data[i] = take[T](padded(r1-r0) * o.stride)
		return load(data[i], o.stride, k, s, r0, r1, 0, cols)
	})
	for i, r0 := range firsts {
		o.tiles[r0] = data[i]
	}
	return o, err
}

// used32 and used64 keep the memory of packed tiles until the next collection: RDMs are
// made one after the other, and clearing new memory takes as long as packing.
var used32, used64 sync.Pool

func used[T Float]() *sync.Pool {
	if _, single := any(T(0)).(float32); single {
		return &used32
	}
	return &used64
}

// take gives n values, whatever they are.
func take[T Float](n int) []T {
	if p, _ := used[T]().Get().(*[]T); p != nil && cap(*p) >= n {
		return (*p)[:n]
	}
	return make([]T, n)
}

// release gives the memory of packed tiles back.
func (o operand[T]) release() {
	for _, data := range o.tiles {
		used[T]().Put(&data)
	}
}
