package bold_test

import (
	"context"
	"fmt"

	"realnet/stages/analysis/bold"
)

// One voxel that answers to faces but not to houses, with a trend.
func ExampleProcess() {
	run := &bold.Run{Volumes: 12, Voxels: 1, TR: 2}
	for t := range 12 {
		value := float32(100 + 0.5*float64(t))
		if t == 3 || t == 4 || t == 9 || t == 10 { // a volume after the faces
			value += 6
		}
		run.Data = append(run.Data, value)
	}
	run.Events = []bold.Event{
		{Onset: 4, Duration: 4, Condition: "face"},
		{Onset: 10, Duration: 4, Condition: "house"},
		{Onset: 16, Duration: 4, Condition: "face"},
	}

	recipe := bold.HaxbyRecipe()
	recipe.RegressMotion, recipe.LagVolumes = false, 1
	patterns, err := bold.Process(context.Background(), run, recipe, 1)
	if err != nil {
		panic(err)
	}
	mean := bold.AverageBy(patterns, bold.ByCondition)
	for i, label := range mean.Labels {
		fmt.Printf("%s %+.2f from %d\n", label.Condition, mean.Row(i)[0], label.Repetitions)
	}
	// Output:
	// face +1.38 from 2
	// house -0.78 from 1
}
