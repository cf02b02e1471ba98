package images

import "golang.org/x/sys/cpu"

//go:generate go run gen/main.go -pkg images -out resize_amd64.s -stubs stubs_amd64.go

// vectors says that resizing runs in AVX2; the samples are the same without.
var vectors = cpu.X86.HasAVX2
