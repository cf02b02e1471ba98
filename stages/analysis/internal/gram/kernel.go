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
}

// lane is what the number of columns of a block is padded to.
const lane = 16

var generic = kernel{name.Generic, 2, 2, dots2x2[float64], dots2x2[float32]}

// pickDots gives the kernel for one element type.
func pickDots[T Float](k kernel) func(n int, a, b *T, stride int, c *float64, ldc int) {
	if f, ok := any(k.double).(func(int, *T, *T, int, *float64, int)); ok {
		return f
	}
	return any(k.single).(func(int, *T, *T, int, *float64, int))
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
