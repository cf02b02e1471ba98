package command

import (
	"context"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"realnet/model"
	"realnet/model/kernels"
	"realnet/pipeline/step"
)

// Bench measures this machine on the hot paths.
type Bench struct {
	Name      string `arg:"" optional:"" help:"step, step-narrow, inference, rdm, eegrdm, rsa, cluster, pca, hdf5, nifti or jpeg; none: all."`
	Runs      int    `default:"5" help:"Timed runs, after one to warm up."`
	Workers   int    `default:"0" help:"Cores to use; 0 means all."`
	Precision string `default:"fp32" enum:"fp32,bf16" help:"Of convolutions in step, step-narrow and inference: fp32 or bf16."`
	JSON      bool   `help:"Print JSON: an object for a name, a list for all."`
}

// Examples of the command.
func (*Bench) Examples() string {
	return `realnet bench rdm --json
realnet bench eegrdm --runs 3
realnet bench step-narrow --precision bf16 --json
realnet bench`
}

// measure is the JSON form: a model's, with what a run works through.
type measure struct {
	model.Bench
	Workload string  `json:"workload"`        // what a run is, in words
	Items    int     `json:"items,omitempty"` // that a run works through
	Unit     string  `json:"unit,omitempty"`  // what an item is
	PerItem  float64 `json:"per_item_s,omitempty"`
}

// workload is a benchmark that is not the model's.
type workload struct {
	name, text, unit string
	items            int
	flops            float64
	// prepare makes the input, in memory or in dir, and returns what a run does
	// and the bytes of its input.
	prepare func(ctx context.Context, dir string, workers int) (run func() error, bytes int64, err error)
}

// Run measures one workload or all.
func (c *Bench) Run(ctx context.Context, a *App) error {
	names := slices.Clone(model.Workloads)
	for _, w := range workloads {
		names = append(names, w.name)
	}
	if c.Runs < 1 {
		return usagef("--runs %d: 1 or more", c.Runs)
	}
	if c.Name != "" {
		if !slices.Contains(names, c.Name) {
			return usagef("bench %s: want one of %v", c.Name, names)
		}
		names = []string{c.Name}
	}
	var all []measure
	for _, name := range names {
		a.Log.Info().Str("name", name).Msg("measuring")
		m, err := c.measure(ctx, name)
		if err != nil {
			return fmt.Errorf("bench %s: %w", name, err)
		}
		all = append(all, m)
	}
	if c.JSON {
		if c.Name != "" {
			return printJSON(a.Stdout, all[0])
		}
		return printJSON(a.Stdout, all)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "name\tmedian\tmin\tGFLOP/s\tMB/s\tthreads\tkernel\tworkload")
	for _, m := range all {
		gflops, rate := "-", "-"
		if m.FLOPs > 0 {
			gflops = fmt.Sprintf("%.1f", m.FLOPs/m.Median/1e9)
		} else {
			rate = fmt.Sprintf("%.0f", float64(m.Bytes)/m.Median/1e6)
		}
		text := m.Workload
		if m.Items > 0 {
			text += fmt.Sprintf(" (%.3g us a %s)", m.PerItem*1e6, m.Unit)
		}
		fmt.Fprintf(w, "%s\t%.4g s\t%.4g s\t%s\t%s\t%d\t%s\t%s\n", m.Name, m.Median, m.Min, gflops, rate, m.Threads, m.Kernel, text)
	}
	return w.Flush()
}

func (c *Bench) measure(ctx context.Context, name string) (measure, error) {
	if slices.Contains(model.Workloads, name) {
		b, err := model.Benchmark(ctx, name, c.Runs, model.Compute{Workers: c.Workers, Precision: kernels.Precision(c.Precision)})
		texts := map[string]string{
			"step": "a training step of ReAlnet-fMRI, batch 16", "step-narrow": "a training step of the narrow network, batch 16",
			"inference": "CORnet-S, batch 16",
		}
		return measure{Bench: b, Workload: texts[name]}, err
	}
	w := workloads[slices.IndexFunc(workloads, func(w workload) bool { return w.name == name })]
	dir, remove, err := benchFolder()
	if err != nil {
		return measure{}, err
	}
	defer remove()
	threads := step.Cores(c.Workers)
	run, bytes, err := w.prepare(ctx, dir, threads)
	if err != nil {
		return measure{}, err
	}
	times := make([]float64, c.Runs)
	for i := -1; i < c.Runs; i++ { // the first run warms up
		if err := ctx.Err(); err != nil {
			return measure{}, err
		}
		start := time.Now()
		if err := run(); err != nil {
			return measure{}, err
		}
		if i >= 0 {
			times[i] = time.Since(start).Seconds()
		}
	}
	slices.Sort(times)
	median := (times[(c.Runs-1)/2] + times[c.Runs/2]) / 2
	m := measure{
		Bench:    model.Bench{Name: name, Runs: c.Runs, Median: median, Min: times[0], FLOPs: w.flops, Bytes: bytes, Threads: threads, Kernel: kernelOf(name)},
		Workload: w.text, Items: w.items, Unit: w.unit,
	}
	if w.items > 0 {
		m.PerItem = median / float64(w.items)
	}
	return m, nil
}
