//go:build !amd64

package images

const vectors = false

func acrossAVX2(*byte, *byte, *int32, *uint32, int, int) {}
func downAVX2(*byte, *byte, int, *uint32, int, int)      {}
