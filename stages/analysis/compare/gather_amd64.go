package compare

import (
	"golang.org/x/sys/cpu"

	"realnet/stages/analysis/internal/kernel"
)

//go:generate go run gen/main.go -pkg compare -out gather_amd64.s -stubs gather_stubs_amd64.go

// gathers says that gathered16 runs here; sums of whole numbers do not depend on it.
var gathers = func() bool {
	if !cpu.X86.HasAVX512F {
		return false
	}
	name, err := kernel.Choose(kernel.AVX512, kernel.AVX2, kernel.Generic)
	return err == nil && name == kernel.AVX512
}()
