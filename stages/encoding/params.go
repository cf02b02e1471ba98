package encoding

import (
	"fmt"
	"slices"

	"realnet/stages/analysis/encoding"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Layers     []string  `json:"layers" doc:"layers, each predicting alone; none: every layer"`
	ROIs       []string  `json:"rois" doc:"regions whose mean is reported; none: every region of the patterns"`
	Subset     string    `json:"subset" doc:"images to take: train, test; empty: all"`
	Folds      int       `json:"folds" doc:"parts of the images, each predicted from the others"`
	Inner      int       `json:"inner" doc:"parts of the other images, which choose each response's penalty"`
	AlphaLow   float64   `json:"alpha_low" doc:"smallest penalty, in units of the mean squared norm of an image's features"`
	AlphaHigh  float64   `json:"alpha_high" doc:"largest penalty"`
	Alphas     int       `json:"alphas" doc:"penalties in equal ratios from the smallest to the largest"`
	Partition  []string  `json:"partition" doc:"unique shares: layers (each beside the others), models (each beside the same layer of the reference network); none: not computed; in studies of voxels and electrodes alone"`
	CKA        bool      `json:"cka" doc:"also compare layers and responses by unbiased linear CKA"`
	Candidates int       `json:"candidates" doc:"weights of the bands that a partition tries"`
	Window     []float64 `json:"window" doc:"EEG: first and last seconds; none: every time"`
	Seed       uint64    `json:"seed" doc:"order of the images, weights of the bands"`
	Source     string    `json:"source" doc:"label of the responses: fmri, other, eeg"`
	Subjects   []string  `json:"subjects" doc:"label of each artifact of the port epochs"`
	Model      string    `json:"model" doc:"label of the network"`
	Trained    string    `json:"trained" doc:"label: subject whose brain trained the network"`
	Reference  string    `json:"reference" doc:"label of the network of the port reference"`
}

// Values of Params.Partition.
const (
	Layers = "layers"
	Models = "models"
)

// DefaultParams are five folds in each loop and 13 penalties.
func DefaultParams() Params {
	d := encoding.DefaultConfig()
	return Params{Folds: d.Folds, Inner: d.Inner, AlphaLow: 1e-4, AlphaHigh: 1e2, Alphas: 13, Candidates: 20, Source: "fmri"}
}

// Validate checks counts and names.
func (p Params) Validate() error {
	switch {
	case p.Folds < 2 || p.Inner < 2:
		return fmt.Errorf("folds and inner: %d and %d: 2 or more", p.Folds, p.Inner)
	case !(p.AlphaLow > 0 && p.AlphaLow <= p.AlphaHigh) || p.AlphaHigh > 1e300:
		return fmt.Errorf("alpha_low and alpha_high: %v and %v: above 0, and in this order", p.AlphaLow, p.AlphaHigh)
	case p.Alphas < 1 || p.Alphas > 1000:
		return fmt.Errorf("alphas: %d is not in 1..1000", p.Alphas)
	case p.Candidates < 2:
		return fmt.Errorf("candidates: %d: 2 or more", p.Candidates)
	case len(p.Window) != 0 && (len(p.Window) != 2 || !(p.Window[0] <= p.Window[1])):
		return fmt.Errorf("window: %v is no first and last time", p.Window)
	}
	for _, name := range p.Partition {
		if !slices.Contains([]string{Layers, Models}, name) {
			return fmt.Errorf("partition: %q is neither %s nor %s", name, Layers, Models)
		}
	}
	return nil
}

// Need of a run: a layer's features, and the responses of a subject.
func (Params) Need() stage.Need { return stage.Need{Memory: 1 << 30} }
