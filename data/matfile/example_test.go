package matfile_test

import (
	"fmt"
	"log"

	"realnet/data/matfile"
)

func Example() {
	f, err := matfile.Read("testdata/compressed.mat")
	if err != nil {
		log.Fatal(err)
	}
	rdms, err := f.Var("structs")
	if err != nil {
		log.Fatal(err)
	}
	name, err := rdms.Field("name", 1)
	if err != nil {
		log.Fatal(err)
	}
	text, err := name.Text()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rdms.Shape, rdms.Fields(), text)
	// Output: [1 2] [name RDM] hIT
}
