package gram

import (
	"golang.org/x/sys/cpu"

	name "realnet/stages/analysis/internal/kernel"
)

var (
	avx2   = kernel{name: name.AVX2, mr: 3, nr: 4, double: dots3x4, single: dots3x4single}
	avx512 = kernel{name: name.AVX512, mr: 4, nr: 6, deferredDouble: dots4x6, deferredSingle: dots4x6single}
)

// vectors says that conversions and sums run in AVX2 as well.
var vectors = best.name != name.Generic

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
