//go:build unix

package artifacts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// fileID identifies a file and the state of its content: any write changes the
// times, and the change time cannot be set back.
type fileID struct {
	Dev   uint64 `json:"dev"`
	Inode uint64 `json:"inode"`
	Size  int64  `json:"size"`
	MTime int64  `json:"mtime_ns"`
	CTime int64  `json:"ctime_ns"`
}

// identify returns the identity of a file, and whether a later write is sure to
// change it. Clocks of file systems tick every few milliseconds: a file written
// within the present tick could be written again and look the same.
func identify(info fs.FileInfo) (id fileID, settled bool) {
	st := info.Sys().(*syscall.Stat_t)
	id = fileID{Dev: uint64(st.Dev), Inode: st.Ino, Size: st.Size, MTime: mtime(st), CTime: ctime(st)} //nolint:unconvert // an int32 on Darwin
	return id, time.Now().UnixNano()-max(id.MTime, id.CTime) > int64(tick)
}

const tick = 25 * time.Millisecond

// lockFile opens path, made when absent, and takes its flock. Without wait it
// returns errLocked when someone else has the lock. The lock dies with the process.
func lockFile(path string, how int) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		if err := flock(f, how); err != nil {
			f.Close()
			return nil, err
		}
		if samePlace(f, path) {
			return f, nil
		}
		f.Close() // removed by the former owner while we waited
	}
}

// flock locks an open file or directory.
func flock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			return errLocked
		case err != nil:
			return fmt.Errorf("lock %s: %w", f.Name(), err)
		}
		return nil
	}
}

var errLocked = errors.New("locked by another")

const (
	lockShared    = unix.LOCK_SH
	lockExclusive = unix.LOCK_EX
	lockTry       = unix.LOCK_EX | unix.LOCK_NB
)

// samePlace reports whether path still leads to f.
func samePlace(f *os.File, path string) bool {
	open, err1 := f.Stat()
	there, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(open, there)
}

// tempDir makes a directory that its maker holds a lock on, so that others can
// tell it from one whose maker died.
func tempDir(parent, pattern string) (string, *os.File, error) {
	for {
		dir, err := os.MkdirTemp(parent, pattern)
		if err != nil {
			return "", nil, err
		}
		var lock *os.File
		if err = os.Chmod(dir, 0o755); err == nil {
			lock, err = os.Open(dir)
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue // a cleaner was quicker
		}
		if err != nil {
			return "", nil, err
		}
		if err := flock(lock, lockTry); err == nil && samePlace(lock, dir) {
			return dir, lock, nil
		}
		lock.Close()
	}
}

// removeStale removes the directories that match pattern and whose maker is dead.
func removeStale(pattern string, dryRun bool) (removed int, bytes int64, err error) {
	dirs, err := filepath.Glob(pattern)
	if err != nil {
		return 0, 0, err
	}
	for _, dir := range dirs {
		lock, err := os.Open(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return removed, bytes, err
		}
		if flock(lock, lockTry) == nil {
			bytes += dirSize(dir)
			removed++
			if !dryRun {
				err = os.RemoveAll(dir)
			}
		}
		lock.Close()
		if err != nil {
			return removed, bytes, err
		}
	}
	return removed, bytes, nil
}

func dirSize(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil // what cannot be read counts nothing
	})
	return n
}

// flush writes a file or directory through to the disk.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// mapFile maps a whole file into memory, read only.
func mapFile(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return nil, fmt.Errorf("%s is empty", f.Name())
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", f.Name(), err)
	}
	return data, nil
}

// withMapped gives use the content of a file, mapped for that long.
func withMapped(path string, use func(data []byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := mapFile(f)
	if err != nil {
		return err
	}
	return errors.Join(use(data), unmap(data))
}

func unmap(data []byte) error { return unix.Munmap(data) }
