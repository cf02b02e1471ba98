package hdf5

import (
	"os"
	"testing"
)

// benchFile is a 1200 x 20000 float32 dataset "dataset", gzip and shuffle, made
// by ci/peers/hdf5.sh, which also runs h5py on it.
const benchFile = "REALNET_BENCH_HDF5"

func BenchmarkReadGzipShuffle(b *testing.B) {
	name := os.Getenv(benchFile)
	if name == "" {
		b.Skipf("set %s; ci/peers/hdf5.sh does", benchFile)
	}
	for b.Loop() {
		f, err := Open(name)
		if err != nil {
			b.Fatal(err)
		}
		d, err := f.Dataset("dataset")
		if err != nil {
			b.Fatal(err)
		}
		x, err := d.ReadFloat32()
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(4 * int64(len(x)))
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
