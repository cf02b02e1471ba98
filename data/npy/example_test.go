package npy_test

import (
	"fmt"

	"realnet/data/npy"
)

// A THINGS EEG2 file is a pickled dict. Its arrays stay in the file until they are
// asked for, whole or by rows.
func ExampleOpenDict() {
	d, err := npy.OpenDict("testdata/eeg2.npy")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer d.Close()
	eeg, err := d.Array("preprocessed_eeg_data")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Keys)
	fmt.Println(eeg.DType, eeg.Shape)
	first, err := eeg.Rows(0, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	values, err := first.Float32()
	fmt.Println(len(values), err)
	// Output:
	// [preprocessed_eeg_data ch_names times]
	// float64 [2 3 2 5]
	// 30 <nil>
}
