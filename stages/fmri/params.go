package fmri

import (
	"fmt"
	"slices"
	"sort"

	"github.com/go-json-experiment/json"

	"realnet/data/arrayset"
	"realnet/data/bids"
	"realnet/stages/analysis/bold"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Layout      string            `json:"layout" doc:"how the dataset keeps its files: bids, fmriprep, openfmri, betas, bdata, arrays or tvsd"`
	Subject     string            `json:"subject" doc:"the subject's label in the dataset, without sub-"`
	ROIs        []string          `json:"rois" doc:"regions whose voxels are kept; none: every voxel of the brain mask"`
	Image       string            `json:"image" doc:"bids, fmriprep: pattern (path.Match) of the file names of the BOLD images; empty: any. openfmri: file name of the BOLD image in a run's folder; empty: bold.nii.gz"`
	Entities    map[string]string `json:"entities" doc:"bids, fmriprep: labels that an image must have, by entity (space, desc, res, echo, part, rec, acq, ...), where a run has several images; an empty label: the image must not have that entity"`
	Masks       map[string]string `json:"masks" doc:"bids, fmriprep, betas: mask images by region, as patterns of paths in the dataset with {subject} for the subject; the voxels above 0 in any file that matches; none: bids has masks named by hemisphere in sourcedata, fmriprep an atlas or the brain"`
	Atlas       string            `json:"atlas" doc:"bids, fmriprep, betas: integer image on the grid of the runs whose values are regions, as a pattern of its path in the dataset with {subject} for the subject"`
	AtlasLabels string            `json:"atlas_labels" doc:"label table of the atlas (.tsv or .csv with index and name, or a FreeSurfer LUT), as a pattern of its path; empty: regions are numbers"`
	MaskFolder  string            `json:"mask_folder" doc:"openfmri: folder of the masks below the subject's masks folder"`
	Threshold   float64           `json:"mask_threshold" doc:"above 0: in place of mask files, one region whose voxels have a mean in the first run above this fraction of the image's 98th percentile"`
	Task        string            `json:"task" doc:"bids, fmriprep: task label; empty: any"`
	TrainMatch  string            `json:"train_sessions" doc:"bids, fmriprep: sessions whose label starts so are the training set"`
	TestMatch   string            `json:"test_sessions" doc:"bids, fmriprep: sessions whose label starts so are the test set"`
	Coding      bids.Coding       `json:"coding" doc:"which columns and values of events.tsv mean what"`
	Recipe      Recipe            `json:"recipe"`
	FMRIPrep    Derivatives       `json:"fmriprep"`
	Betas       Betas             `json:"betas"`
	BData       BData             `json:"bdata"`
	Arrays      arrayset.Spec     `json:"arrays"`
	TVSD        TVSD              `json:"tvsd"`
	Average     string            `json:"average" doc:"none: a sample a trial; run: one a condition and run; condition: one a condition"`
	Standardise string            `json:"standardise" doc:"none, or train: subtract mean and divide by deviation of the training samples, voxel by voxel"`
}

// Recipe is the preprocessing of a run. Preset lays a lab's recipe down first;
// the fields given beside it change that.
type Recipe struct {
	Preset string `json:"preset" doc:"shen, horikawa, haxby, fmriprep, or empty"`
	bold.Recipe
}

// presets are the labs' recipes.
var presets = map[string]func() bold.Recipe{
	"shen": bold.ShenRecipe, "horikawa": bold.HorikawaRecipe, "haxby": bold.HaxbyRecipe, "fmriprep": bold.FMRIPrepRecipe,
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
		FMRIPrep: Derivatives{BrainMask: true},
		Betas:    Betas{Missing: bold.Leave},
		BData:    BData{Label: "stimulus_name", Names: FromValueMap}, Arrays: arrayset.Default(), TVSD: DefaultTVSD(),
	}
}

// Validate checks names and the recipe.
func (p Params) Validate() error {
	l, err := findLayout(p.Layout)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{PerTrial, PerRun, PerCondition}, p.Average) {
		return fmt.Errorf("average: %q is none of none, run, condition", p.Average)
	}
	if p.Standardise != "none" && p.Standardise != "train" {
		return fmt.Errorf("standardise: %q is neither none nor train", p.Standardise)
	}
	return l.check(p)
}

// Need of a run: one run of a large study in memory.
func (Params) Need() stage.Need { return stage.Need{Memory: 2 << 30} }
