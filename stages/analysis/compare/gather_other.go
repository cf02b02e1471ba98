//go:build !amd64

package compare

const gathers = false

func gathered16(_, _, _ *int32, _ int) int64 { panic("compare: no kernel on this platform") }
