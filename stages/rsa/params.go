package rsa

import (
	"cmp"
	"fmt"
	"slices"

	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/compare"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Method       compare.Method      `json:"method" doc:"spearman, pearson, kendall, tau-a, rho-a, cosine, whitened-correlation, whitened-cosine"`
	Permutations int                 `json:"permutations" doc:"of condition labels; all of them when that is no more; 0: no test"`
	Alternative  compare.Alternative `json:"alternative" doc:"two-sided or greater"`
	Bootstrap    int                 `json:"bootstrap" doc:"resamples of images for the 95 % interval; 0: none"`
	Seed         uint64              `json:"seed"`
	Models       Selector            `json:"models" doc:"rows of the model RDMs to take"`
	Brains       Selector            `json:"brains" doc:"rows of the brain RDMs to take"`
	Match        []string            `json:"match" doc:"compare only rows that agree in these: subject, roi, session, layer, time"`
	Dataset      string              `json:"dataset" doc:"label of the brains' dataset"`
	OmitNaN      bool                `json:"omit_nan" doc:"leave out pairs that are NaN in either RDM; needs permutations 0 and bootstrap 0"`
	Intersect    bool                `json:"intersect" doc:"compare the conditions that all models and brains have, where some lack some; else the models must have all of the brains'"`
}

// Selector chooses rows of a set of RDMs. An empty field takes all, except
// Split: RDMs of parts of the data are taken only when asked for.
type Selector struct {
	Kinds    []string `json:"kinds"`
	Layers   []string `json:"layers"`
	Subjects []string `json:"subjects"`
	ROIs     []string `json:"rois"`
	Sessions []string `json:"sessions"`
	Split    string   `json:"split" doc:"part of the data; empty: the whole; *: every part and the whole"`
}

// AnySplit takes RDMs of the whole data and of its parts.
const AnySplit = "*"

func (s Selector) takes(r rdms.Row) bool {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	return in(s.Kinds, r.Kind) && in(s.Layers, r.Layer) && in(s.Subjects, r.Subject) && in(s.ROIs, r.ROI) &&
		in(s.Sessions, r.Session) && (s.Split == AnySplit || s.Split == r.Split)
}

// DefaultParams are Spearman's correlation with a two-sided test.
func DefaultParams() Params {
	return Params{Method: compare.Spearman, Permutations: 10000, Alternative: compare.TwoSided, Bootstrap: 1000}
}

// fields are what rows can be matched by.
var fields = map[string]func(a, b rdms.Row) bool{
	"subject": func(a, b rdms.Row) bool { return a.Subject == b.Subject },
	"roi":     func(a, b rdms.Row) bool { return a.ROI == b.ROI },
	"session": func(a, b rdms.Row) bool { return a.Session == b.Session },
	"layer":   func(a, b rdms.Row) bool { return a.Layer == b.Layer },
	"time":    func(a, b rdms.Row) bool { return a.Time == b.Time },
}

// Validate checks names and counts.
func (p Params) Validate() error {
	if !slices.Contains(compare.Methods(), p.Method) {
		return fmt.Errorf("method: %q is none of %v", p.Method, compare.Methods())
	}
	if p.Alternative != compare.TwoSided && p.Alternative != compare.Greater {
		return fmt.Errorf("alternative: %q is neither %q nor %q", p.Alternative, compare.TwoSided, compare.Greater)
	}
	if err := cmp.Or(stage.Within("permutations", p.Permutations, 0, compare.MostResamples), stage.Within("bootstrap", p.Bootstrap, 0, compare.MostResamples)); err != nil {
		return err
	}
	if p.Bootstrap == 1 {
		return fmt.Errorf("bootstrap: 1: an interval needs 2 or more; 0: none")
	}
	if p.OmitNaN && p.Permutations+p.Bootstrap > 0 {
		return fmt.Errorf("omit_nan: a permuted gap is no gap any more: give permutations 0 and bootstrap 0")
	}
	for _, m := range p.Match {
		if fields[m] == nil {
			return fmt.Errorf("match: %q is none of subject, roi, session, layer, time", m)
		}
	}
	return nil
}

// options are those of the comparison.
func (p Params) options() compare.Options {
	o := compare.DefaultOptions()
	o.Method, o.OmitNaN = p.Method, p.OmitNaN
	return o
}

// Need of a run: every core for the permutations.
func (Params) Need() stage.Need { return stage.Need{} }
