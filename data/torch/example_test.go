package torch_test

import (
	"fmt"

	"realnet/data/torch"
)

// Tensors are named by the keys that lead to them.
func ExampleFile_Arrays() {
	f, err := torch.Open("testdata/checkpoint_legacy.pth")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	tensors, skipped, err := f.Arrays()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Value("epoch"), tensors[0].Name, tensors[0].DType, tensors[0].Shape, len(skipped))
	// Output: 43 state_dict.module.conv1.weight float32 [2 3 3 3] 0
}
