// Package kernel selects the kernel to run where there is one for each of several kinds of
// processor: the fastest, or the one that REALNET_KERNEL names, as for networks
// (model/kernels). A run on several machines uses one kernel, because the last bits of
// sums depend on it.
package kernel

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Environment names the variable that forces a kernel.
const Environment = "REALNET_KERNEL"

// The kernels.
const (
	AVX512  = "avx512"
	AVX2    = "avx2"
	Generic = "generic"
)

// ErrUnsupported is returned when this processor, or this build, lacks the kernel that
// the environment names.
var ErrUnsupported = errors.New("kernel not supported here")

// Choose gives the name of the kernel to use, of those that are supported, the fastest
// first. A forced one keeps its name where it cannot run, for the plans of runs elsewhere;
// what computes then returns the error.
func Choose(supported ...string) (name string, err error) {
	return choose(os.Getenv(Environment), supported)
}

func choose(forced string, supported []string) (string, error) {
	switch {
	case forced == "":
		return supported[0], nil
	case slices.Contains(supported, forced):
		return forced, nil
	}
	return forced, fmt.Errorf("%s=%s: %w; use one of: %s", Environment, forced, ErrUnsupported, strings.Join(supported, ", "))
}
