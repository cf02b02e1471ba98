package file

import (
	"context"

	"realnet/data/array"
	"realnet/data/fiff"
)

// openFIFF gives the epochs of MNE as "data" (trials x channels x times, the channels
// that hold brain signals and are not bad) with "ch_names", "times" and "conditions".
func (f *File) openFIFF() error {
	e, err := fiff.Open(f.Path)
	if err != nil {
		return err
	}
	f.closes(e)
	channels := e.Data()
	var names []string
	for _, c := range channels {
		names = append(names, e.Channels[c].Name)
	}
	data := f.add("data", []int{len(e.Events), len(channels), e.Samples}, "float32", epochs{e, channels})
	data.Axes = []string{"trial", "channel", "time"}
	data.Names = e.Names()
	times := e.Times()
	f.Arrays = append(f.Arrays, memory("times", []int{len(times)}, times))
	f.add("ch_names", []int{len(names)}, "string", words{list: names})
	f.add("conditions", []int{len(e.Events)}, "string", words{list: e.Names()})
	return nil
}

// epochs reads trials when they are asked for.
type epochs struct {
	e        *fiff.Epochs
	channels []int
}

// trials are some of them, in memory.
func (b epochs) trials(ctx context.Context, lo, hi int) (stored, error) {
	v, err := b.e.Read(ctx, b.channels, lo, hi)
	if err != nil {
		return stored{}, err
	}
	return stored{array.Of([]int{hi - lo, len(b.channels), b.e.Samples}, v)}, nil
}

func (b epochs) scan(ctx context.Context, at []int, fn func([]float64, int) error) ([]float64, error) {
	out := make([]float64, len(at))
	size := len(b.channels) * b.e.Samples
	for i := range b.e.Events {
		one, err := b.trials(ctx, i, i+1)
		if err != nil {
			return nil, err
		}
		v, err := one.Float64()
		if err != nil {
			return nil, err
		}
		for k, position := range at {
			if size > 0 && position/size == i {
				out[k] = v[position%size]
			}
		}
		if err := fn(v, 1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b epochs) part64(ctx context.Context, start, count []int) ([]float64, error) {
	s, err := b.trials(ctx, start[0], start[0]+count[0])
	if err != nil {
		return nil, err
	}
	return s.part64(ctx, []int{0, start[1], start[2]}, count)
}

func (b epochs) part32(ctx context.Context, start, count []int) ([]float32, error) {
	s, err := b.trials(ctx, start[0], start[0]+count[0])
	if err != nil {
		return nil, err
	}
	return s.part32(ctx, []int{0, start[1], start[2]}, count)
}

func (b epochs) texts() ([]string, error) { return nil, nil }

func (b epochs) section() (int64, bool) { return 0, false }
