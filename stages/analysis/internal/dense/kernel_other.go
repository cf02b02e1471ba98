//go:build !amd64

package dense

// all lists the kernels of this processor.
func all() []kernel { return []kernel{generic} }
