package arrayset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrFormat is returned when files, rows and axes do not fit each other. The message
// says which, and what to change.
var ErrFormat = errors.New("arrays do not fit")

// Spec says where arrays are and what their axes mean. It is a section of a stage's
// parameters.
type Spec struct {
	Preset   string            `json:"preset" doc:"glmsingle (betasmd of TYPED_FITHRF_GLMDENOISE_RR) or nsd (sessions of the Natural Scenes Dataset), for the fields that are empty; empty: none"`
	File     string            `json:"file" doc:"files below the dataset's folder: {subject}, {roi}, {subset} and {session} stand for the labels, * for anything"`
	Array    string            `json:"array" doc:"name of the array in a file, with the same marks; empty: the only one"`
	Rows     string            `json:"rows" doc:"table of the rows: a header with condition (or image) and any of subset, session, run, repetition; or a .txt of conditions; empty: the arrays name their rows (index of a .csv or of pandas' Parquet)"`
	Columns  map[string]string `json:"columns" doc:"columns of rows that are called otherwise, by what they say: condition, subset, session, run, repetition"`
	Axes     []string          `json:"axes" doc:"what each axis is, in the order in which numpy or h5py shows them: one row (or trial, condition, ...), the others features (voxel, x, y, z, channel, time, ...); none: row, feature"`
	Mask     string            `json:"mask" doc:"NIfTI image or array of the features' shape, {roi} for the region: where it is above 0 a feature is kept"`
	Regions  string            `json:"regions" doc:"table with one row per feature and a column roi, for arrays that hold several regions"`
	Scale    float64           `json:"scale" doc:"values are divided by it (300 for NSD)"`
	NaN      string            `json:"nan" doc:"what is done about NaN and infinite values: refuse, or drop the features that have one"`
	Channels string            `json:"channels" doc:"EEG: file with the names of channels, or name of such an array in the file of the data; empty: ch_names, chanlocs, or numbers"`
	Times    string            `json:"times" doc:"EEG: file or array with the times in seconds; empty: times of the file, or start and rate"`
	Start    float64           `json:"start" doc:"EEG without times: seconds of the first sample"`
	Rate     float64           `json:"rate" doc:"EEG without times: samples per second"`
}

// Values of Spec.NaN.
const (
	Refuse = "refuse"
	Drop   = "drop"
)

// Default reads rows x features as they are.
func Default() Spec { return Spec{Scale: 1, NaN: Refuse} }

// presets fill what a spec leaves empty.
var presets = map[string]Spec{
	"glmsingle": {File: "{subject}/TYPED*_RR.*", Array: "betasmd"},
	"nsd": {
		File: "nsddata_betas/ppdata/{subject}/func1pt8mm/betas_fithrf_GLMdenoise_RR/betas_session{session}.hdf5", Array: "betas",
		Axes: []string{"row", "z", "y", "x"}, Rows: "nsddata/ppdata/{subject}/behav/responses.tsv", Mask: "nsddata/ppdata/{subject}/func1pt8mm/roi/{roi}.nii.gz",
		Columns: map[string]string{"condition": "73KID", "session": "SESSION", "run": "RUN"}, Scale: 300,
	},
}

// filled is the spec with what its preset says.
func (s Spec) filled() Spec {
	p, ok := presets[s.Preset]
	if !ok {
		return s
	}
	for _, f := range []struct{ own, usual *string }{{&s.File, &p.File}, {&s.Array, &p.Array}, {&s.Rows, &p.Rows}, {&s.Mask, &p.Mask}} {
		if *f.own == "" {
			*f.own = *f.usual
		}
	}
	if len(s.Axes) == 0 {
		s.Axes = p.Axes
	}
	if len(s.Columns) == 0 {
		s.Columns = p.Columns
	}
	if s.Scale == 1 && p.Scale != 0 {
		s.Scale = p.Scale
	}
	return s
}

// rowNames are the words for the axis of rows.
var rowNames = []string{"row", "trial", "sample", "condition", "image", "stimulus", "beta", "event", "presentation", "epoch"}

const repetition = "repetition"

// isRow says that an axis is counted by the table of rows.
func isRow(axis string) bool { return slices.Contains(rowNames, axis) }

// Validate checks the spec as far as it can be without files.
func (s Spec) Validate() error {
	if _, ok := presets[s.Preset]; !ok && s.Preset != "" {
		return fmt.Errorf("preset: %q is neither glmsingle nor nsd", s.Preset)
	}
	s = s.filled()
	if s.File == "" {
		return errors.New(`file: name the files of the arrays, as in "{subject}_{roi}.npy"`)
	}
	for field, pattern := range map[string]string{"file": s.File, "array": s.Array, "rows": s.Rows, "mask": s.Mask, "regions": s.Regions} {
		if err := checkMarks(pattern); err != nil {
			return fmt.Errorf("%s: %w", field, err)
		}
	}
	if s.Scale == 0 || s.Scale != s.Scale {
		return fmt.Errorf("scale: values cannot be divided by %v", s.Scale)
	}
	if s.NaN != Refuse && s.NaN != Drop {
		return fmt.Errorf("nan: %q is neither %s nor %s", s.NaN, Refuse, Drop)
	}
	for what := range s.Columns {
		if !slices.Contains([]string{"condition", "subset", "session", "run", repetition}, what) {
			return fmt.Errorf("columns: %q is none of condition, subset, session, run, repetition", what)
		}
	}
	return checkAxes(s.Axes)
}

func checkAxes(axes []string) error {
	rows := 0
	for i, a := range axes {
		if isRow(a) {
			rows++
		}
		if slices.Contains(axes[:i], a) && a != "feature" {
			return fmt.Errorf("axes: %v names %q twice", axes, a)
		}
	}
	if len(axes) > 0 && rows != 1 {
		return fmt.Errorf("axes: %v: one axis is the rows of the table (%s)", axes, strings.Join(rowNames, ", "))
	}
	return nil
}

// Regional says that the spec finds regions by name: each in a file, an array or a mask
// of its own, or by the table of regions.
func (s Spec) Regional() bool {
	s = s.filled()
	return has(s.File, "roi") || has(s.Array, "roi") || has(s.Mask, "roi") || s.Regions != ""
}
