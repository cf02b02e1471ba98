//go:build !amd64

package decoding

import "realnet/stages/analysis/internal/kernel"

func supported() []string { return []string{kernel.Generic} }

func smo32(_, _, _, _, _, _ *float64, _ float64, _ int) (int, bool) {
	panic("decoding: no kernel on this platform")
}

func free32(_, _, _, _ *float64) (float64, int) {
	panic("decoding: no kernel on this platform")
}
