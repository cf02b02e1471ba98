package decoding

import "golang.org/x/sys/cpu"

var haveKernel = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ

// smo32 is smo for a matrix of row stride 32 whose unused lanes have
// beta = lo = hi = 0. Bit t of up says beta_t < hi_t, of down beta_t > lo_t.
//
//go:noescape
func smo32(k, diag, beta, lo, hi, slope *float64, tol float64, limit int, up, down uint32) (steps int, done bool)
