package kernels

import "golang.org/x/sys/cpu"

//go:generate go run ./gen -family gemm -out gemm_amd64.s -stubs gemm_amd64.go -pkg kernels
//go:generate go run ./gen -family winograd -out winograd_amd64.s -stubs winograd_amd64.go -pkg kernels
//go:generate go run ./gen -family rows -out rows_amd64.s -stubs rows_amd64.go -pkg kernels
//go:generate go run ./gen -family flat -out flat_amd64.s -stubs flat_amd64.go -pkg kernels
//go:generate go run ./gen -family pairs -out pairs_amd64.s -stubs pairs_amd64.go -pkg kernels

func vectorKinds() []string {
	var kinds []string
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		return kinds
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasBMI2 {
		kinds = append(kinds, AVX512)
	}
	return append(kinds, AVX2)
}

func newVector(kind string, p Precision, w *Workers) Backend {
	s := &isaAVX2
	if kind == AVX512 {
		s = &isaAVX512
	}
	b := newBlocked(s, w)
	if p == BF16 {
		half := newBlocked(s.rounding(cpu.X86.HasAVX512BF16), w)
		half.full = b
		b = half
	}
	return b
}

var isaAVX512 = isa{
	name: AVX512, lanes: 16, half: &isaAVX2,
	byRows: []tileKernel{
		{14, gemmRow14x32AVX512, gemmRow14x16AVX512},
		{8, gemmRow8x32AVX512, gemmRow8x16AVX512},
		{4, gemmRow4x32AVX512, gemmRow4x16AVX512},
		{2, gemmRow2x32AVX512, gemmRow2x16AVX512},
	},
	byColumns: []tileKernel{
		{14, gemmCol14x32AVX512, gemmCol14x16AVX512},
		{8, gemmCol8x32AVX512, gemmCol8x16AVX512},
		{4, gemmCol4x32AVX512, gemmCol4x16AVX512},
		{2, gemmCol2x32AVX512, gemmCol2x16AVX512},
	},
	four: filtering{winogradInputAVX512, winogradGradientAVX512, winogradFilterAVX512, winogradOutputAVX512, winogradWeightsAVX512},
	filtered: [2]rounded{
		{
			points: 16, filter: winograd2FilterAVX512, weights: winograd2WeightsAVX512,
			input: patches{4, 2, winograd2InputAVX512}, back: patches{4, 2, winograd2InputAVX512}, gradient: patches{2, 2, winograd2GradientAVX512},
			output: placed{2, winograd2OutputAVX512}, image: placed{2, winograd2OutputAVX512},
		},
		{
			points: 25, filter: stridedFilterAVX512, weights: stridedWeightsAVX512,
			input: patches{5, 4, stridedInputAVX512}, back: patches{3, 2, stridedBackAVX512}, gradient: patches{2, 2, stridedGradientAVX512},
			output: placed{2, stridedOutputAVX512}, image: placed{4, stridedImageAVX512},
		},
	},

	columnSum: columnSumAVX512, columnSquares: columnSquaresAVX512,
	affine: affineAVX512, affineReLU: affineReLUAVX512, affineRes: affineResAVX512, affineResReLU: affineResReLUAVX512,
	normSums: normSumsAVX512, normSumsReLU: normSumsReLUAVX512,
	normGradient: normGradientAVX512, normGradientReLU: normGradientReLUAVX512,
	normGradientRes: normGradientResAVX512, normGradientResReLU: normGradientResReLUAVX512,

	add: addAVX512, relu: reluAVX512, addReLU: addReLUAVX512, reluMask: reluMaskAVX512, transpose: transpose, adam: adamAVX512,
	windowMax: windowMaxAVX512, windowGradient: windowGradientAVX512,
	dots: dotsAVX512, dotRows: 4,

	bf16: &pairISA{
		byRows: []tileKernel{
			{14, gemmRow14x32BF16, gemmRow14x16BF16},
			{8, gemmRow8x32BF16, gemmRow8x16BF16},
			{4, gemmRow4x32BF16, gemmRow4x16BF16},
			{2, gemmRow2x32BF16, gemmRow2x16BF16},
		},
		byColumns: []tileKernel{
			{14, gemmCol14x32BF16, gemmCol14x16BF16},
			{8, gemmCol8x32BF16, gemmCol8x16BF16},
			{4, gemmCol4x32BF16, gemmCol4x16BF16},
			{2, gemmCol2x32BF16, gemmCol2x16BF16},
		},
		along: pairsAlong, across: pairsAcross,
		input: [2]transformFunc{winograd2InputBF16, stridedInputBF16},
		back:  [2]transformFunc{winograd2InputBF16, stridedBackBF16},
	},
}

var isaAVX2 = isa{
	name: AVX2, lanes: 8,
	byRows: []tileKernel{
		{6, gemmRow6x16AVX2, gemmRow6x8AVX2},
		{4, gemmRow4x16AVX2, gemmRow4x8AVX2},
		{2, gemmRow2x16AVX2, gemmRow2x8AVX2},
	},
	byColumns: []tileKernel{
		{6, gemmCol6x16AVX2, gemmCol6x8AVX2},
		{4, gemmCol4x16AVX2, gemmCol4x8AVX2},
		{2, gemmCol2x16AVX2, gemmCol2x8AVX2},
	},
	four: filtering{winogradInputAVX2, winogradGradientAVX2, winogradFilterAVX2, winogradOutputAVX2, winogradWeightsAVX2},
	filtered: [2]rounded{
		{
			points: 16, filter: winograd2FilterAVX2, weights: winograd2WeightsAVX2,
			input: patches{4, 2, winograd2InputAVX2}, back: patches{4, 2, winograd2InputAVX2}, gradient: patches{2, 2, winograd2GradientAVX2},
			output: placed{2, winograd2OutputAVX2}, image: placed{2, winograd2OutputAVX2},
		},
		{
			points: 25, filter: stridedFilterAVX2, weights: stridedWeightsAVX2,
			input: patches{5, 4, stridedInputAVX2}, back: patches{3, 2, stridedBackAVX2}, gradient: patches{2, 2, stridedGradientAVX2},
			output: placed{2, stridedOutputAVX2}, image: placed{4, stridedImageAVX2},
		},
	},

	columnSum: columnSumAVX2, columnSquares: columnSquaresAVX2,
	affine: affineAVX2, affineReLU: affineReLUAVX2, affineRes: affineResAVX2, affineResReLU: affineResReLUAVX2,
	normSums: normSumsAVX2, normSumsReLU: normSumsReLUAVX2,
	normGradient: normGradientAVX2, normGradientReLU: normGradientReLUAVX2,
	normGradientRes: normGradientResAVX2, normGradientResReLU: normGradientResReLUAVX2,

	add: addAVX2, relu: reluAVX2, addReLU: addReLUAVX2, reluMask: reluMaskAVX2, transpose: transpose, adam: adamAVX2,
	windowMax: windowMaxAVX2, windowGradient: windowGradientAVX2,
	dots: dotsAVX2, dotRows: 2,
}
