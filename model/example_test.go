package model_test

import (
	"context"
	"fmt"
	"log"

	"realnet/model"
)

// A narrow ReAlnet is aligned with random targets for two epochs of three steps.
func ExampleTrain() {
	cfg := model.Narrow(12, 4) // 12 classes, 4 target dimensions
	net, err := model.New(cfg, 1)
	if err != nil {
		log.Fatal(err)
	}
	const n = 6
	data := model.Data{
		Images:  model.Images{Side: cfg.Input, Pixels: make([]byte, n*cfg.Input*cfg.Input*3)},
		Targets: make([]float32, n*cfg.Outputs),
	}
	for i := range data.Images.Pixels {
		data.Images.Pixels[i] = byte(i * i >> 3)
	}
	for i := range data.Targets {
		data.Targets[i] = float32(i%5) - 2
	}
	training := model.DefaultTraining()
	training.Epochs, training.Batch, training.LearningRate = 2, 2, 1e-3
	history, err := model.Train(context.Background(), net, data, training, model.Hooks{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(history.Steps), "steps,", len(history.Epochs), "epochs")
	fmt.Println("mean square falls:", history.Epochs[1].Train.Square < history.Epochs[0].Train.Square)
	// Output:
	// 6 steps, 2 epochs
	// mean square falls: true
}

// The sizes that the paper gives.
func ExampleConfig_Feature() {
	for _, layer := range model.Areas {
		f, err := model.DefaultConfig().Feature(layer)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %d x %d x %d = %d\n", layer, f.C, f.Side, f.Side, f.Len())
	}
	fmt.Println(model.DefaultConfig().Parameters(), "parameters")
	// Output:
	// V1 64 x 56 x 56 = 200704
	// V2 128 x 28 x 28 = 100352
	// V4 256 x 14 x 14 = 50176
	// IT 512 x 7 x 7 = 25088
	// 102111400 parameters
}
