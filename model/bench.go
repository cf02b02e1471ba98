package model

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"realnet/model/kernels"
)

// Bench is the measurement of one workload.
type Bench struct {
	Name    string  `json:"name"`
	Runs    int     `json:"runs"`
	Median  float64 `json:"median_s"`
	Min     float64 `json:"min_s"`
	FLOPs   float64 `json:"flops"` // of a run, convolutions counted as direct ones
	Bytes   int64   `json:"bytes"` // held: weights, gradients, moments, arena, kernel scratch
	Threads int     `json:"threads"`
	Kernel  string  `json:"kernel"`

	Precision kernels.Precision `json:"precision,omitempty"`
}

// Workloads are the names that Benchmark knows: a training step of ReAlnet-fMRI
// and of the narrow network, and CORnet-S in evaluation mode; batch 16, random
// images and weights.
var Workloads = []string{"step", "step-narrow", "inference"}

// ErrWorkload is returned when Benchmark does not know a name.
var ErrWorkload = fmt.Errorf("model: unknown workload, want one of %v", Workloads)

// Workload is one of Workloads, ready to run.
type Workload struct {
	name      string
	precision kernels.Precision
	engine    *engine
	graph     *program
	step      func(step int) error
	steps     int
}

// NewWorkload builds a network with its data.
func NewWorkload(name string, c Compute) (*Workload, error) {
	cfg := DefaultConfig()
	switch name {
	case "step":
	case "step-narrow":
		cfg = Narrow(12, 128)
	case "inference":
		cfg = CORnetS()
	default:
		return nil, fmt.Errorf("%w: %q", ErrWorkload, name)
	}
	net, err := New(cfg, 1)
	if err != nil {
		return nil, err
	}
	e, err := newEngine(net, c)
	if err != nil {
		return nil, err
	}
	const batch = 16
	w := &Workload{name: name, engine: e, precision: cmp.Or(c.Precision, kernels.FP32)}
	w.graph, w.step, err = e.workload(randomData(cfg, batch), batch)
	return w, err
}

// Run runs it once.
func (w *Workload) Run() error {
	w.steps++
	return w.step(w.steps)
}

// Describe is a Bench without times.
func (w *Workload) Describe() Bench {
	e := w.engine
	b := Bench{
		Name: w.name, FLOPs: w.graph.flops, Bytes: 4*int64(len(e.arena)) + int64(e.k.ScratchBytes()),
		Threads: e.k.Workers().Count(), Kernel: e.k.Name(), Precision: w.precision,
	}
	for _, t := range e.net.weights {
		b.Bytes += 4 * int64(len(t.values))
	}
	for _, t := range w.graph.moves {
		b.Bytes += 2 * 4 * int64(len(t.values))
	}
	return b
}

// Benchmark runs a workload once to warm up and then runs times.
func Benchmark(ctx context.Context, name string, runs int, c Compute) (Bench, error) {
	if runs < 1 {
		return Bench{}, fmt.Errorf("model: %d runs, want at least 1", runs)
	}
	w, err := NewWorkload(name, c)
	if err != nil {
		return Bench{}, err
	}
	var seconds []float64
	for i := range runs + 1 {
		if err := ctx.Err(); err != nil {
			return Bench{}, err
		}
		start := time.Now()
		if err := w.Run(); err != nil {
			return Bench{}, err
		}
		if i > 0 {
			seconds = append(seconds, time.Since(start).Seconds())
		}
	}
	slices.Sort(seconds)
	b := w.Describe()
	b.Runs, b.Median, b.Min = runs, (seconds[(runs-1)/2]+seconds[runs/2])/2, seconds[0]
	return b, nil
}

// workload prepares one batch: a training step where there is an encoder, a
// forward pass where not.
func (e *engine) workload(data Data, batch int) (*program, func(step int) error, error) {
	which := make([]int, batch)
	for i := range which {
		which[i] = i
	}
	if e.net.cfg.Outputs == 0 {
		p, err := e.program(batch, task{layers: []string{Logits}})
		if err != nil {
			return nil, nil, err
		}
		return p, func(int) error {
			data.Images.normalise(p.images, which, e.k.Workers())
			p.tape.run()
			return nil
		}, e.use(p)
	}
	t := &trainer{
		engine: e, data: data, train: which, batch: batch,
		task: task{train: true, bnUpdates: 1, losses: &lossTerms{brain: true, beta: 10, square: true, contrastive: Live}},
	}
	if err := t.prepare("benchmark"); err != nil {
		return nil, nil, err
	}
	adam := kernels.DefaultAdam(DefaultTraining().LearningRate)
	return t.full, func(step int) error {
		adam.Step = step
		_, err := t.step(t.full, which, adam)
		return err
	}, nil
}

// randomData is n random images with targets and labels.
func randomData(cfg Config, n int) Data {
	r := rand.New(rand.NewPCG(1, 1))
	d := Data{
		Images:  Images{Side: cfg.Input, Pixels: make([]byte, n*cfg.Input*cfg.Input*3)},
		Targets: make([]float32, n*cfg.Outputs),
		Labels:  make([]int32, n),
	}
	for i := range d.Images.Pixels {
		d.Images.Pixels[i] = byte(r.Uint32())
	}
	for i := range d.Targets {
		d.Targets[i] = float32(r.NormFloat64())
	}
	for i := range d.Labels {
		d.Labels[i] = int32(r.IntN(cfg.Classes))
	}
	return d
}
