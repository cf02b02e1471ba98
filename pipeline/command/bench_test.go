package command

import (
	"testing"

	"realnet/data/hdf5"
)

func TestBench(t *testing.T) {
	var m measure
	decode(t, succeed(t, "bench", "cluster", "--runs", "2", "--json"), &m)
	if m.Name != "cluster" || m.Runs != 2 || !(m.Median >= m.Min && m.Min > 0) || m.Threads < 1 || m.Kernel == "" || m.Bytes == 0 {
		t.Errorf("%+v", m)
	}
	fail(t, ExitUsage, "want one of", "bench", "everything")
	fail(t, ExitUsage, "1 or more", "bench", "rsa", "--runs", "0")
}

// The file that the benchmark reads holds what was written.
func TestBenchHDF5(t *testing.T) {
	at := in(t)
	if err := writeBenchHDF5(at("b.h5"), 200, 2000); err != nil {
		t.Fatal(err)
	}
	f, err := hdf5.Open(at("b.h5"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	d, err := f.Dataset("dataset")
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.ReadFloat32()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range normal[float32](200 * 2000) {
		if got[i] != want {
			t.Fatalf("value %d is %v, want %v", i, got[i], want)
		}
	}
}
