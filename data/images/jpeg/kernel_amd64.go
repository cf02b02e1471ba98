package jpeg

import "golang.org/x/sys/cpu"

//go:generate go run gen/main.go -pkg jpeg -out jpeg_amd64.s -stubs stubs_amd64.go

// vectors says that the transform, the upsampling and the colours run in AVX2; the
// samples are the same without.
var vectors = cpu.X86.HasAVX2
