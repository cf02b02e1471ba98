package synth

import (
	"fmt"
	"math"

	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Planted float64 `json:"planted" doc:"0 to 1: strength of what the brains encode of an image; 0 leaves a response that is the same for every image, and noise"`
	Seed    uint64  `json:"seed"`
	Images  Images  `json:"images"`
	FMRI    FMRI    `json:"fmri"`
	EEG     EEG     `json:"eeg"`
}

// Images of the study.
type Images struct {
	Size      int       `json:"size" doc:"pixels a side"`
	Vertices  []int     `json:"vertices" doc:"numbers of lobes of an outline; classes are vertices x spikiness"`
	Spikiness []float64 `json:"spikiness" doc:"depths of the lobes, 0 to 1"`
	Jitter    float64   `json:"jitter" doc:"range of the object's position, as a share of the image"`
	Pretrain  int       `json:"pretrain" doc:"images that the base network learns to classify"`
	Train     int       `json:"train" doc:"images that align networks with brains"`
	Test      int       `json:"test" doc:"held-out images"`
	EEG       int       `json:"eeg" doc:"images of the EEG alone; 0: the EEG shows the test images"`
}

// FMRI is the fMRI experiment.
type FMRI struct {
	Subjects         int     `json:"subjects"`
	ROIs             []ROI   `json:"rois"`
	Features         int     `json:"features" doc:"of a region"`
	Tuning           float64 `json:"tuning" doc:"how nonlinear features are: phase in radians over an attribute's range, times a normal number"`
	Individual       float64 `json:"individual" doc:"share of a region's features that are the subject's own, 0 to 1"`
	Reliability      float64 `json:"reliability" doc:"share of the variance of a voxel's response to a test image, averaged over repetitions, that is not noise, when planted is 1"`
	Noise            float64 `json:"noise" doc:"deviation of the noise of one presentation of an image (the mean of its block), in deviations of the response over images; more repetitions then make responses more reliable. 0: what gives the reliability, with as many repetitions of test images as there are"`
	TrainRepetitions int     `json:"train_repetitions"`
	TestRepetitions  int     `json:"test_repetitions"`
	TrainSessions    int     `json:"train_sessions"`
	TestSessions     int     `json:"test_sessions"`
	RunImages        int     `json:"run_images" doc:"images of a run, at most"`
	RunRepeats       int     `json:"run_repeats" doc:"one-back repeats of a run"`
	TR               float64 `json:"tr" doc:"seconds between volumes"`
	Block            float64 `json:"block" doc:"seconds that an image is shown"`
	RestBefore       float64 `json:"rest_before" doc:"seconds"`
	RestAfter        float64 `json:"rest_after" doc:"seconds"`
	Response         float64 `json:"response" doc:"mean response to any image, percent of the baseline"`
	Amplitude        float64 `json:"amplitude" doc:"deviation of the response over images, percent of the baseline"`
	Autocorrelation  float64 `json:"autocorrelation" doc:"of the noise from one volume to the next"`
	Drift            float64 `json:"drift" doc:"percent of the baseline over a run"`
	Motion           float64 `json:"motion" doc:"deviation of what motion adds, percent of the baseline"`
}

// ROI is a region of interest.
type ROI struct {
	Name    string   `json:"name"`
	Voxels  int      `json:"voxels"`
	Encodes []string `json:"encodes" doc:"attributes"`
}

// EEG is the EEG experiment.
type EEG struct {
	Subjects    int      `json:"subjects"`
	Repetitions int      `json:"repetitions"`
	Training    int      `json:"training" doc:"repetitions of the training images, for variants that learn EEG (target: eeg); 0: they were not shown"`
	Channels    int      `json:"channels" doc:"17 at most: those of THINGS EEG2"`
	Times       int      `json:"times"`
	Rate        float64  `json:"rate" doc:"samples per second"`
	Start       float64  `json:"start" doc:"seconds from the image's onset to the first sample"`
	Signals     []Signal `json:"signals"`
	Features    int      `json:"features" doc:"of a signal"`
	Individual  float64  `json:"individual" doc:"share of a signal's features that are the subject's own, 0 to 1"`
	Noise       float64  `json:"noise" doc:"deviation of a single trial's noise, in deviations of a signal over images at its peak"`
}

// Signal is an attribute in the EEG.
type Signal struct {
	Encodes string  `json:"encodes" doc:"attribute"`
	Latency float64 `json:"latency" doc:"seconds to its peak"`
	Width   float64 `json:"width" doc:"seconds; deviation of its Gaussian course"`
}

// DefaultParams are those of the demo.
func DefaultParams() Params {
	return Params{
		Planted: 1,
		Images: Images{
			Size: 64, Vertices: []int{2, 3, 4, 6}, Spikiness: []float64{0.2, 0.55, 0.9}, Jitter: 0.1,
			Pretrain: 4000, Train: 2400, Test: 100,
		},
		FMRI: FMRI{
			Subjects: 3,
			ROIs: []ROI{
				{"V1", 200, []string{"hue", "texture_frequency"}},
				{"V2", 200, []string{"hue", "saturation"}},
				{"V4", 200, []string{"hue", "size"}},
				{"LOC", 200, []string{"size", "animacy", "spikiness"}},
			},
			Features: 60, Tuning: 1.2, Individual: 0.25, Reliability: 0.9,
			TrainRepetitions: 1, TestRepetitions: 8, TrainSessions: 2, TestSessions: 1,
			RunImages: 100, RunRepeats: 5, TR: 2, Block: 8, RestBefore: 16, RestAfter: 6,
			Response: 1, Amplitude: 1, Autocorrelation: 0.3, Drift: 2, Motion: 0.5,
		},
		EEG: EEG{
			Subjects: 10, Repetitions: 20, Channels: 17, Times: 50, Rate: 50, Start: -0.2,
			Signals: []Signal{
				{"texture_frequency", 0.1, 0.04},
				{"hue", 0.13, 0.05},
				{"saturation", 0.16, 0.05},
				{"size", 0.2, 0.05},
				{"spikiness", 0.22, 0.05},
				{"animacy", 0.26, 0.06},
			},
			Features: 8, Individual: 0.25, Noise: 3,
		},
	}
}

// Need of a run: every core, and the responses to all images.
func (p Params) Need() stage.Need {
	voxels := int64(p.FMRI.voxels())
	responses := 4 * voxels * int64(p.Images.Train+p.Images.Test)
	shown := max(max(p.Images.EEG, p.Images.Test)*p.EEG.Repetitions, p.Images.Train*p.EEG.Training)
	epochs := 4 * int64(shown) * int64(p.EEG.Channels*p.EEG.Times)
	return stage.Need{Memory: 256<<20 + 2*responses + 2*epochs}
}

func (f FMRI) voxels() int {
	n := 0
	for _, r := range f.ROIs {
		n += r.Voxels
	}
	return n
}

// Validate names the field that makes no sense.
func (p Params) Validate() error {
	if !(p.Planted >= 0 && p.Planted <= 1) {
		return fmt.Errorf("planted: %v is not within 0 and 1", p.Planted)
	}
	if err := p.Images.validate(); err != nil {
		return fmt.Errorf("images.%w", err)
	}
	if err := p.FMRI.validate(); err != nil {
		return fmt.Errorf("fmri.%w", err)
	}
	if err := p.EEG.validate(); err != nil {
		return fmt.Errorf("eeg.%w", err)
	}
	return nil
}

func (p Images) validate() error {
	if len(p.Vertices)*len(p.Spikiness) < 2 {
		return fmt.Errorf("vertices: %d x %d spikiness are fewer than 2 classes", len(p.Vertices), len(p.Spikiness))
	}
	for _, v := range p.Vertices {
		if v < 1 || v > 20 {
			return fmt.Errorf("vertices: %d is not within 1 and 20", v)
		}
	}
	for _, s := range p.Spikiness {
		if !(s >= 0 && s <= 1) {
			return fmt.Errorf("spikiness: %v is not within 0 and 1", s)
		}
	}
	if !(p.Jitter >= 0 && p.Jitter <= 1) {
		return fmt.Errorf("jitter: %v is not within 0 and 1", p.Jitter)
	}
	return inRange([]count{
		{"size", p.Size, 16, 1024},
		{"pretrain", p.Pretrain, 0, 1e6},
		{"train", p.Train, 2, 1e6},
		{"test", p.Test, 3, 1e6},
		{"eeg", p.EEG, 0, 1e6},
	})
}

func (f FMRI) validate() error {
	if err := inRange([]count{
		{"subjects", f.Subjects, 0, 99},
		{"features", f.Features, 1, 1e5},
		{"train_repetitions", f.TrainRepetitions, 1, 1000},
		{"test_repetitions", f.TestRepetitions, 1, 1000},
		{"train_sessions", f.TrainSessions, 1, 99},
		{"test_sessions", f.TestSessions, 1, 99},
		{"run_images", f.RunImages, 2, 1e5},
		{"run_repeats", f.RunRepeats, 0, f.RunImages},
	}); err != nil {
		return err
	}
	for _, r := range f.ROIs {
		if !roiName.MatchString(r.Name) {
			return fmt.Errorf("rois: name %q is not of letters and digits", r.Name)
		}
		if r.Voxels < 2 || r.Voxels > 1e6 {
			return fmt.Errorf("rois: %s has %d voxels, want 2 to 1000000: one in each hemisphere", r.Name, r.Voxels)
		}
		if len(r.Encodes) == 0 {
			return fmt.Errorf("rois: %s encodes no attribute", r.Name)
		}
		for _, a := range r.Encodes {
			if _, err := attribute(a); err != nil {
				return fmt.Errorf("rois: %s: %w", r.Name, err)
			}
		}
	}
	if f.Subjects > 0 && len(f.ROIs) == 0 {
		return fmt.Errorf("rois: there is none")
	}
	for _, v := range []struct {
		name     string
		value    float64
		min, max float64
	}{
		{"tuning", f.Tuning, 0.01, 100},
		{"individual", f.Individual, 0, 1},
		{"reliability", f.Reliability, 0.001, 0.999},
		{"noise", f.Noise, 0, 1e4},
		{"autocorrelation", f.Autocorrelation, 0, 0.99},
		{"response", f.Response, 0, 10},
		{"amplitude", f.Amplitude, 0.01, 10},
		{"drift", f.Drift, 0, 10},
		{"motion", f.Motion, 0, 10},
		{"tr", f.TR, 0.1, 20},
		{"block", f.Block, f.TR, 100},
		{"rest_before", f.RestBefore, 0, 1000},
		{"rest_after", f.RestAfter, 0, 1000},
	} {
		if !(v.value >= v.min && v.value <= v.max) {
			return fmt.Errorf("%s: %v is not within %v and %v", v.name, v.value, v.min, v.max)
		}
	}
	for _, v := range []struct {
		name  string
		value float64
	}{{"block", f.Block}, {"rest_before", f.RestBefore}, {"rest_after", f.RestAfter}} {
		if n := v.value / f.TR; math.Abs(n-math.Round(n)) > 1e-9 {
			return fmt.Errorf("%s: %v s is no whole number of volumes of %v s", v.name, v.value, f.TR)
		}
	}
	return nil
}

func (e EEG) validate() error {
	if err := inRange([]count{
		{"subjects", e.Subjects, 0, 99},
		{"repetitions", e.Repetitions, 1, 10000},
		{"training", e.Training, 0, 10000},
		{"channels", e.Channels, 1, len(channelNames)},
		{"times", e.Times, 1, 100000},
		{"features", e.Features, 1, 1e5},
	}); err != nil {
		return err
	}
	if !(e.Rate >= 0.1 && e.Rate <= 1e5) || !(e.Start >= -100 && e.Start <= 100) {
		return fmt.Errorf("rate, start: %v samples per second from %v s: want 0.1 to 100000, and within 100 s of the onset", e.Rate, e.Start)
	}
	if !(e.Individual >= 0 && e.Individual <= 1) {
		return fmt.Errorf("individual: %v is not within 0 and 1", e.Individual)
	}
	if !(e.Noise >= 0 && e.Noise <= 1e4) {
		return fmt.Errorf("noise: %v is not within 0 and 10000", e.Noise)
	}
	for _, s := range e.Signals {
		if _, err := attribute(s.Encodes); err != nil {
			return fmt.Errorf("signals: %w", err)
		}
		if !(s.Width > 0) || math.IsInf(s.Width, 0) || math.IsNaN(s.Latency) || math.IsInf(s.Latency, 0) {
			return fmt.Errorf("signals: %s at %v s, %v s wide: want a width above 0", s.Encodes, s.Latency, s.Width)
		}
	}
	return nil
}

// count is a whole number and what is allowed.
type count struct {
	name            string
	value, min, max int
}

func inRange(list []count) error {
	for _, c := range list {
		if c.value < c.min || c.value > c.max {
			return fmt.Errorf("%s: %d is not within %d and %d", c.name, c.value, c.min, c.max)
		}
	}
	return nil
}
