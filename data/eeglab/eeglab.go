// Package eeglab reads recordings of EEGLAB (.set, with or without its .fdt): channels,
// times and data, in volts; of epochs the type of the event that each is locked to, and
// which are marked as bad. A continuous recording is one trial.
//
// The fields may be in a variable EEG or be variables themselves (save -struct). Not
// read: events of continuous recordings, and ICA. A .set is read whole; a .fdt trial by trial. Values are
// compared with MNE's read_epochs_eeglab (ci/reference/eeglab.py).
package eeglab

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"realnet/data/matfile"
)

// ErrFormat is returned when a file is no .set of epochs, or its fields do not fit each
// other.
var ErrFormat = errors.New("not an EEGLAB file of epochs")

// microvolts is the unit of EEGLAB's data.
const microvolts = 1e-6

// Epochs are the trials of a file.
type Epochs struct {
	Channels   []string
	Seconds    []float64
	Conditions []string // of each trial: the type of its event at time 0; none when continuous
	Continuous bool     // not cut into epochs
	Bad        []bool   // trials that are marked for rejection; nil when none is

	values []float64 // channels fastest, then times, then trials; nil when they are in fdt
	fdt    string
}

// fields gets a field of the dataset.
type fields func(name string) (*matfile.Array, error)

// Open reads a .set.
func Open(path string) (*Epochs, error) {
	e, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

func open(path string) (*Epochs, error) {
	m, err := matfile.Read(path)
	if err != nil {
		return nil, err
	}
	get := fields(m.Var)
	if eeg, err := m.Var("EEG"); err == nil {
		get = func(name string) (*matfile.Array, error) { return eeg.Field(name, 0) }
	}
	var sizes [3]int
	for i, name := range []string{"nbchan", "pnts", "trials"} {
		v, err := get.number(name)
		if err != nil {
			return nil, err
		}
		if sizes[i] = int(v); v != math.Trunc(v) || sizes[i] < 1 || v > 1<<31 {
			return nil, fmt.Errorf("%w: %s is %v", ErrFormat, name, v)
		}
	}
	channels, points, trials := sizes[0], sizes[1], sizes[2]
	e := &Epochs{}
	if err := e.times(get, points); err != nil {
		return nil, err
	}
	if err := e.labels(get, channels); err != nil {
		return nil, err
	}
	if list, err := get("epoch"); trials == 1 && (err != nil || list.Len() == 0) {
		e.Continuous = true
	} else if err := e.events(get, trials); err != nil {
		return nil, err
	}
	e.marked(get, trials)
	data, err := get("data")
	if err != nil {
		return nil, fmt.Errorf("%w: data: %w", ErrFormat, err)
	}
	size := int64(channels) * int64(points) * int64(trials)
	if data.Class != "char" {
		if e.values, err = data.Float64(); err == nil && int64(len(e.values)) != size {
			err = fmt.Errorf("%w: %d values for %d channels, %d points and %d trials", ErrFormat, len(e.values), channels, points, trials)
		}
		return e, err
	}
	name, err := data.Text()
	if err != nil {
		return nil, err
	}
	e.fdt = filepath.Join(filepath.Dir(path), filepath.Base(name))
	info, err := os.Stat(e.fdt)
	if err != nil {
		return nil, err
	}
	if info.Size() != 4*size {
		return nil, fmt.Errorf("%w: %s has %d bytes for %d channels, %d points and %d trials of float32", ErrFormat, name, info.Size(), channels, points, trials)
	}
	return e, nil
}

func (get fields) number(name string) (float64, error) {
	a, err := get(name)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	v, err := a.Float64()
	if err != nil || len(v) != 1 {
		return 0, fmt.Errorf("%w: %s is no number", ErrFormat, name)
	}
	return v[0], nil
}

func (e *Epochs) times(get fields, points int) error {
	rate, err := get.number("srate")
	if err != nil {
		return err
	}
	start, err := get.number("xmin")
	if err != nil {
		return err
	}
	if !(rate > 0) {
		return fmt.Errorf("%w: srate is %v", ErrFormat, rate)
	}
	for i := range points {
		e.Seconds = append(e.Seconds, start+float64(i)/rate)
	}
	return nil
}

func (e *Epochs) labels(get fields, channels int) error {
	locations, err := get("chanlocs")
	if err != nil || locations.Class != "struct" || locations.Len() != channels {
		for i := range channels { // none are known
			e.Channels = append(e.Channels, strconv.Itoa(i+1))
		}
		return nil
	}
	for i := range channels {
		label, err := locations.Field("labels", i)
		if err != nil {
			return fmt.Errorf("%w: chanlocs: %w", ErrFormat, err)
		}
		text, err := label.Text()
		if err != nil {
			return fmt.Errorf("%w: chanlocs: %w", ErrFormat, err)
		}
		e.Channels = append(e.Channels, text)
	}
	return nil
}

// events reads the type of each epoch's event at latency 0, or of its first.
func (e *Epochs) events(get fields, trials int) error {
	list, err := get("epoch")
	if err != nil || list.Class != "struct" || list.Len() != trials {
		return fmt.Errorf("%w: no struct epoch with %d elements: epochs are made by pop_epoch", ErrFormat, trials)
	}
	for i := range trials {
		types, err := list.Field("eventtype", i)
		if err != nil {
			return fmt.Errorf("%w: epoch(%d): %w", ErrFormat, i+1, err)
		}
		at := 0
		if latencies, err := list.Field("eventlatency", i); err == nil && types.Class == "cell" {
			for k := range types.Len() {
				if v, err := cellNumber(latencies, k); err == nil && v == 0 {
					at = k
					break
				}
			}
		}
		if types.Class == "cell" {
			if types, err = types.Cell(at); err != nil {
				return fmt.Errorf("%w: epoch(%d): %w", ErrFormat, i+1, err)
			}
		}
		name, err := types.Text()
		if err != nil {
			v, err := types.Float64()
			if err != nil || len(v) == 0 {
				return fmt.Errorf("%w: epoch(%d): its event has no type", ErrFormat, i+1)
			}
			name = strconv.FormatFloat(v[0], 'f', -1, 64)
		}
		e.Conditions = append(e.Conditions, name)
	}
	return nil
}

// marked reads which trials are marked for rejection, by whatever method.
func (e *Epochs) marked(get fields, trials int) {
	reject, err := get("reject")
	if err != nil || reject.Class != "struct" || reject.Len() != 1 {
		return
	}
	for _, field := range reject.Fields() {
		if !slices.Contains([]string{"rejmanual", "rejthresh", "rejconst", "rejjp", "rejkurt", "rejfreq", "rejglobal"}, field) {
			continue
		}
		a, err := reject.Field(field, 0)
		if err != nil {
			continue
		}
		marks, err := a.Float64()
		if err != nil || len(marks) != trials {
			continue // empty, when the method was not used
		}
		for i, m := range marks {
			if m != 0 {
				if e.Bad == nil {
					e.Bad = make([]bool, trials)
				}
				e.Bad[i] = true
			}
		}
	}
}

func cellNumber(a *matfile.Array, k int) (float64, error) {
	if a.Class == "cell" {
		inner, err := a.Cell(k)
		if err != nil {
			return 0, err
		}
		a, k = inner, 0
	}
	v, err := a.Float64()
	if err != nil || k >= len(v) {
		return 0, ErrFormat
	}
	return v[k], nil
}

// Read returns all trials: trials x channels x times, row-major, in volts.
func (e *Epochs) Read(ctx context.Context) ([]float32, error) {
	channels, points, trials := len(e.Channels), len(e.Seconds), max(1, len(e.Conditions))
	out := make([]float32, trials*channels*points)
	size := channels * points
	raw := make([]byte, 4*size)
	var f *os.File
	if e.values == nil {
		var err error
		if f, err = os.Open(e.fdt); err != nil {
			return nil, err
		}
		defer f.Close()
	}
	for trial := range trials {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if f != nil {
			if n, err := f.ReadAt(raw, int64(trial)*int64(len(raw))); n < len(raw) {
				return nil, fmt.Errorf("%s: %w", e.fdt, err)
			}
		}
		for k := range size {
			var v float64
			if f != nil {
				v = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*k:])))
			} else {
				v = e.values[trial*size+k]
			}
			out[trial*size+k%channels*points+k/channels] = float32(v * microvolts)
		}
	}
	return out, nil
}
