package dense

import "golang.org/x/sys/cpu"

var (
	avx2   = kernel{"avx2", 4, 12, tile4x12, dots4, add4}
	avx512 = kernel{"avx512", 8, 24, tile8x24, dots4, add4}
	best   = all()[len(all())-1]
)

// all lists the kernels that this processor has, the fastest last.
func all() []kernel {
	kernels := []kernel{generic}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		kernels = append(kernels, avx2)
		if cpu.X86.HasAVX512F && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512DQ {
			kernels = append(kernels, avx512)
		}
	}
	return kernels
}
