package gram

import name "realnet/stages/analysis/internal/kernel"

//go:generate go run gen/main.go -pkg gram -out gram_amd64.s -stubs stubs_amd64.go

// kernel adds the inner products of mr rows of a and nr rows of b, which are
// stride values apart, over k columns (a multiple of lane) to c[i*ldc+j].
type kernel struct {
	name   string
	mr, nr int
	double func(k int, a, b *float64, stride int, c *float64, ldc int)
	single func(k int, a, b *float32, stride int, c *float64, ldc int)
	// Instead of these, for several tiles down the rows of a: the products of a tile are
	// left in sums, mr*nr registers of 64 bytes, and those of the tile before, last, are
	// added to its c. The two take turns.
	deferredDouble deferred[float64]
	deferredSingle deferred[float32]
}

type deferred[T Float] func(k int, a, b *T, stride, tiles int, sums, last *T, lastC, c *float64, ldc int)

// lane is what the number of columns of a block is padded to.
const lane = 16

var generic = kernel{name: name.Generic, mr: 2, nr: 2, double: dots2x2[float64], single: dots2x2[float32]}

// strip is the kernel for one element type, over tiles that follow each other down the
// rows of a.
type strip[T Float] func(k int, a, b []T, stride, tiles int, c []float64, ldc int)

// strips gives the kernel for one element type, for one goroutine. The sums are complete
// after flush.
func strips[T Float](k kernel) (f strip[T], flush func()) {
	put, ok := any(k.deferredDouble).(deferred[T])
	if !ok {
		put = any(k.deferredSingle).(deferred[T])
	}
	if put != nil {
		return postpone(put, k.mr, k.nr)
	}
	dots, ok := any(k.double).(func(int, *T, *T, int, *float64, int))
	if !ok {
		dots = any(k.single).(func(int, *T, *T, int, *float64, int))
	}
	return func(n int, a, b []T, stride, tiles int, c []float64, ldc int) {
		for i := range tiles {
			dots(n, &a[i*k.mr*stride], &b[0], stride, &c[i*k.mr*ldc], ldc)
		}
	}, func() {}
}

// postpone adds up the lanes of each tile with the next one.
func postpone[T Float](put deferred[T], mr, nr int) (f strip[T], flush func()) {
	sums, last := make([]T, mr*nr*lane), make([]T, mr*nr*lane)
	none := make([]T, (mr+nr)*lane)
	var before []float64 // c of the last tile, nil without one
	var ldc int
	f = func(n int, a, b []T, stride, tiles int, c []float64, ldcNow int) {
		ldc = ldcNow
		if before == nil {
			clear(last)
			before = c
		}
		put(n, &a[0], &b[0], stride, tiles, &sums[0], &last[0], &before[0], &c[0], ldc)
		if tiles%2 == 1 {
			sums, last = last, sums
		}
		before = c[(tiles-1)*mr*ldc:]
	}
	flush = func() {
		if before != nil {
			put(0, &none[0], &none[0], lane, 1, &sums[0], &last[0], &before[0], &before[0], ldc)
			before = nil
		}
	}
	return f, flush
}

// best is the kernel in use, called chosen; it is the plain one where refused says that
// the one chosen cannot run.
var best, chosen, refused = pick()

func pick() (k kernel, called string, err error) {
	var names []string
	for _, k := range all() {
		names = append(names, k.name)
	}
	called, err = name.Choose(names...)
	for _, k := range all() {
		if k.name == called {
			return k, called, err
		}
	}
	return generic, called, err
}

// Kernel names the kernel of this process: the last bits depend on it.
func Kernel() string { return chosen }
