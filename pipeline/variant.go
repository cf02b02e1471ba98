package pipeline

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"realnet/model"
	"realnet/stages/train"
)

// Variant is one trained model of a study: what it changes of the section
// train. A field that is left out is that section's.
type Variant struct {
	Name string `json:"name"`
	// Gain says what the variant must show: true, that it beats the base and the
	// control; false, that it does not beat the base. Left out: nothing is checked.
	Gain *bool `json:"gain"`

	Beta         *float64           `json:"beta"`
	Contrastive  *model.Contrastive `json:"contrastive"`
	MSE          *bool              `json:"mse"`
	Layers       []string           `json:"layers"`
	Trunk        *string            `json:"trunk"`
	Pairing      *string            `json:"pairing"`
	BNUpdates    *int               `json:"bn_updates"`
	Teacher      *model.Teacher     `json:"teacher"`
	Target       *string            `json:"target"`
	Epochs       *int               `json:"epochs"`
	LearningRate *float64           `json:"learning_rate"`
	Validation   *float64           `json:"validation"`
	Seed         *uint64            `json:"seed"` // of its training, in place of the study's
}

// of returns the parameters of the variant's training.
func (v Variant) of(p train.Params) train.Params {
	set(&p.Beta, v.Beta)
	set(&p.Contrastive, v.Contrastive)
	set(&p.MSE, v.MSE)
	set(&p.Trunk, v.Trunk)
	set(&p.Pairing, v.Pairing)
	set(&p.BNUpdates, v.BNUpdates)
	set(&p.Teacher, v.Teacher)
	set(&p.Epochs, v.Epochs)
	set(&p.LearningRate, v.LearningRate)
	set(&p.Validation, v.Validation)
	if len(v.Layers) > 0 {
		p.Layers = v.Layers
	}
	return p
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// target is what the variant predicts.
func (v Variant) target() string {
	if v.Target == nil {
		return TargetFMRI
	}
	return *v.Target
}

// seed is that of the variant's first training; each further one, of a subject or then of
// a fold, adds 1.
func (v Variant) seed(of Study) uint64 {
	if v.Seed != nil {
		return *v.Seed
	}
	return of.Seed
}

// sweep lists the variants that differ in beta alone: those like the first that must
// gain, or like the first of all where none must.
func sweep(list []Variant, p train.Params) []string {
	alike := func(a, b Variant) bool {
		x, y := a.of(p), b.of(p)
		x.Beta, y.Beta = 0, 0
		return reflect.DeepEqual(x, y) && a.target() == b.target() && reflect.DeepEqual(a.Seed, b.Seed)
	}
	first := max(0, slices.IndexFunc(list, func(v Variant) bool { return v.Gain != nil && *v.Gain }))
	var out []string
	for _, v := range list {
		if alike(v, list[first]) {
			out = append(out, v.Name)
		}
	}
	return out
}

// checkVariants reports names that are ambiguous or would not be a path.
func checkVariants(list []Variant) error {
	seen := map[string]bool{BaseVariant: true}
	for i, v := range list {
		if strings.ContainsAny(v.Name, "/\\ \t\n") || strings.HasPrefix(v.Name, ".") {
			return fmt.Errorf("variants[%d].name: %q cannot be part of a node's name: letters, digits, - and _ can", i, v.Name)
		}
		if v.Name == "" || seen[v.Name] {
			return fmt.Errorf("variants[%d].name: %q is empty, taken, or the base network's", i, v.Name)
		}
		if t := v.target(); t != TargetFMRI && t != TargetEEG && t != TargetRDMs {
			return fmt.Errorf("variants[%d].target: %q is none of fmri, eeg and rdms", i, t)
		}
		seen[v.Name] = true
	}
	return nil
}
