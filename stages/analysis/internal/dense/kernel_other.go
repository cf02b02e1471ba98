//go:build !amd64

package dense

var best = generic

func all() []kernel { return []kernel{generic} }
