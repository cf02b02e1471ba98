package dense

import name "realnet/stages/analysis/internal/kernel"

//go:generate go run gen/main.go -pkg dense -out dense_amd64.s -stubs stubs_amd64.go

// kernel adds the product of a panel of mr and one of nr columns, k rows each, to a
// tile of c, whose rows are ldc values apart.
type kernel struct {
	name   string
	mr, nr int
	tile   func(k int, l, r, c *float64, ldc int)
	dots   func(n int, a *float64, lda int, x, out *float64)
	add    func(n int, a *float64, lda int, c, y *float64)
}

const (
	genericRows, genericCols = 4, 4
	lane                     = 8 // dots and add take a multiple of it
)

var generic = kernel{name.Generic, genericRows, genericCols, tile, dots, add}

// best is the kernel in use: the plain one where that of the environment cannot run, for
// which the inner products of package gram, which come first, return the error.
var best = pick()

func pick() kernel {
	var names []string
	for _, k := range all() {
		names = append(names, k.name)
	}
	called, _ := name.Choose(names...)
	for _, k := range all() {
		if k.name == called {
			return k
		}
	}
	return generic
}
