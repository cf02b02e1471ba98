//go:build !amd64

package gram

func kernels() []kernel { return []kernel{generic} }
