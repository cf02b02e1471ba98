//go:build !amd64

package jpeg

const vectors = false

func inverseAVX2(*byte, int, *[64]int16, *[64]int16)        {}
func blendAVX2(*uint16, *byte, *byte, int)                  {}
func widenAVX2(*byte, *uint16, int, uint64, uint64, uint64) {}
func convertAVX2(*byte, *byte, *byte, *byte, int)           {}
