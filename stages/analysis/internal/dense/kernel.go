package dense

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

// Kernel names the kernel of this machine: the last bits depend on it.
func Kernel() string { return best.name }

const (
	genericRows, genericCols = 4, 4
	lane                     = 8 // dots and add take a multiple of it
)

var generic = kernel{"go", genericRows, genericCols, tile, dots, add}
