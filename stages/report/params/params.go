// Package params holds the parameters of the report, as a plan sets them. It draws
// nothing, so a planner that imports it links no drawing code.
package params

import (
	"encoding/json"
	"fmt"
)

// Params of the stage.
type Params struct {
	Study     string          `json:"study" doc:"name of the study"`
	Title     string          `json:"title" doc:"heading of the page; empty: the study's name"`
	About     string          `json:"about" doc:"what the study is, one sentence"`
	Command   string          `json:"command" doc:"command that makes the run again; empty: from study.json"`
	Missing   []string        `json:"missing" doc:"nodes of the run that failed or were not run; the page says so at its top"`
	StudyJSON json.RawMessage `json:"study_json" doc:"the whole study, for methods, results.json and study.json"`
	Stages    []string        `json:"stages" doc:"stages of the run; the methods describe these alone"`

	Swapped map[string]string `json:"swapped" doc:"stages that another program ran, and its name; the methods do not describe what it did"`

	Base     string  `json:"base" doc:"label of the base model"`
	Control  string  `json:"control" doc:"label of the model trained without the brain term"`
	Models   []Model `json:"models" doc:"models in order, with their roles; others are taken for what their labels say"`
	Training string  `json:"training_dataset" doc:"dataset of the brains that trained the models; empty: every dataset"`
	Alpha    float64 `json:"alpha" doc:"corrected p values below it are called significant"`

	Weights []string `json:"weights" doc:"label of each network of the port weights, MODEL or MODEL/SUBJECT; empty: from their training parameters"`
	Groups  []Group  `json:"groups" doc:"subjects whose brains together trained the networks of a label; other labels are subjects"`
	Targets []string `json:"targets" doc:"label of each artifact of the port targets; empty: numbers"`
}

// Default names the base model and the control.
func Default() Params { return Params{Base: "base", Control: "control", Alpha: 0.05} }

// Validate checks the roles of models.
func (p Params) Validate() error {
	for _, m := range p.Models {
		switch m.Role {
		case Base, Control, Aligned, Shuffled, ShuffledWithin, Other:
		default:
			return fmt.Errorf("models: %s: role %q is none of base, control, aligned, shuffled, shuffled-within, other", m.Label, m.Role)
		}
	}
	if !(p.Alpha > 0 && p.Alpha < 1) {
		return fmt.Errorf("alpha: %v is not between 0 and 1", p.Alpha)
	}
	return nil
}

// Roles of models in a study.
const (
	Base     = "base"     // as it was before any brain data
	Control  = "control"  // trained without the brain term
	Aligned  = "aligned"  // trained with it
	Shuffled = "shuffled" // trained with the wrong brain responses
	// ShuffledWithin is trained with responses to other images of the same class.
	ShuffledWithin = "shuffled-within"
	Other          = "other"
)

// Group is the subjects who trained the networks of one label together.
type Group struct {
	Label    string   `json:"label"`
	Subjects []string `json:"subjects"`
}

// Model is one network of a study as the report shows it.
type Model struct {
	Label string  `json:"label" doc:"as in the rows of similarities and accuracies"`
	Role  string  `json:"role" doc:"base, control, aligned, shuffled, shuffled-within or other"`
	Beta  float64 `json:"beta" doc:"weight of the brain term"`
	Text  string  `json:"text" doc:"name for readers; empty: the label"`
	Main  bool    `json:"main" doc:"the aligned model that figures show where they show one"`
	Sweep bool    `json:"sweep" doc:"one point of the sweep of betas"`
}
