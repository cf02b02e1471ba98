package hdf5_test

import (
	"fmt"
	"log"

	"realnet/data/hdf5"
)

func Example() {
	f, err := hdf5.Open("testdata/chunks_latest.h5")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	d, err := f.Dataset("missing")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Shape(), d.Type(), d.Chunks())
	slab, err := d.Slab([]int{4, 2}, []int{2, 3})
	if err != nil {
		log.Fatal(err)
	}
	x, err := slab.ReadFloat32()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(slab.Shape(), x)
	// Output:
	// [20 9] float32 [6 4]
	// [2 3] [-7.25 -7.25 -7.25 -7.25 1.5 1.5]
}
