//go:build !amd64

package decoding

var haveKernel = false

func smo32(_, _, _, _, _, _ *float64, _ float64, _ int, _, _ uint32) (int, bool) {
	panic("decoding: no kernel on this platform")
}
