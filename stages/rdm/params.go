package rdm

import (
	"fmt"
	"slices"

	"realnet/stages/analysis/rdm"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Metric     rdm.Metric    `json:"metric" doc:"correlation, cosine, euclidean, sqeuclidean, mahalanobis, crossnobis, poisson, poisson-cv"`
	PerFeature bool          `json:"per_feature" doc:"divide euclidean distances by the number of features, as rsatoolbox does"`
	Noise      rdm.Shrinkage `json:"noise" doc:"estimate of the noise covariance for mahalanobis and crossnobis: shrinkage-diag, shrinkage-eye, diag, full; given: the input precision; empty: none"`
	Subset     string        `json:"subset" doc:"rows to take: train, test; empty: all"`
	ROIs       []string      `json:"rois" doc:"regions, one RDM each; none: every voxel"`
	Layers     []string      `json:"layers" doc:"layers, one RDM each; none: every layer"`
	Split      string        `json:"split" doc:"also one RDM of each part of the data: odd-even (runs) or session; empty: none"`
	Model      string        `json:"model" doc:"label of the network"`
	Trained    string        `json:"trained" doc:"label: subject whose brain trained the network"`
}

// Ways to split the data.
const (
	OddEven = "odd-even"
	Session = "session"
)

// Given is the noise covariance of the input precision.
const Given rdm.Shrinkage = "given"

// DefaultParams are those of the paper: 1 - Pearson correlation over all data.
func DefaultParams() Params { return Params{Metric: rdm.Correlation} }

// Validate checks names.
func (p Params) Validate() error {
	if !slices.Contains(rdm.Metrics(), p.Metric) {
		return fmt.Errorf("metric: %q is none of %v", p.Metric, rdm.Metrics())
	}
	if p.Split != "" && p.Split != OddEven && p.Split != Session {
		return fmt.Errorf("split: %q is neither %q nor %q", p.Split, OddEven, Session)
	}
	switch p.Noise {
	case "", Given, rdm.ShrinkageDiag, rdm.ShrinkageEye, rdm.Diagonal, rdm.Full:
	default:
		return fmt.Errorf("noise: %q is none of shrinkage-diag, shrinkage-eye, diag, full, given", p.Noise)
	}
	if (p.Metric == rdm.Mahalanobis) && p.Noise == "" {
		return fmt.Errorf("noise: mahalanobis needs a noise covariance: give shrinkage-diag, shrinkage-eye, diag or full")
	}
	if p.Noise != "" && p.Metric != rdm.Mahalanobis && p.Metric != rdm.Crossnobis {
		return fmt.Errorf("noise: %s takes no noise covariance", p.Metric)
	}
	return nil
}

// Need of a run: its cores, and the features of one layer or region.
func (Params) Need() stage.Need { return stage.Need{Memory: 1 << 30} }
