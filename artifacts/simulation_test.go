package artifacts

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// The tests of this file start the test program again as children that can be killed,
// or run out of disk. TestMain runs the child's part.
func TestMain(m *testing.M) {
	switch os.Getenv("ARTIFACTS_CHILD") {
	case "user":
		seed, err := strconv.ParseUint(os.Getenv("ARTIFACTS_SEED"), 10, 64)
		if err == nil {
			err = useStore(os.Getenv("ARTIFACTS_DIR"), seed, 1<<30)
		}
		fmt.Println("error", err)
		os.Exit(1)
	case "small disk":
		fmt.Println(writeWithLimit(os.Getenv("ARTIFACTS_DIR")))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(what, dir string, seed uint64) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ARTIFACTS_CHILD="+what, "ARTIFACTS_DIR="+dir, fmt.Sprint("ARTIFACTS_SEED=", seed))
	return cmd
}

// useStore does what executors do, n times: lock a node, look it up, make it when
// it is not there, read and compare the values; now and then remember, forget, collect.
func useStore(dir string, seed uint64, n int) error {
	r := rand.New(rand.NewPCG(seed, 7))
	s, err := OpenStore(dir)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	for range n {
		if err := useOnce(s, r); err != nil {
			return err
		}
	}
	return nil
}

func useOnce(s *Store, r *rand.Rand) error {
	key := fmt.Sprint("node ", r.IntN(12))
	switch r.IntN(12) {
	case 0: // another Store, as gc of the command line does
		collector, err := OpenStore(s.Dir())
		if err != nil {
			return err
		}
		_, _, err = collector.GC(false)
		return errors.Join(err, collector.Close())
	case 1:
		err := s.Forget(fmt.Sprint("run ", r.IntN(3)))
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	case 2:
		a, ok, err := s.Lookup(key)
		if !ok || err != nil {
			return err
		}
		return s.Remember(fmt.Sprint("run ", r.IntN(3)), []Digest{a.Digest()})
	}
	unlock, err := s.Lock(key)
	if err != nil {
		return err
	}
	defer unlock()
	a, ok, err := s.Lookup(key)
	if err != nil {
		return err
	}
	if !ok {
		if a, err = putScores(s, key); err != nil {
			return err
		}
	}
	rows, err := ReadTable[score](a, "scores.parquet")
	if err == nil && !cmp.Equal(rows, scoresOf(key)) {
		err = fmt.Errorf("WRONG VALUES under %s", key)
	}
	return err
}

// TestSimulation has goroutines and child processes use one store, kills the children
// at random moments, and wants a store without a fault whose every key reads right.
func TestSimulation(t *testing.T) {
	dir := t.TempDir()
	children, kills := 2, 25
	if testing.Short() {
		kills = 6
	}
	var users, killers sync.WaitGroup
	stop := make(chan struct{})
	for i := range 2 {
		users.Go(func() {
			for n := uint64(0); ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := useStore(dir, uint64(i)<<32|n, 20); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range children {
		killers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 3))
			for range kills {
				cmd := child("user", dir, r.Uint64())
				out, err := cmd.StdoutPipe()
				if err == nil {
					err = cmd.Start()
				}
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(time.Duration(20+r.IntN(100)) * time.Millisecond)
				if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
					t.Errorf("child: %v", err)
				}
				for lines := bufio.NewScanner(out); lines.Scan(); {
					t.Errorf("child: %s", lines.Text())
				}
				_ = cmd.Wait() // says that it was killed
			}
		})
	}
	killers.Wait()
	close(stop)
	users.Wait()

	s := openStore(t, dir)
	mustClean(t, s)
	for i := range 12 {
		key := fmt.Sprint("node ", i)
		a, ok, err := s.Lookup(key)
		must(t, err)
		if !ok {
			continue
		}
		rows, err := ReadTable[score](a, "scores.parquet")
		if err != nil || !cmp.Equal(rows, scoresOf(key)) {
			t.Errorf("%s: wrong values, %v", key, err)
		}
	}
	if _, _, err := s.GC(false); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(s.path("tmp")); len(left) > 0 {
		t.Errorf("GC left %v", left)
	}
	mustClean(t, s)
}

// TestKilledHolderFreesTheLock kills a process while it has locks.
func TestKilledHolderFreesTheLock(t *testing.T) {
	dir := t.TempDir()
	cmd := child("user", dir, 1)
	must(t, cmd.Start())
	time.Sleep(100 * time.Millisecond)
	must(t, cmd.Process.Signal(syscall.SIGKILL))
	_ = cmd.Wait()
	s := openStore(t, dir)
	for i := range 12 {
		unlock, err := s.Lock(fmt.Sprint("node ", i))
		must(t, err)
		unlock()
	}
}

// writeWithLimit commits artifacts while no file may grow beyond 100 kB, which fails
// as a full disk does.
func writeWithLimit(dir string) error {
	limit := unix.Rlimit{Cur: 100_000, Max: 100_000}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	return fillDisk(dir)
}

// fillDisk writes more than there is room for, as every kind, and reports the first
// thing that is not as it should be.
func fillDisk(dir string) error {
	s, err := OpenStore(filepath.Join(dir, "store"))
	if err != nil {
		return err
	}
	schema := Schema{Name: "big", Version: 1, Files: []FileSpec{
		{Name: "x.arrow", Kind: KindTensor, Optional: true},
		{Name: "s.arrow", Kind: KindTensor, Optional: true},
		{Name: "w.arrow", Kind: KindWeights, Optional: true},
		{Name: "r.txt", Kind: KindRaw, Optional: true},
		{Name: "t.parquet", Kind: KindTable, Optional: true},
	}}
	big := ramp[float32](8 << 20)
	for name, write := range map[string]func(w *Writer) error{
		"x.arrow": func(w *Writer) error { return WriteTensor(w, "x.arrow", []int{8, 1 << 20}, big) },
		"s.arrow": func(w *Writer) error {
			tw, err := NewTensorWriter[float32](w, "s.arrow", nil)
			if err != nil {
				return err
			}
			return errors.Join(tw.Append(big), tw.Close())
		},
		"w.arrow": func(w *Writer) error { return WriteWeights(w, "w.arrow", []Param{{"a", []int{8 << 20}, big}}) },
		"r.txt": func(w *Writer) error {
			f, err := w.File("r.txt")
			if err != nil {
				return err
			}
			_, err = f.Write(bytesOf(big))
			return errors.Join(err, f.Close())
		},
		"t.parquet": func(w *Writer) error { return WriteTable(w, "t.parquet", randomRows(1, 500_000)) },
	} {
		w, err := s.Create(schema)
		if err != nil {
			return err
		}
		err = write(w)
		if err == nil || !errors.Is(err, unix.EFBIG) && !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), name) {
			return fmt.Errorf("%s: want an error of the disk that names it, got %w", name, err)
		}
		if _, err := s.Put("k", w, Provenance{}); err == nil {
			return fmt.Errorf("%s: the half-written artifact was put", name)
		}
		if _, ok, err := s.Lookup("k"); ok || err != nil {
			return fmt.Errorf("%s: Lookup: %v %w", name, ok, err)
		}
	}
	if left, _ := os.ReadDir(s.path("tmp")); len(left) > 0 {
		return fmt.Errorf("left behind: %v", left)
	}
	// What fits still works.
	if _, err := putScores(s, "small"); err != nil {
		return err
	}
	return errors.Join(append(s.Check(), s.Close())...)
}

func TestFileSizeLimit(t *testing.T) {
	out, err := child("small disk", t.TempDir(), 0).CombinedOutput()
	if err != nil || string(out) != "<nil>\n" {
		t.Errorf("%v: %s", err, out)
	}
}
