package images_test

import (
	"fmt"

	"realnet/data/images"
)

func Example() {
	m, err := images.DecodeFile("testdata/jpeg_420_baseline_45x37.jpg")
	if err != nil {
		fmt.Println(err)
		return
	}
	small := images.Squash(m, 224)
	fmt.Println(m.Width, m.Height, "->", small.Width, small.Height, len(small.Pix))
	// Output: 45 37 -> 224 224 150528
}
