package hdf5

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMetadataChecksums changes every third byte of a file of libver "latest", of which all
// metadata have checksums: names, attributes and shapes come out as they were, or an
// error does. Numbers of contiguous data and values of global heaps have none.
func TestMetadataChecksums(t *testing.T) {
	raw, err := os.ReadFile("testdata/groups_latest.h5")
	if err != nil {
		t.Fatal(err)
	}
	list := func(raw []byte) (string, error) {
		f, err := open(raw)
		if err != nil {
			return "", err
		}
		var b strings.Builder
		err = f.Walk(func(o Object) error {
			if u, ok := o.(*Unreadable); ok {
				return u.Err
			}
			b.WriteString(o.Name() + "\n")
			attrs, err := o.Attrs()
			if err != nil {
				return err
			}
			for _, a := range attrs {
				b.WriteString(a.Name() + a.Type().String() + "\n")
				if v, err := a.ReadFloat64(); err == nil {
					_ = binary.Write(&b, binary.LittleEndian, v)
				}
			}
			if d, ok := o.(*Dataset); ok {
				_ = binary.Write(&b, binary.LittleEndian, d.shape)
			}
			return nil
		})
		return b.String(), err
	}
	want, err := list(raw)
	if err != nil || len(want) < 1000 {
		t.Fatal(len(want), err)
	}
	for i := 0; i < len(raw); i += 3 {
		changed := bytes.Clone(raw)
		changed[i] ^= 0x20
		if got, err := list(changed); err == nil && got != want {
			t.Errorf("byte %d changed: the list is another", i)
		}
	}
}

// Fletcher32 as HDF5 before 1.6.3 stored it: the bytes of each half swapped
// (H5Z__filter_fletcher32 takes both).
func TestOldFletcher(t *testing.T) {
	body := []byte("some bytes of a chunk")
	sum := binary.LittleEndian.AppendUint32(nil, fletcher32(body))
	for _, order := range [][4]int{{0, 1, 2, 3}, {1, 0, 3, 2}} {
		chunk := slices.Clone(body)
		for _, k := range order {
			chunk = append(chunk, sum[k])
		}
		if got, err := checkFletcher(chunk); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%v: %v", order, err)
		}
	}
}

// One object that cannot be read leaves the others.
func TestUnreadable(t *testing.T) {
	raw, err := os.ReadFile("testdata/groups_latest.h5")
	if err != nil {
		t.Fatal(err)
	}
	f, err := open(raw)
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Dataset("few/deeper/x")
	if err != nil {
		t.Fatal(err)
	}
	raw[d.h.addr+9] ^= 1
	if f, err = open(raw); err != nil {
		t.Fatal(err)
	}
	bad, good := 0, 0
	err = f.Walk(func(o Object) error {
		if u, ok := o.(*Unreadable); ok {
			bad++
			if !errors.Is(u.Err, ErrChecksum) || u.Name() != "/few/deeper/x" {
				t.Errorf("%s: %v", u.Name(), u.Err)
			}
			return nil
		}
		good++
		return nil
	})
	if err != nil || bad != 1 || good < 5 {
		t.Errorf("%d unreadable, %d others, %v", bad, good, err)
	}
}

// TestRandomStructures reads what ci/reference/hdf5_random.py makes: datasets of random
// types, shapes, chunks, filters and fill values, compared with h5py's values.
func TestRandomStructures(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import h5py").Run() != nil {
		t.Skip("h5py is not installed: python3-h5py")
	}
	dir := t.TempDir()
	if out, err := exec.Command(interpreter, "../../ci/reference/hdf5_random.py", dir, "40", "11").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.h5"))
	compared := 0
	for _, name := range files {
		f, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		err = f.Walk(func(o Object) error {
			d, ok := o.(*Dataset)
			if !ok {
				return nil
			}
			raw, err := os.ReadFile(name + "." + strings.ReplaceAll(strings.TrimPrefix(d.Name(), "/"), "/", "_") + ".f8")
			if err != nil {
				return err
			}
			want := make([]float64, len(raw)/8)
			if _, err := binary.Decode(raw, binary.LittleEndian, want); err != nil {
				return err
			}
			got, err := d.ReadFloat64()
			if err != nil || !slices.EqualFunc(got, want, same) {
				t.Errorf("%s %s %v: differs, %v", filepath.Base(name), d.Name(), d.Shape(), err)
			}
			compared++
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_ = f.Close()
	}
	if compared < 100 {
		t.Errorf("%d datasets", compared)
	}
}
