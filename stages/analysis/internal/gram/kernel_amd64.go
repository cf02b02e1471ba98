package gram

import "golang.org/x/sys/cpu"

var (
	best    = pick()
	vectors = cpu.X86.HasAVX2 && cpu.X86.HasFMA
	avx2    = kernel{"avx2", 3, 4, dots3x4, dots3x4single}
	avx512  = kernel{"avx512", 4, 6, dots4x6, dots4x6single}
)

func pick() kernel {
	switch {
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512DQ:
		return avx512
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return avx2
	}
	return generic
}
