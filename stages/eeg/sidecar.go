package eeg

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"realnet/data/bids"
)

// sidecar is the events.tsv of BIDS beside a recording.
type sidecar struct {
	path       string
	conditions []string
	onsets     []float64 // s
}

// conditionColumns are the columns of an events.tsv that may say what was shown.
var conditionColumns = []string{"stim_file", "image", "stimulus", "stimulus_name", "condition", "trial_type", "value"}

// beside is the file of BIDS beside the recording, which has the same entities; "" where
// there is none.
func (f *epochFile) beside(suffix string) string {
	base := filepath.Base(f.path)
	stem := strings.TrimSuffix(base, filepath.Ext(base))
	i := strings.LastIndexAny(stem, "_-")
	if i < 0 {
		return ""
	}
	for _, name := range []string{stem[:i], stem} {
		path := filepath.Join(filepath.Dir(f.path), name+"_"+suffix)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// events reads the events beside the recording; nil where there are none.
func (f *epochFile) events(p Params) (*sidecar, error) {
	path := f.beside("events.tsv")
	if path == "" {
		if f.continuous {
			return nil, fmt.Errorf("%s is a continuous recording, and no events.tsv is beside it: save epochs (pop_epoch), or add the events of BIDS", filepath.Base(f.path))
		}
		return nil, nil
	}
	e, err := bids.ReadEvents(path)
	if err != nil {
		return nil, err
	}
	column := p.Condition
	if column == "" {
		for _, name := range conditionColumns {
			if slices.Contains(e.Columns, name) {
				column = name
				break
			}
		}
	}
	if !slices.Contains(e.Columns, column) {
		return nil, fmt.Errorf("%s: no column says what was shown (columns: %s): name it: eeg.condition", filepath.Base(path), strings.Join(e.Columns, ", "))
	}
	values, err := e.Text(column)
	if err != nil {
		return nil, err
	}
	s := &sidecar{path: path}
	for i, v := range values {
		if v == "" || v == "n/a" || strings.EqualFold(v, "boundary") { // of no condition
			continue
		}
		s.conditions, s.onsets = append(s.conditions, v), append(s.onsets, e.Onset[i])
	}
	return s, nil
}

// cut makes epochs of a continuous recording around its events, as MNE's Epochs does
// without baseline and rejection: samples are counted from the one nearest to the onset.
func (f *epochFile) cut(values []float32, events *sidecar, p Params) (trials, error) {
	if len(p.Cut) != 2 {
		return trials{}, fmt.Errorf("%s is a continuous recording: eeg.cut: name the first and last second around each event, as in [-0.1, 0.8]", filepath.Base(f.path))
	}
	if len(f.seconds) < 2 {
		return trials{}, fmt.Errorf("%s has %d samples", filepath.Base(f.path), len(f.seconds))
	}
	rate := 1 / (f.seconds[1] - f.seconds[0])
	first, last := int(math.Round(p.Cut[0]*rate)), int(math.Round(p.Cut[1]*rate))
	t := trials{channels: f.channels}
	for i := first; i <= last; i++ {
		t.seconds = append(t.seconds, float64(i)/rate)
	}
	n := len(f.seconds)
	for _, onset := range events.onsets {
		at := int(math.Round((onset - f.seconds[0]) * rate))
		if at+first < 0 || at+last >= n {
			return trials{}, fmt.Errorf("%s: the event at %g s is too near to an end of the recording for eeg.cut %v: shorten it, or leave the event out of %s (n/a in its condition)", filepath.Base(f.path), onset, p.Cut, filepath.Base(events.path))
		}
		for c := range f.channels {
			t.values = append(t.values, values[c*n+at+first:c*n+at+last+1]...)
		}
	}
	return t, nil
}

// signals are the types of channels in channels.tsv that hold brain signals.
var signals = []string{"EEG", "MEG", "MEGMAG", "MEGGRAD", "MEGGRADAXIAL", "MEGGRADPLANAR", "SEEG", "ECOG", "DBS"}

// goodChannels leaves out the channels that the channels.tsv beside the recording marks as
// bad, or that hold no brain signals.
func (f *epochFile) goodChannels(t trials, n int, log zerolog.Logger) ([]string, []float32, error) {
	path := f.beside("channels.tsv")
	if path == "" {
		return t.channels, t.values, nil
	}
	table, err := bids.ReadTable(path)
	if err != nil {
		return nil, nil, err
	}
	names, err := table.Text("name")
	if err != nil {
		return nil, nil, err
	}
	left := map[string]bool{}
	for _, column := range []string{"status", "type"} {
		if !slices.Contains(table.Columns, column) {
			continue
		}
		values, err := table.Text(column)
		if err != nil {
			return nil, nil, err
		}
		for i, v := range values {
			if column == "status" && strings.EqualFold(v, "bad") || column == "type" && v != "" && v != "n/a" && !slices.Contains(signals, strings.ToUpper(v)) {
				left[names[i]] = true
			}
		}
	}
	var keep []int
	var kept, dropped []string
	for c, name := range t.channels {
		if left[name] {
			dropped = append(dropped, name)
			continue
		}
		keep, kept = append(keep, c), append(kept, name)
	}
	if len(dropped) == 0 {
		return t.channels, t.values, nil
	}
	if len(kept) == 0 {
		return nil, nil, fmt.Errorf("%s: no channel holds brain signals and is not bad", filepath.Base(path))
	}
	log.Info().Str("file", filepath.Base(path)).Strs("channels", dropped).Msg("channels that are bad or hold no brain signals are left out")
	times := len(t.seconds)
	out := make([]float32, 0, n*len(keep)*times)
	for i := range n {
		for _, c := range keep {
			at := (i*len(t.channels) + c) * times
			out = append(out, t.values[at:at+times]...)
		}
	}
	return kept, out, nil
}
