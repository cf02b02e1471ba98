package dense

import (
	"golang.org/x/sys/cpu"

	name "realnet/stages/analysis/internal/kernel"
)

var (
	avx2   = kernel{name.AVX2, 4, 12, tile4x12, dots4, add4}
	avx512 = kernel{name.AVX512, 8, 24, tile8x24, dots4, add4}
)

// all lists the kernels that this processor has, the fastest first.
func all() []kernel {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		return []kernel{generic}
	}
	if !cpu.X86.HasAVX512F || !cpu.X86.HasAVX512VL || !cpu.X86.HasAVX512DQ {
		return []kernel{avx2, generic}
	}
	return []kernel{avx512, avx2, generic}
}
