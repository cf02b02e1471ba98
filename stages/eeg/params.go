package eeg

import (
	"fmt"
	"path"
	"slices"

	"realnet/data/arrayset"
	"realnet/stages/analysis/eeg"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Layout    string        `json:"layout" doc:"how the dataset keeps its epochs: things (THINGS-EEG2), arrays, mne (-epo.fif), eeglab (.set)"`
	File      string        `json:"file" doc:"mne, eeglab: the subject's file, {subject} and {subset} (train or test) for the labels"`
	Condition string        `json:"condition" doc:"mne, eeglab: column of the events.tsv of BIDS beside a file that names what was shown; empty: stim_file, image, stimulus, stimulus_name, condition, trial_type or value, the first that is there"`
	Cut       []float64     `json:"cut" doc:"eeglab: first and last second around each event of events.tsv, of continuous recordings; none: files hold epochs"`
	Marked    string        `json:"marked" doc:"eeglab: epochs that are marked as bad and not removed: refuse, drop or keep"`
	Arrays    arrayset.Spec `json:"arrays"`
	Unequal   string        `json:"unequal" doc:"arrays, mne, eeglab, when conditions have different numbers of trials, of which m is the least: least: m of each, drawn at random; average: each condition's trials in m groups, averaged; bootstrap: the same groups, each the mean of a sample of it with replacement; refuse"`
	Subject   string        `json:"subject" doc:"the subject's label in the dataset, without sub-"`
	Set       string        `json:"set" doc:"test or training: which of the subject's files"`
	Channels  []string      `json:"channels" doc:"patterns (path.Match) of the channels to keep, as in O* and P*; none: all"`
	Baseline  []float64     `json:"baseline" doc:"first and last second of the window whose mean is subtracted; none: no baseline"`
	Window    []float64     `json:"window" doc:"first and last second to keep; none: all"`
	Noise     string        `json:"noise" doc:"multivariate noise normalisation: none; mean: covariances of all times averaged; epoch: over the times of each epoch; time: for each time point"`
	NoiseFrom string        `json:"noise_from" doc:"self: estimated on the set itself; other: on the subject's other set; both: the mean of the two, as Gifford et al. do"`
	Average   int           `json:"average" doc:"repetitions averaged to one pseudo-trial once they are clean, drawn at random for each condition; those left over are not used; 0: single repetitions"`
	Seed      uint64        `json:"seed" doc:"of the draw of pseudo-trials"`
}

// Values of Params.
const (
	Least     = "least"
	Average   = "average"
	Bootstrap = "bootstrap"
	Refuse    = "refuse"
	Drop      = "drop"
	Keep      = "keep"
	Test      = "test"
	Training  = "training"
	None      = "none"
	Self      = "self"
	Other     = "other"
	Both      = "both"
)

// DefaultParams take the test set as published.
func DefaultParams() Params {
	return Params{Layout: "things", Set: Test, Noise: None, NoiseFrom: Self, Unequal: Least, Marked: Refuse, Arrays: arrayset.Default()}
}

// Validate checks the parameters.
func (p Params) Validate() error {
	switch {
	case p.Subject == "":
		return fmt.Errorf("subject: name one, as in 01")
	case p.Set != Test && p.Set != Training:
		return fmt.Errorf("set: %q is neither %s nor %s", p.Set, Test, Training)
	case !slices.Contains([]string{None, string(eeg.OverTimes), string(eeg.OverEpochs), string(eeg.EachTime)}, p.Noise):
		return fmt.Errorf("noise: %q is none of none, mean, epoch, time", p.Noise)
	case !slices.Contains([]string{Self, Other, Both}, p.NoiseFrom):
		return fmt.Errorf("noise_from: %q is none of self, other, both", p.NoiseFrom)
	}
	l, err := findLayout(p.Layout)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{Least, Average, Bootstrap, Refuse}, p.Unequal) {
		return fmt.Errorf("unequal: %q is none of least, average, bootstrap, refuse", p.Unequal)
	}
	if err := l.check(p); err != nil {
		return err
	}
	if p.Average < 0 {
		return fmt.Errorf("average: %d: 1 or more repetitions, or 0 for none", p.Average)
	}
	for name, w := range map[string][]float64{"baseline": p.Baseline, "window": p.Window} {
		if len(w) != 0 && (len(w) != 2 || !(w[0] <= w[1])) {
			return fmt.Errorf("%s: %v is not a first and a last second", name, w)
		}
	}
	for _, c := range p.Channels {
		if _, err := path.Match(c, ""); err != nil {
			return fmt.Errorf("channels: pattern %q: %w", c, err)
		}
	}
	return nil
}

// Need of a run: the training set of THINGS EEG2 in float32.
func (Params) Need() stage.Need { return stage.Need{Memory: 1 << 30} }
