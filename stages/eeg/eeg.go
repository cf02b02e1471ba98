package eeg

import (
	"context"
	"fmt"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	"realnet/artifacts/schemas/epochs"
	"realnet/stages/analysis/eeg"
	"realnet/stages/stage"
)

// Stage is the eeg stage.
var Stage = stage.New(stage.Spec{
	Name: "eeg",
	Doc:  "Reads and cleans a subject's EEG epochs.",
	In:   []stage.Port{{Name: "dataset", Schemas: []string{dataset.Schema.Name}, Doc: "the dataset's files"}},
	Out:  epochs.Schema,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	l, err := findLayout(p.Layout)
	if err != nil {
		return err
	}
	read, err := l.open(ctx, env, p)
	if err != nil {
		return err
	}
	rec, err := baselined(p, read)(p.Set)
	if err != nil {
		return err
	}
	names, err := rec.names()
	if err != nil {
		return err
	}
	env.Progress(1, 3, "read")
	if p.Noise != None {
		noise, err := estimate(ctx, env, baselined(p, read), rec, p)
		if err != nil {
			return err
		}
		if err := eeg.Whiten(ctx, rec.Epochs, noise, env.Workers); err != nil {
			return err
		}
	}
	if p.Average > 0 {
		if rec.Epochs, err = eeg.Average(rec.Epochs, p.Average, p.Seed); err != nil {
			return fmt.Errorf("average: %w", err)
		}
	}
	env.Progress(2, 3, "cleaned")
	from, to := 0, rec.Times
	if len(p.Window) == 2 {
		if from, to, err = eeg.Window(rec.seconds, p.Window[0], p.Window[1]); err != nil {
			return fmt.Errorf("window: %w", err)
		}
	}
	return write(env.Out, rec, names, from, to)
}

// estimate estimates the noise on the sets that the parameters name.
func estimate(ctx context.Context, env *stage.Env, read reader, rec *recording, p Params) (eeg.Noise, error) {
	var all []eeg.Noise
	if p.NoiseFrom != Other {
		n, err := eeg.Covariance(ctx, rec.Epochs, eeg.Estimate(p.Noise), env.Workers)
		if err != nil {
			return n, fmt.Errorf("%s set: %w", p.Set, err)
		}
		all = append(all, n)
	}
	if p.NoiseFrom != Self {
		set := map[string]string{Test: Training, Training: Test}[p.Set]
		other, err := read(set)
		if err != nil {
			return eeg.Noise{}, err
		}
		n, err := eeg.Covariance(ctx, other.Epochs, eeg.Estimate(p.Noise), env.Workers)
		if err != nil {
			return n, fmt.Errorf("%s set: %w", set, err)
		}
		all = append(all, n)
	}
	return eeg.Mean(all...)
}

func write(w *artifacts.Writer, rec *recording, names []epochs.Condition, from, to int) error {
	out, err := artifacts.NewTensorWriter[float32](w, epochs.Tensor, []int{rec.Repetitions, rec.Channels, to - from})
	if err != nil {
		return err
	}
	row := make([]float32, 0, rec.Repetitions*rec.Channels*(to-from))
	per := rec.Repetitions * rec.Channels * rec.Times
	for c := range rec.Conditions {
		row = row[:0]
		for at := c * per; at < (c+1)*per; at += rec.Times {
			row = append(row, rec.Data[at+from:at+to]...)
		}
		if err := out.Append(row); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	if err := artifacts.WriteTable(w, epochs.ConditionsTable, names); err != nil {
		return err
	}
	var channels []epochs.Channel
	for _, name := range rec.channels {
		channels = append(channels, epochs.Channel{Name: name})
	}
	if err := artifacts.WriteTable(w, epochs.ChannelsTable, channels); err != nil {
		return err
	}
	var times []epochs.Time
	for _, s := range rec.seconds[from:to] {
		times = append(times, epochs.Time{Seconds: s})
	}
	return artifacts.WriteTable(w, epochs.TimesTable, times)
}
