//go:build !amd64

package gram

const vectors = false

// all lists the kernels of this processor.
func all() []kernel { return []kernel{generic} }

func widen8(*float64, *float32, int, float64)           {}
func shift16(*float32, *float32, int, float32, float32) {}
func centre8(*float64, *float32, int, *float64)         {}
func total16(*float32, int) float64                     { return 0 }
