package hdf5

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"realnet/data/internal/damage"
)

// readAll reads everything that the file has and returns the first error.
func readAll(f *File) error {
	var first error
	keep := func(err error) {
		if first == nil && err != nil && !errors.Is(err, ErrType) {
			first = err
		}
	}
	keep(f.Walk(func(o Object) error {
		attrs, err := o.Attrs()
		keep(err)
		for _, a := range attrs {
			_, err := a.ReadStrings()
			keep(err)
			_, err = a.ReadFloat64()
			keep(err)
		}
		d, ok := o.(*Dataset)
		if !ok {
			return nil
		}
		_ = d.Type().String()
		for _, name := range d.Type().Names {
			if field, err := d.Field(name); err == nil {
				_, err := field.ReadFloat64()
				keep(err)
			}
		}
		_, err = d.ReadFloat64()
		keep(err)
		_, err = d.ReadInt64()
		keep(err)
		_, err = d.ReadStrings()
		keep(err)
		_, err = d.ReadSequences()
		keep(err)
		_, err = d.ReadReferences()
		keep(err)
		return nil
	}))
	return first
}

func open(raw []byte) (*File, error) { return New(bytes.NewReader(raw), int64(len(raw))) }

// lies are files that claim what is not so, one claim each, patched into base.h5
// (ci/reference/hdf5.py).
func lies(t testing.TB) map[string][]byte {
	t.Helper()
	base, err := os.ReadFile("testdata/base.h5")
	if err != nil {
		t.Fatal(err)
	}
	f, err := open(base)
	if err != nil {
		t.Fatal(err)
	}
	dataset := func(name string) *Dataset {
		d, err := f.Dataset(name)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	flat := dataset("flat").layout.addr
	index, err := dataset("chunks").chunks()
	if err != nil {
		t.Fatal(err)
	}
	chunk := index.stored[1]
	at := func(off int, values ...byte) []byte {
		b := bytes.Clone(base)
		copy(b[off:], values)
		return b
	}
	u4 := func(v ...uint32) (b []byte) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint32(b, x)
		}
		return b
	}
	u8 := func(v ...uint64) (b []byte) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint64(b, x)
		}
		return b
	}
	replace := func(old, with []byte) []byte {
		if !bytes.Contains(base, old) || len(old) != len(with) {
			t.Fatalf("%x is not in base.h5", old)
		}
		return bytes.ReplaceAll(base, old, with)
	}
	key := append(u4(0), u8(13)...) // filter mask and offset of the second chunk
	tree, heap := bytes.Index(base, []byte("TREE")), bytes.Index(base, []byte("GCOL"))
	loop := at(tree+5, 1) // a leaf that says it is an inner node, and its own child
	copy(loop[tree+32:], u8(uint64(tree)))
	return map[string][]byte{
		"nothing":            {},
		"text":               bytes.Repeat([]byte("not a data file\n"), 40),
		"signature only":     base[:8],
		"half a superblock":  base[:60],
		"sizes of 3":         at(13, 3),
		"superblock 9":       at(8, 9),
		"long shape":         replace(u8(23), u8(1<<40)),
		"endless shape":      replace(u8(23), u8(1<<64-1)),
		"long chunked shape": replace(u8(39), u8(1<<44)),
		"data outside":       replace(u8(flat, 23*8), u8(1<<50, 23*8)),
		"chunk outside":      replace(u8(chunk.addr), u8(1<<50)),
		"chunk too large":    replace(append(u4(uint32(chunk.size)), key...), append(u4(1<<31), key...)),
		"chunk unaligned":    replace(key, append(u4(0), u8(14)...)),
		"chunk twice":        replace(key, append(u4(0), u8(0)...)),
		"chunk shape 2^32":   replace(u4(13, 4), u4(1<<32-1, 4)),
		"chunk shape 0":      replace(u4(13, 4), u4(0, 4)),
		"fletcher32":         at(int(chunk.addr+chunk.size)-1, base[chunk.addr+chunk.size-1]^1),
		"gzip":               at(int(chunk.addr)+9, base[chunk.addr+9]^255),
		"tree loop":          loop,
		"empty name":         replace([]byte("flat\x00"), []byte("\x00lat\x00")),
		"heap size":          at(heap+8, u8(1<<60)...),
		"heap value size":    at(heap+24, u8(1<<60)...),
	}
}

// TestHostile reads files that lie: an error that says so, and no memory for what
// is not there.
func TestHostile(t *testing.T) {
	for name, raw := range lies(t) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f, err := open(raw)
			if err == nil {
				err = readAll(f)
			}
			runtime.ReadMemStats(&after)
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrNotHDF5) && !errors.Is(err, ErrUnsupported) {
				t.Errorf("error %v, want one of this package", err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
				t.Errorf("took %d bytes for a file of %d", n, len(raw))
			}
			t.Log(err)
		})
	}
}

func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/*.h5")
	if err != nil || len(names) == 0 {
		t.Fatal("no fixtures", err)
	}
	all := map[string][]byte{}
	for _, name := range names {
		if all[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestTruncated cuts every fixture at many lengths: never a panic, never the
// values of a whole file.
func TestTruncated(t *testing.T) {
	for name, raw := range fixtures(t) {
		step := max(1, len(raw)/25)
		for n := 0; n < len(raw); n += step {
			f, err := open(raw[:n])
			if err == nil {
				err = readAll(f)
			}
			if err == nil {
				t.Errorf("%s cut at %d of %d is read without an error", name, n, len(raw))
			}
		}
	}
}

// Chunks without an index are counted for the shape that the dataset may grow to, which the
// file must have room for: a shape beyond that took memory for what it claimed.
func TestImplicitIndexBeyondTheFile(t *testing.T) {
	raw := fixtures(t)["testdata/indices_latest.h5"]
	sizes := func(v ...uint64) (b []byte) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint64(b, x)
		}
		return b
	}
	was := sizes(30, 14, 40, 20) // shape and limit of the dataset "implicit"
	if bytes.Count(raw, was) != 1 {
		t.Fatal("the fixture has changed")
	}
	for name, now := range map[string][]byte{
		"longer than the limit": sizes(1<<30, 14, 40, 20),
		"without a limit":       sizes(1<<30, 14, 1<<64-1, 20),
		"an empty limit":        sizes(1<<30, 14, 0, 20),
	} {
		f, err := open(bytes.Replace(raw, was, now, 1))
		if err != nil {
			t.Fatal(err)
		}
		f.trust = true
		d, err := f.Dataset("implicit")
		if err == nil {
			_, err = d.ReadInt64()
		}
		if !errors.Is(err, ErrFormat) {
			t.Errorf("%s: error %v, want ErrFormat", name, err)
		}
	}
}

// TestDamaged changes bytes at random, with checksums off so that the damage is reached.
func TestDamaged(t *testing.T) {
	damage.Each(t, fixtures(t), func(size int) int { return 800 / (size/1000 + 10) }, func(_ string, raw []byte) {
		if f, err := open(raw); err == nil {
			f.trust = true
			_ = readAll(f)
		}
	})
}

func FuzzFile(f *testing.F) {
	for _, raw := range fixtures(f) {
		if len(raw) < 20_000 {
			f.Add(raw, true)
		}
	}
	for _, raw := range lies(f) {
		f.Add(raw, false)
	}
	f.Fuzz(func(_ *testing.T, raw []byte, trust bool) {
		file, err := open(raw)
		if err != nil {
			return
		}
		file.trust = trust
		file.Workers = 1
		_ = readAll(file)
	})
}
