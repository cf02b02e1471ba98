// Package damage changes bytes of files at random, for tests of readers: whatever the
// bytes say, a reader neither panics nor takes memory that only the damage claims.
package damage

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"
)

// Most is the memory in bytes that reading one damaged file may allocate in all, beside
// perByte for each of its bytes, which a compressed file may stand for.
const (
	Most    = 1 << 30
	perByte = 1 << 11
)

// Each hands damaged copies of the files to read, tries of each, in the order of their
// names: one to four bytes of each copy are others. With REALNET_DAMAGED=n in the
// environment it takes n times as many.
func Each(t *testing.T, files map[string][]byte, tries func(size int) int, read func(name string, raw []byte)) {
	t.Helper()
	times, err := strconv.Atoi(os.Getenv("REALNET_DAMAGED"))
	if err != nil {
		times = 1
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		whole := files[name]
		if len(whole) == 0 {
			continue
		}
		rng := rand.New(rand.NewPCG(1, uint64(len(whole))))
		for try := range times * tries(len(whole)) {
			raw := bytes.Clone(whole)
			for range 1 + rng.IntN(4) {
				raw[rng.IntN(len(raw))] = byte(rng.IntN(256))
			}
			if took := allocated(t, name, try, raw, read); took > Most+perByte*uint64(len(raw)) {
				t.Errorf("%s, try %d: took %d MiB for a file of %d bytes", name, try, took>>20, len(raw))
			}
		}
	}
}

// allocated is what reading one file allocates.
func allocated(t *testing.T, name string, try int, raw []byte, read func(name string, raw []byte)) uint64 {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("%s, try %d: panic: %v\n%s", name, try, r, debug.Stack())
		}
	}()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	read(name, raw)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
