package torch_test

import (
	"fmt"

	"realnet/data/torch"
)

// The weights of a checkpoint that was trained in DataParallel, under bare names.
func ExampleFile_StateDict() {
	f, err := torch.Open("testdata/checkpoint_legacy.pth")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	tensors, err := f.StateDict()
	if err != nil {
		fmt.Println(err)
		return
	}
	bare, err := torch.Normalize(tensors)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Value("epoch"), tensors[0].Name, "->", bare[0].Name, bare[0].DType, bare[0].Shape)
	// Output: 43 module.conv1.weight -> conv1.weight float32 [2 3 3 3]
}
