package bdata_test

import (
	"fmt"
	"log"

	"realnet/data/bdata"
)

func Example() {
	f, err := bdata.Open("testdata/new.h5")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	m, err := f.Select("ROI_V1 + ROI_V2 - ROI_LOC")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Rows, "samples x", m.Cols, "voxels:", m.Columns)
	labels, err := f.Labels("stimulus_name")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(labels[0], labels[7])
	// Output:
	// 8 samples x 5 voxels: [0 1 3 4 5]
	// n01443537_22563 n/a
}
