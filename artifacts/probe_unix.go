//go:build unix

package artifacts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Probe tries in dir what a store needs of a file system: locks that exclude one
// another, renames over a file, of folders, links. It says what is missing. Locks that
// work on this machine may still not be seen by others: probe there as well, while this
// machine holds one (see ProbeLock).
func Probe(dir string) error {
	work, err := os.MkdirTemp(dir, newPrefix+"probe-*")
	if err != nil {
		return fmt.Errorf("artifacts: probe %s: %w", dir, err)
	}
	defer os.RemoveAll(work)
	fail := func(what string, err error) error { return fmt.Errorf("artifacts: %s: %s: %w", dir, what, err) }
	path := filepath.Join(work, "lock")
	first, err := lockFile(path, lockTry)
	if err != nil {
		return fail("file locks", err)
	}
	defer first.Close()
	if second, err := lockFile(path, lockTry); err == nil {
		second.Close()
		return fail("file locks", errors.New("two have the same lock at once: this file system only pretends to lock"))
	} else if !errors.Is(err, errLocked) {
		return fail("file locks", err)
	}
	if second, err := lockFile(path, lockShared|unix.LOCK_NB); err == nil {
		second.Close()
		return fail("file locks", errors.New("a shared lock is given beside an exclusive one"))
	}
	first.Close()
	again, err := lockFile(path, lockTry)
	if err != nil {
		return fail("file locks", fmt.Errorf("a lock that was given up stays: %w", err))
	}
	again.Close()
	target := filepath.Join(work, "file")
	for _, text := range []string{"one", "two"} {
		if err := replaceFile(target, []byte(text), true); err != nil {
			return fail("replacing a file", err)
		}
	}
	if got, err := os.ReadFile(target); err != nil || string(got) != "two" {
		return fail("replacing a file", fmt.Errorf("reads %q, %w", got, err))
	}
	from, to := filepath.Join(work, "from"), filepath.Join(work, "to")
	if err := errors.Join(os.Mkdir(from, 0o755), os.Rename(from, to)); err != nil {
		return fail("renaming a folder", err)
	}
	if err := os.Symlink(target, filepath.Join(work, "link")); err != nil {
		return fail("symbolic links", err)
	}
	return nil
}

// ProbeLock reports whether the lock of path, which another machine holds, is seen
// here. It is false where locks are kept to one machine (Lustre with localflock).
func ProbeLock(path string) (seen bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer f.Close()
	switch err := flock(f, lockTry); {
	case errors.Is(err, errLocked):
		return true, nil
	case err != nil:
		return false, err
	}
	return false, nil
}

// HoldLock takes the lock of path, made when absent, for ProbeLock on another machine.
func HoldLock(path string) (release func(), err error) {
	f, err := lockFile(path, lockTry)
	if err != nil {
		return nil, err
	}
	return func() {
		os.Remove(path)
		f.Close()
	}, nil
}

// fileSystems names those whose magic numbers statfs gives.
var fileSystems = map[int64]string{
	0x6969: "NFS", 0x0BD00BD0: "Lustre", 0x47504653: "GPFS", 0x19830326: "BeeGFS", 0xC36400: "CephFS", 0xFF534D42: "CIFS", 0xFE534D42: "SMB",
	0xEF53: "ext4", 0x58465342: "XFS", 0x9123683E: "btrfs", 0x2FC12FC1: "ZFS", 0x01021994: "tmpfs", 0x794C7630: "overlay", 0x65735546: "FUSE", 0xAAD7AAEA: "Panfs",
}

// FileSystem names the type of the file system of dir, and says whether other machines
// usually see the same: known is false for types that may or may not be shared.
func FileSystem(dir string) (name string, shared, known bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return "unknown", false, false
	}
	name, ok := fileSystems[int64(st.Type)] //nolint:unconvert // an int32 or uint32 elsewhere
	if !ok {
		return fmt.Sprintf("type %#x", st.Type), false, false
	}
	switch name {
	case "NFS", "Lustre", "GPFS", "BeeGFS", "CephFS", "CIFS", "SMB", "Panfs":
		return name, true, true
	case "FUSE":
		return name, false, false
	}
	return name, false, true
}

// FreeSpace is what an ordinary user may still write to the file system of dir, in
// bytes.
func FreeSpace(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return int64(st.Bavail) * int64(st.Bsize), nil //nolint:unconvert // of other types elsewhere
}
