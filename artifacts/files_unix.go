//go:build unix

package artifacts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
//
// lag is how far the clock that stamps the file is behind this machine's: that of a
// file server may be.
func identify(info fs.FileInfo, lag time.Duration) (id fileID, settled bool) {
	st := info.Sys().(*syscall.Stat_t)
	id = fileID{Dev: uint64(st.Dev), Inode: st.Ino, Size: st.Size, MTime: mtime(st), CTime: ctime(st)} //nolint:unconvert // an int32 on Darwin
	return id, time.Now().UnixNano()-int64(lag)-max(id.MTime, id.CTime) > int64(tick)
}

// clockLag measures how far the clock that stamps files in dir is behind this
// machine's, by making a file there. Where none can be made, nobody writes either.
func clockLag(dir string) time.Duration {
	f, err := os.CreateTemp(dir, newPrefix+"*")
	if err != nil {
		return 0
	}
	defer func() {
		f.Close()
		os.Remove(f.Name())
	}()
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return time.Since(info.ModTime())
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
		case errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOLCK):
			return fmt.Errorf("%w: %s: %w (on Lustre it must be mounted with -o flock); put the store on another with --store DIR", ErrNoLocks, filepath.Dir(f.Name()), err)
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

// lockSuffix is what the lock file of a temporary directory has after the directory's
// name. The directory itself is not locked: NFS keeps such locks to one machine, and
// takes exclusive ones only on files that are open for writing.
const lockSuffix = ".lock"

// tempLock tells others that the maker of a temporary directory lives.
type tempLock struct{ file *os.File }

// release gives the lock up and removes its file. The directory is gone by then, or has
// its final name.
func (l tempLock) release() {
	os.Remove(l.file.Name())
	l.file.Close()
}

// tempDir makes a directory and holds a lock beside it, so that others can tell it from
// one whose maker died.
func tempDir(parent, pattern string) (string, tempLock, error) {
	for {
		f, err := os.CreateTemp(parent, pattern+lockSuffix)
		if err != nil {
			return "", tempLock{}, err
		}
		lock, dir := tempLock{f}, strings.TrimSuffix(f.Name(), lockSuffix)
		switch err := flock(f, lockTry); {
		case errors.Is(err, errLocked) || err == nil && !samePlace(f, f.Name()):
			f.Close() // a cleaner was quicker
			continue
		case err != nil:
			lock.release()
			return "", tempLock{}, err
		}
		err = os.Mkdir(dir, 0o755)
		if err == nil {
			return dir, lock, nil
		}
		lock.release()
		if !errors.Is(err, fs.ErrExist) {
			return "", tempLock{}, err
		}
	}
}

// removeStale removes the directories that match pattern and whose maker is dead.
func removeStale(pattern string, dryRun bool) (removed int, bytes int64, err error) {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return 0, 0, err
	}
	seen := map[string]bool{}
	for _, path := range found {
		dir := strings.TrimSuffix(path, lockSuffix)
		if seen[dir] {
			continue
		}
		seen[dir] = true
		n, size, err := removeDead(dir, dryRun)
		removed, bytes = removed+n, bytes+size
		if err != nil {
			return removed, bytes, err
		}
	}
	return removed, bytes, nil
}

// removeDead removes a directory and its lock unless its maker lives.
func removeDead(dir string, dryRun bool) (removed int, bytes int64, err error) {
	info, err := os.Lstat(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, 0, err
	}
	if info != nil && !info.IsDir() {
		return 0, 0, nil // not ours
	}
	lock, err := lockFile(dir+lockSuffix, lockTry)
	if errors.Is(err, errLocked) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	defer lock.Close()
	if isOccupied(dir) {
		removed, bytes = 1, dirSize(dir)
		if !dryRun {
			err = os.RemoveAll(dir)
		}
	}
	return removed, bytes, errors.Join(err, os.Remove(lock.Name()))
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

// forget gives back the memory of a mapped file, whose content is read again when it is
// touched.
func forget(data []byte) { _ = unix.Madvise(data, unix.MADV_DONTNEED) }
