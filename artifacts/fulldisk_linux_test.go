package artifacts

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("needs to mount a small tmpfs: %v", err)
	}
	defer func() { must(t, unix.Unmount(dir, 0)) }()
	must(t, fillDisk(dir))
}
