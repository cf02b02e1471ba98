package pipeline

import (
	"fmt"
	"strings"

	"realnet/stages/fmri"
	"realnet/stages/rdm"
	"realnet/stages/report"
	"realnet/stages/rsa"
	"realnet/stages/stats"
)

// Study is everything about one reproduction: what a study file says. Sections
// named after a stage are that stage's parameters; what a plan derives itself
// (labels, seeds of subjects) is laid over them.
type Study struct {
	Study string `json:"study"` // its name
	About string `json:"about"` // one sentence
	Kind  string `json:"kind"`  // what its plan looks like: one of Kinds
	Seed  uint64 `json:"seed"`

	Data     Data     `json:"data"`
	Subjects []string `json:"subjects"`
	ROIs     []string `json:"rois"`

	FMRI   fmri.Params   `json:"fmri"`
	RDM    rdm.Params    `json:"rdm"`
	RSA    rsa.Params    `json:"rsa"`
	Stats  stats.Params  `json:"stats"`
	Report report.Params `json:"report"`
}

// Data names the datasets of a study by their role.
type Data struct {
	FMRI Source `json:"fmri"`
}

// Source is a dataset of the catalogue, or a folder of one's own in the same
// layout.
type Source struct {
	Dataset string   `json:"dataset"` // name in the catalogue
	Folder  string   `json:"folder"`  // where it lies; empty: below --data, else downloaded
	Files   []string `json:"files"`   // patterns of the files that the study reads
}

// DefaultStudy is a study before its file is read.
func DefaultStudy() Study {
	return Study{
		Kind: "reliability", Seed: 20240710,
		FMRI: fmri.DefaultParams(), RDM: rdm.DefaultParams(), RSA: rsa.DefaultParams(),
		Stats: stats.DefaultParams(), Report: report.DefaultParams(),
	}
}

// planners build the plan of each kind of study.
var planners = map[string]func(*builder) error{
	"reliability": planReliability,
}

// Validate reports a study that no plan can be made of.
func (s Study) Validate() error {
	if _, ok := planners[s.Kind]; !ok {
		return fmt.Errorf("kind: %q%s (kinds: %s)", s.Kind, didYouMean(s.Kind, kinds()), strings.Join(kinds(), ", "))
	}
	if len(s.Subjects) == 0 {
		return fmt.Errorf("subjects: none given")
	}
	return nil
}

func kinds() []string {
	return sortedKeys(planners)
}
