// Command step prints one measurement of package model as JSON, for step.py beside it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"realnet/model"
)

func main() {
	name := flag.String("workload", "step", "step, step-narrow or inference")
	runs := flag.Int("runs", 3, "timed runs, after one to warm up")
	threads := flag.Int("threads", 2, "workers")
	flag.Parse()
	b, err := model.Benchmark(context.Background(), *name, *runs, model.Compute{Workers: *threads})
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(b)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
