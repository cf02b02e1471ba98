package report_test

import (
	"encoding/json"
	"testing"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report"
	"realnet/stages/report/figures"
)

// Each sentence of the methods depends on what the study did: the parameters of stages that
// ran, the data it was given, and the results it has.
func TestMethodsStateWhatRan(t *testing.T) {
	reliable := result(statistics.Reliability, "reliability/rdm/1/VT", "reliability/rdm", 0.4, 0.1, 0.01)
	gain := func(over string) statistics.Row {
		r := result(statistics.Gain, "gain/aligned/within/over-"+over, "gain/within", 0.05, 0.01, 0.001)
		r.Model, r.Reference, r.Relation = "aligned", over, statistics.Within
		return r
	}
	byLayer := result(statistics.Similarity, "similarity/net/IT/hIT", "similarity/hIT", 0.2, 0.04, 0.01)
	byLayer.Model, byLayer.Layer, byLayer.ROI, byLayer.Relation = "net", "IT", "hIT", statistics.Within
	untested := statistics.New(statistics.CeilingLower, "ceiling/hIT/lower", "ceiling")
	const raw = `"recipe": {"preset": "shen", "regress_motion": true, "normalise": "zscore"}`
	for name, c := range map[string]struct {
		study     string
		stages    []string
		rows      []statistics.Row
		has, hasn []string
	}{
		"motion of runs":    {`{"data": {"fmri": {"dataset": "d"}}, "fmri": {"layout": "bids", ` + raw + `}}`, []string{"fmri"}, nil, []string{"fMRI preprocessing (recipe shen): the motion parameters were regressed out; the time series of each voxel was z-scored"}, nil},
		"patterns, no runs": {`{"data": {"fmri": {"dataset": "d"}}, "fmri": {"layout": "arrays", ` + raw + `}}`, []string{"fmri"}, nil, nil, []string{"motion", "z-scored", "recipe"}},
		// The study's defaults of fmri say nothing of data that only other_fmri reads.
		"fMRI for evaluation only": {`{"data": {"brains": {"dataset": "b"}, "other": {"dataset": "d"}}, "fmri": {"layout": "bids", ` + raw + `}, "other_fmri": {"layout": "bids", "recipe": {"drop_volumes": 3}}}`, []string{"fmri"}, nil, []string{"Preprocessing of the fMRI for evaluation only: the first 3 volumes"}, []string{"motion", "recipe shen"}},
		"no other fMRI":            {`{"data": {"fmri": {"dataset": "d"}}, "fmri": {"layout": "bids"}, "other_fmri": {"layout": "bids", ` + raw + `}}`, []string{"fmri"}, nil, nil, []string{"evaluation", "motion"}},

		"published checkpoint": {`{"data": {"weights": {"dataset": "cornet-s"}}, "checkpoint": {}}`, []string{"checkpoint"}, nil, []string{"with weights from its published checkpoint."}, []string{"authors'"}},
		"own checkpoint":       {`{"data": {"weights": {"folder": "own"}}, "checkpoint": {}}`, []string{"checkpoint"}, nil, []string{"with weights from the authors' own checkpoint."}, []string{"published"}},

		"components of regions":  {`{"pca": {"components": 8, "rois": ["VC: a*"]}, "rois": ["V1"], "train": {"beta": 1}}`, []string{"pca", "train"}, nil, []string{"ReAlnet-fMRI", "Targets were the first 8 principal components of the responses in VC, fitted on the training images only."}, []string{"visual cortex", "standard deviation", "Only the encoder"}},
		"components of all":      {`{"pca": {"components": 8, "scale": "zscore", "whiten": "first"}, "rois": ["V1", "IT"], "train": {"trunk": "frozen"}}`, []string{"pca", "train"}, nil, []string{"responses in V1 and IT", "each voxel was divided by its standard deviation", "by the standard deviation of the first component.", "Only the encoder was trained"}, nil},
		"components of monkeys":  {`{"data": {"fmri": {"dataset": "tvsd"}}, "fmri": {"layout": "tvsd"}, "pca": {"components": 8, "scale": "zscore"}, "train": {}}`, []string{"fmri", "pca", "train"}, nil, []string{"with the loss of ReAlnet (", "each electrode"}, []string{"ReAlnet-fMRI", "voxel was"}},
		"coordinates of an RDM":  {`{"mds": {"components": 10, "rois": ["EVC"]}, "pca": {"components": 8}, "train": {}}`, []string{"mds", "train"}, nil, []string{"with the loss of ReAlnet (", "Targets were the first 10 coordinates"}, []string{"ReAlnet-fMRI", "principal", "subject's responses"}},
		"folds without classes":  {`{"folds": 3, "train": {}}`, []string{"train"}, nil, []string{"3 folds of equal size."}, []string{"classes of images"}},
		"RDMs of everything":     {`{"rdm": {"metric": "correlation"}}`, []string{"rdm", "fmri", "activations"}, nil, []string{"(RDMs; Kriegeskorte et al. 2008) were computed"}, nil},
		"RDMs of brains given":   {`{"rdm": {"metric": "correlation"}}`, []string{"rdm", "published", "activations"}, nil, []string{"(RDMs; Kriegeskorte et al. 2008) of network layers were computed"}, []string{"response patterns"}},
		"RDMs of models given":   {`{"rdm": {"metric": "correlation"}}`, []string{"rdm", "published", "fmri"}, nil, []string{"of response patterns were computed"}, []string{"layers"}},
		"support vector machine": {`{"eegrdm": {"recipe": "lu", "classifier": "svm"}}`, []string{"eegrdm"}, nil, []string{"a linear support vector machine discriminates"}, []string{"discriminant", "windows", "every time point"}},
		"discriminant analysis":  {`{"eegrdm": {"recipe": "gifford", "classifier": "lda", "window": 4, "step": 2, "generalise": true}}`, []string{"eegrdm"}, nil, []string{"linear discriminant analysis discriminates", "windows of 4 samples averaged", "a window every 2 samples", "tested at every time point"}, []string{"support vector"}},
		"conditions":             {`{"rsa": {"method": "spearman", "bootstrap": 10}}`, []string{"rsa"}, nil, []string{"10 bootstrap resamples of the conditions"}, []string{"images", "permutations"}},

		"gains over two":      {`{}`, nil, []statistics.Row{gain("base"), gain("control")}, []string{"Gains over the base model and the control have t intervals"}, []string{"shuffled"}},
		"gains over shuffled": {`{}`, nil, []statistics.Row{gain("shuffled")}, []string{"Gains over networks trained on shuffled responses have t intervals"}, []string{"the base model", "the control "}},
		"gains in order":      {`{}`, nil, []statistics.Row{gain("base")}, []string{"tested in a fixed order, over the base model, each only after those before it (Maurer et al. 1995)."}, nil},
		"no gains":            {`{}`, nil, []statistics.Row{byLayer}, []string{"Results were tested"}, []string{"Gains", "of the same kind"}},
		"nothing tested":      {`{}`, nil, []statistics.Row{untested}, nil, []string{"were tested"}},
	} {
		p := report.DefaultParams()
		p.Study, p.StudyJSON, p.Stages = "s", json.RawMessage(c.study), append([]string{"stats"}, c.stages...)
		p.Models = []figures.Model{{Label: "aligned", Role: figures.Aligned, Main: true}, {Label: "shuffled", Role: figures.Shuffled}}
		rows := c.rows
		if rows == nil {
			rows = []statistics.Row{reliable}
		}
		t.Run(name, func(t *testing.T) { has(t, section(t, of(t, p, rows...), "methods"), c.has, c.hasn) })
	}
}
