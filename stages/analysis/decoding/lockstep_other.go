//go:build !amd64

package decoding

const seats = 16

// lockstep has kernels for amd64 only.
type lockstep struct {
	pairs          []seat
	tried, refused int
}

type seat struct {
	i, j  int
	out   *float64
	exact bool
}

func newLockstep([]division, int) *lockstep        { return nil }
func (*lockstep) add(int, int, *float64) []float64 { return nil }
func (*lockstep) gram(int) []float64               { return nil }
func (*lockstep) solve(int, SVC) uint32            { return 0 }
func (*lockstep) start(*solver, int, int) bool     { return false }
