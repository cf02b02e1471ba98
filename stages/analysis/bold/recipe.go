package bold

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Recipe is the preprocessing of a run; each step is a parameter.
type Recipe struct {
	DropVolumes   int     `json:"drop_volumes"`    // from the start of the run
	DetrendOrder  int     `json:"detrend_order"`   // of the polynomial: 0 the constant, 1 linear, ...; -1 none
	RegressMotion bool    `json:"regress_motion"`  // the run's regressors, together with the trend
	KeepMean      bool    `json:"keep_mean"`       // put the mean back after regressing
	Normalise     string  `json:"normalise"`       // none, zscore, percent (of the run's mean) or percent_rest
	DDOF          int     `json:"ddof"`            // of the z-score: 0 divides by n, 1 by n-1
	ClipSD        float64 `json:"clip_sd"`         // clip beyond this many SD; 0 does not clip
	ClipRounds    int     `json:"clip_rounds"`     // times that mean and SD are taken anew and clipped by
	Estimate      string  `json:"estimate"`        // average, glm (a pattern a condition), lsa (a pattern a trial) or lss (each trial in a model of its own)
	LagVolumes    int     `json:"lag_volumes"`     // haemodynamic shift of the averaging window; a GLM has its HRF instead
	TruncateLast  bool    `json:"truncate_last"`   // average what is there when a shifted window passes the run's end
	Repeats       string  `json:"repeats"`         // keep or drop one-back repeats
	Unusable      string  `json:"unusable_voxels"` // zero, leave_out or error
}

// The values of the fields that are words.
const (
	None        = "none"
	ZScored     = "zscore"
	Percent     = "percent"
	PercentRest = "percent_rest"

	Average = "average"
	GLM     = "glm"
	LSA     = "lsa"
	LSS     = "lss"

	Keep = "keep"
	Drop = "drop"

	Zero  = "zero"
	Leave = "leave_out"
	Error = "error"
)

// ShenRecipe is that of Shen et al. 2019 (PLoS Comput Biol 15:e1006633) for TR = 2 s:
// the first 8 s dropped; constant, linear trend and six motion parameters regressed
// out; a lag of 4 s; clipping at 3 SD as bdpy's reduce_outlier does by default (ten rounds); the
// 4 volumes of each 8-s block averaged; one-back repeats left out, which leaves 50
// patterns a run. The number of clipping rounds is the toolbox's default, not stated in
// the paper.
func ShenRecipe() Recipe {
	return Recipe{
		DropVolumes: 4, DetrendOrder: 1, RegressMotion: true, Normalise: None, ClipSD: 3, ClipRounds: 10,
		Estimate: Average, LagVolumes: 2, Repeats: Drop, Unusable: Zero,
	}
}

// HorikawaRecipe is that of Horikawa & Kamitani 2017 (Nat Commun 8:15037) for TR = 3 s:
// the first 9 s dropped, the linear trend removed within the run, values as percent of
// the run's mean, a lag of 3 s, the 3 volumes of each 9-s block averaged. Patterns are
// then standardised by the training set with ddof = 1 (see [FitScaler]). Repeats are not
// flagged in ds001246: see [MarkRepeats]. The detrending and the 9 s follow the paper's
// account, and were not checked against the lab's code.
func HorikawaRecipe() Recipe {
	return Recipe{
		DropVolumes: 3, DetrendOrder: 1, KeepMean: true, Normalise: Percent, ClipRounds: 1,
		Estimate: Average, LagVolumes: 1, Repeats: Drop, Unusable: Zero,
	}
}

// HaxbyRecipe is a plain one for the blocks of Haxby et al. 2001 (TR = 2.5 s): linear
// trend and motion regressed out, z-scored over the run, a lag of 5 s.
func HaxbyRecipe() Recipe {
	return Recipe{
		DetrendOrder: 1, RegressMotion: true, Normalise: ZScored, ClipRounds: 1,
		Estimate: Average, LagVolumes: 2, Repeats: Keep, Unusable: Zero,
	}
}

// FMRIPrepRecipe is for runs that fMRIPrep preprocessed: constant and linear trend
// regressed out together with the confounds that the study names, z-scored over the run,
// a pattern a trial from one GLM; voxels without signal in some run are left out.
func FMRIPrepRecipe() Recipe {
	return Recipe{DetrendOrder: 1, Normalise: ZScored, ClipRounds: 1, Estimate: LSA, Repeats: Keep, Unusable: Leave}
}

// Check returns ErrRecipe, naming the field, when a recipe cannot be carried out.
func (r Recipe) Check() error {
	bad := func(field, format string, args ...any) error {
		return fmt.Errorf("bold: %w: %s: %s", ErrRecipe, field, fmt.Sprintf(format, args...))
	}
	for _, f := range []struct {
		name     string
		value    int
		min, max int
	}{
		{"drop_volumes", r.DropVolumes, 0, math.MaxInt32},
		{"detrend_order", r.DetrendOrder, -1, 20},
		{"ddof", r.DDOF, 0, 1},
		{"clip_rounds", r.ClipRounds, 1, 1000},
		{"lag_volumes", r.LagVolumes, 0, math.MaxInt32},
	} {
		if f.value < f.min || f.value > f.max {
			return bad(f.name, "%d is not within %d and %d", f.value, f.min, f.max)
		}
	}
	for _, f := range []struct {
		name, value string
		allowed     []string
	}{
		{"normalise", r.Normalise, []string{None, ZScored, Percent, PercentRest}},
		{"estimate", r.Estimate, []string{Average, GLM, LSA, LSS}},
		{"repeats", r.Repeats, []string{Keep, Drop}},
		{"unusable_voxels", r.Unusable, []string{Zero, Leave, Error}},
	} {
		if !slices.Contains(f.allowed, f.value) {
			return bad(f.name, "%q is none of %s", f.value, strings.Join(f.allowed, ", "))
		}
	}
	percent := r.Normalise == Percent || r.Normalise == PercentRest
	switch {
	case !(r.ClipSD >= 0) || math.IsInf(r.ClipSD, 0):
		return bad("clip_sd", "%g is not a positive number or 0", r.ClipSD)
	case r.RegressMotion && r.DetrendOrder < 0:
		return bad("regress_motion", "motion is regressed with at least a constant; set detrend_order to 0 or more")
	case percent && r.DetrendOrder >= 0 && !r.KeepMean:
		return bad("normalise", "%s divides by the mean, which was regressed out; set keep_mean", r.Normalise)
	case r.Estimate != Average && r.DetrendOrder < 0:
		return bad("estimate", "a GLM needs at least a constant; set detrend_order to 0 or more")
	case r.Estimate != Average && r.LagVolumes != 0:
		return bad("lag_volumes", "a GLM models the lag by its haemodynamic response; set it to 0")
	}
	return nil
}
