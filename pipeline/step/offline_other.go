//go:build !linux || !(amd64 || arm64)

package step

import (
	"errors"
	"runtime"
)

// Offline takes the network away from this process; here nothing does.
func Offline() error {
	return errors.New("take the network away: not on " + runtime.GOOS + "/" + runtime.GOARCH)
}
