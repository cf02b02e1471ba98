// Command step runs a workload of package model once for every line on standard
// input, and prints its wall and processor time and its peak memory as JSON:
// step.py, beside it, alternates it with PyTorch.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"syscall"
	"time"

	"realnet/model"
	"realnet/model/kernels"
)

func main() {
	name := flag.String("workload", "step", "step, step-narrow or inference")
	threads := flag.Int("threads", 2, "workers")
	precision := flag.String("precision", "fp32", "fp32 or bf16")
	flag.Parse()
	if err := run(*name, *threads, kernels.Precision(*precision)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type result struct {
	model.Bench
	Wall float64 `json:"wall_s"`
	CPU  float64 `json:"cpu_s"`
	Peak int64   `json:"peak_bytes"`
}

func run(name string, threads int, precision kernels.Precision) error {
	w, err := model.NewWorkload(name, model.Compute{Workers: threads, Precision: precision})
	if err != nil {
		return err
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		before, err := processorTime()
		if err != nil {
			return err
		}
		start := time.Now()
		if err := w.Run(); err != nil {
			return err
		}
		wall := time.Since(start).Seconds()
		after, err := processorTime()
		if err != nil {
			return err
		}
		peak, err := peakMemory()
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(result{w.Describe(), wall, after - before, peak}); err != nil {
			return err
		}
	}
	return nil
}

// processorTime is the user and system time of this process in seconds.
func processorTime() (float64, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9, err
}

// peakMemory is the largest resident size of this process. The maximum that getrusage
// tells is no use here: a child inherits its parent's.
func peakMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := bytes.Cut(status, []byte("VmHWM:"))
	var kilobytes int64
	_, err = fmt.Fscan(bytes.NewReader(after), &kilobytes)
	return kilobytes * 1024, err
}
