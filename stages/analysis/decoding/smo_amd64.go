package decoding

import (
	"golang.org/x/sys/cpu"

	"realnet/stages/analysis/internal/kernel"
)

// supported lists the kernels that this processor has, the one for it first; AVX2 has no
// code of its own.
func supported() []string {
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ {
		return []string{kernel.AVX512, kernel.AVX2, kernel.Generic}
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		return []string{kernel.Generic, kernel.AVX2}
	}
	return []string{kernel.Generic}
}

// smo32 is smo for a matrix of row stride 32 whose unused lanes have
// beta = lo = hi = 0.
//
//go:noescape
func smo32(k, diag, beta, lo, hi, slope *float64, tol float64, limit int) (steps int, done bool)
