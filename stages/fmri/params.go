package fmri

import (
	"fmt"
	"path"
	"slices"
	"sort"

	"github.com/go-json-experiment/json"

	"realnet/data/bids"
	"realnet/stages/analysis/bold"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Layout      string            `json:"layout" doc:"how the dataset keeps its files: openfmri, bids or bdata"`
	Subject     string            `json:"subject" doc:"the subject's label in the dataset, without sub-"`
	ROIs        []string          `json:"rois" doc:"regions whose voxels are kept; none: every voxel of the brain mask"`
	Image       string            `json:"image" doc:"bids: pattern (path.Match) of the file names of the BOLD images; empty: any. openfmri: file name of the BOLD image in a run's folder; empty: bold.nii.gz"`
	Entities    map[string]string `json:"entities" doc:"bids: labels that an image must have, by entity (space, desc, res, echo, part, rec, acq, ...), where a run has several images; an empty label: the image must not have that entity"`
	Masks       string            `json:"masks" doc:"openfmri: folder of the masks below the subject's masks folder"`
	Threshold   float64           `json:"mask_threshold" doc:"above 0: in place of mask files, one region whose voxels have a mean in the first run above this fraction of the image's 98th percentile"`
	Task        string            `json:"task" doc:"bids: task label; empty: any"`
	TrainMatch  string            `json:"train_sessions" doc:"bids: sessions whose label starts so are the training set"`
	TestMatch   string            `json:"test_sessions" doc:"bids: sessions whose label starts so are the test set"`
	Coding      bids.Coding       `json:"coding" doc:"which columns and values of events.tsv mean what"`
	Recipe      Recipe            `json:"recipe"`
	BData       BData             `json:"bdata"`
	Average     string            `json:"average" doc:"none: a sample a trial; run: one a condition and run; condition: one a condition"`
	Standardise string            `json:"standardise" doc:"none, or train: subtract mean and divide by deviation of the training samples, voxel by voxel"`
}

// Recipe is the preprocessing of a run. Preset lays a lab's recipe down first;
// the fields given beside it change that.
type Recipe struct {
	Preset string `json:"preset" doc:"shen, horikawa, haxby, or empty"`
	bold.Recipe
}

// presets are the labs' recipes.
var presets = map[string]func() bold.Recipe{
	"shen": bold.ShenRecipe, "horikawa": bold.HorikawaRecipe, "haxby": bold.HaxbyRecipe,
}

// Preset returns a lab's recipe. It panics on an unknown name.
func Preset(name string) Recipe { return Recipe{name, presets[name]()} }

// UnmarshalJSON lays the preset, then the fields given, over the recipe.
func (r *Recipe) UnmarshalJSON(text []byte) error {
	var head struct {
		Preset *string `json:"preset"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return err
	}
	if head.Preset != nil && *head.Preset != "" {
		make, ok := presets[*head.Preset]
		if !ok {
			return fmt.Errorf("recipe.preset: %q is none of %v", *head.Preset, presetNames())
		}
		r.Recipe = make()
	}
	type plain Recipe // without this method
	return json.Unmarshal(text, (*plain)(r), json.RejectUnknownMembers(true))
}

func presetNames() []string {
	names := []string{}
	for n := range presets {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Averages that a sample can be.
const (
	PerTrial     = "none"
	PerRun       = "run"
	PerCondition = "condition"
)

// DefaultParams read a BIDS dataset with the recipe of Shen et al. 2019.
func DefaultParams() Params {
	return Params{
		Layout: "bids", Coding: bids.ShenCoding(), Recipe: Preset("shen"),
		Average: PerTrial, Standardise: "none",
		BData: BData{Label: "stimulus_name", Names: FromValueMap},
	}
}

// Validate checks names and the recipe.
func (p Params) Validate() error {
	if _, ok := layouts[p.Layout]; !ok && p.Layout != bdataLayout {
		return fmt.Errorf("layout: %q is none of %v", p.Layout, append(layoutNames(), bdataLayout))
	}
	if !slices.Contains([]string{PerTrial, PerRun, PerCondition}, p.Average) {
		return fmt.Errorf("average: %q is none of none, run, condition", p.Average)
	}
	if p.Standardise != "none" && p.Standardise != "train" {
		return fmt.Errorf("standardise: %q is neither none nor train", p.Standardise)
	}
	if p.Layout == bdataLayout {
		return p.validateBData()
	}
	if !(p.Threshold >= 0 && p.Threshold < 1) {
		return fmt.Errorf("mask_threshold: %v is not in [0, 1)", p.Threshold)
	}
	if p.Threshold > 0 && len(p.ROIs) > 1 {
		return fmt.Errorf("mask_threshold: makes one region, rois names %d", len(p.ROIs))
	}
	if _, err := path.Match(p.Image, ""); err != nil {
		return fmt.Errorf("image: pattern %q: %w", p.Image, err)
	}
	for _, taken := range []string{"sub", "ses", "task"} {
		if _, ok := p.Entities[taken]; ok {
			return fmt.Errorf("entities: %s is chosen by subject, train_sessions, test_sessions and task", taken)
		}
	}
	if err := p.Recipe.Check(); err != nil {
		return fmt.Errorf("recipe: %w", err)
	}
	return nil
}

// Need of a run: one run of a large study in memory.
func (Params) Need() stage.Need { return stage.Need{Memory: 2 << 30} }
