//go:build !amd64

package kernels

func vectorKinds() []string { return nil }

func newVector(kind string, _ Precision, _ *Workers) Backend {
	panic("kernels: " + kind + " on a processor without it")
}
