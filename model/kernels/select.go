package kernels

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// Environment names the variable that forces a kind of kernel.
const Environment = "REALNET_KERNEL"

// Kinds of kernel, fastest first.
const (
	AVX512  = "avx512"
	AVX2    = "avx2"
	Generic = "generic"
)

var (
	// ErrUnknownKind is returned when no kernel has the name asked for.
	ErrUnknownKind = errors.New("unknown kind of kernel")
	// ErrUnsupportedKind is returned when this processor or this build lacks
	// the kind asked for.
	ErrUnsupportedKind = errors.New("kind of kernel not supported here")
)

// Supported lists the kinds that run here, fastest first.
func Supported() []string { return append(vectorKinds(), Generic) }

// Default returns the backend that the environment variable REALNET_KERNEL
// names or, when it is empty, the fastest one supported.
func Default(p Precision, w *Workers) (Backend, error) {
	kind := os.Getenv(Environment)
	b, err := Select(kind, p, w)
	if err != nil {
		return nil, fmt.Errorf("%s=%s: %w", Environment, kind, err)
	}
	return b, nil
}

// Select returns the backend of a kind: "avx512", "avx2", "generic", or "" for
// the fastest one supported; precision "" is FP32.
func Select(kind string, p Precision, w *Workers) (Backend, error) {
	p, err := ParsePrecision(string(p))
	if err != nil {
		return nil, err
	}
	if kind == "" {
		kind = Supported()[0]
	}
	switch kind {
	case Generic:
		if p == BF16 {
			return &roundingGeneric{generic: *newGeneric[float32](w)}, nil
		}
		return newGeneric[float32](w), nil
	case AVX512, AVX2:
		for _, k := range vectorKinds() {
			if k == kind {
				return newVector(kind, p, w), nil
			}
		}
		return nil, fmt.Errorf("%q: %w; use one of: %s", kind, ErrUnsupportedKind, strings.Join(Supported(), ", "))
	}
	return nil, fmt.Errorf("%q: %w; use one of: %s", kind, ErrUnknownKind, strings.Join(Supported(), ", "))
}
