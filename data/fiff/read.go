package fiff

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

// Times are the seconds of each sample, the event at 0.
func (e *Epochs) Times() []float64 {
	t := make([]float64, e.Samples)
	for i := range t {
		t[i] = float64(e.First+i) / e.Rate
	}
	return t
}

// Names are the conditions of the trials: their events' names, or their numbers where
// the file has no names.
func (e *Epochs) Names() []string {
	of := map[int]string{}
	for name, id := range e.EventID {
		if other, ok := of[id]; !ok || name < other {
			of[id] = name
		}
	}
	out := make([]string, len(e.Events))
	for i, ev := range e.Events {
		name, ok := of[ev[2]]
		if !ok {
			name = strconv.Itoa(ev[2])
		}
		out[i] = name
	}
	return out
}

// Data are the channels that hold brain signals and are not marked as bad: MNE's
// pick_types(meg=True, eeg=True, seeg=True, ecog=True, dbs=True, exclude="bads").
func (e *Epochs) Data() []int {
	var out []int
	for i, c := range e.Channels {
		switch c.Kind {
		case MEG, EEG, SEEG, DBS, ECoG:
			if !c.Bad {
				out = append(out, i)
			}
		}
	}
	return out
}

// Read returns trials lo to hi of the channels: trials x channels x times, row-major,
// rounded to float32 after they were calibrated in float64.
func (e *Epochs) Read(ctx context.Context, channels []int, lo, hi int) ([]float32, error) {
	if lo < 0 || hi < lo || hi > len(e.Events) {
		return nil, fmt.Errorf("%w: trials %d to %d of %d", ErrFormat, lo, hi, len(e.Events))
	}
	out := make([]float32, 0, (hi-lo)*len(channels)*e.Samples)
	first := 0
	for _, p := range e.parts {
		trial := len(e.Channels) * e.Samples * p.width
		raw := make([]byte, trial)
		for i := max(lo, first); i < min(hi, first+p.trials); i++ {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if n, err := p.f.ReadAt(raw, p.off+int64(i-first)*int64(trial)); n < trial {
				return nil, fmt.Errorf("%s: %w: %w", p.f.Name(), ErrFormat, err)
			}
			for _, c := range channels {
				cal := e.Channels[c].cal
				at := raw[c*e.Samples*p.width:]
				for t := range e.Samples {
					var v float64
					if p.width == 4 {
						v = float64(math.Float32frombits(binary.BigEndian.Uint32(at[4*t:])))
					} else {
						v = math.Float64frombits(binary.BigEndian.Uint64(at[8*t:]))
					}
					out = append(out, float32(v*cal))
				}
			}
		}
		first += p.trials
	}
	return out, nil
}
