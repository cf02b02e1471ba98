package compare_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/rdm"
)

func ExamplePermute() {
	model, _ := rdm.New("", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, []string{"a", "b", "c", "d", "e"})
	brain, _ := rdm.New("", []float64{2, 1, 3, 4, 5, 7, 6, 8, 10, 9}, []string{"a", "b", "c", "d", "e"})
	r, err := compare.Permute(context.Background(), model, brain, compare.DefaultOptions(), compare.DefaultTest())
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = json.NewEncoder(os.Stdout).Encode(r)
	// Output:
	// {"model":"","brain":"","method":"spearman","value":0.9636363636363636,"p":0.008333333333333333,"permutations":120,"exact":true,"alternative":"two-sided"}
}

func ExampleCeiling() {
	var subjects []*rdm.RDM
	for _, values := range [][]float64{{1, 2, 3, 4, 5, 6}, {1, 3, 2, 4, 6, 5}, {2, 1, 3, 5, 4, 6}} {
		r, _ := rdm.New("", values, []string{"a", "b", "c", "d"})
		subjects = append(subjects, r)
	}
	b, err := compare.Ceiling(subjects, nil, compare.DefaultOptions())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("between %.3f and %.3f\n", b.Lower, b.Upper)
	// Output: between 0.863 and 0.924
}
