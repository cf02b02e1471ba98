package fmri

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"realnet/data/nifti"
	"realnet/stages/analysis/bold"
	"realnet/stages/stage"
)

// Betas says how to read estimates that another program made: a NIfTI image each, or
// several volumes of one. Regions are those of masks or of an atlas.
type Betas struct {
	Files      []string `json:"files" doc:"patterns of the images of a study without a training set, as paths in the dataset with {subject} for the subject"`
	Train      []string `json:"train" doc:"patterns of the training images"`
	Test       []string `json:"test" doc:"patterns of the test images"`
	Names      string   `json:"names" doc:"what says the condition of an image: spm (the SPM.mat beside it, else its header), fsl (design.con of the .feat folder), bids (its entity contrast), or a table in the dataset, with {subject} where each subject has one, with condition and any of file, session, run: one row an image, or without file one a volume"`
	Conditions []string `json:"conditions" doc:"patterns (path.Match) of the conditions to keep; none: all. Of SPM, motion, constants and derivatives are never kept"`
	Missing    string   `json:"missing" doc:"leave_out: voxels that are NaN in some image, or the same in all, are in no region; error: they are refused"`
}

// Values of Betas.Names beside a table.
const (
	NamesSPM  = "spm"
	NamesFSL  = "fsl"
	NamesBIDS = "bids"
)

func checkBetas(p Params) error {
	b := p.Betas
	switch {
	case len(b.Files)+len(b.Train)+len(b.Test) == 0:
		return fmt.Errorf("betas.files: name the images, as in [\"sub-{subject}/glm/beta_*.nii\"], or betas.train and betas.test")
	case len(b.Files) > 0 && len(b.Train)+len(b.Test) > 0:
		return fmt.Errorf("betas.files: is for studies without a training set; betas.train and betas.test are given too")
	case b.Names == "":
		return fmt.Errorf("betas.names: give %s, %s, %s or a table", NamesSPM, NamesFSL, NamesBIDS)
	case b.Missing != bold.Leave && b.Missing != bold.Error:
		return fmt.Errorf("betas.missing: %q is neither %s nor %s", b.Missing, bold.Leave, bold.Error)
	case len(p.Masks) == 0 && p.Atlas == "":
		return fmt.Errorf("masks: layout betas takes the regions of masks or of an atlas; name one of them")
	}
	if err := checkPatterns("betas", slices.Concat(b.Files, b.Train, b.Test, b.Conditions)...); err != nil {
		return err
	}
	return checkRegions(p)
}

// beta is one estimate.
type beta struct {
	file               string // in the file system
	volume             int    // of the file, from 0
	condition, session string
	run                string // what tells runs apart, beside subset and session
	subset             string
}

// fromBetas reads the images of all conditions, in the order of their files.
func fromBetas(ctx context.Context, env *stage.Env, root string, p Params) (*gathered, error) {
	list, err := p.betas(root)
	if err != nil {
		return nil, err
	}
	regions, err := namedRegions(root, p)
	if err != nil {
		return nil, err
	}
	vox, err := readRegions(regions, nil)
	if err != nil {
		return nil, err
	}
	columns := len(vox.mask.Voxels)
	all := &bold.Patterns{Voxels: columns}
	out := &gathered{Patterns: all, sessions: map[int]string{-1: ""}}
	runs := map[[3]string]int{}
	var volumes []float32 // of the file before
	for i, b := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if i == 0 || b.file != list[i-1].file {
			im, err := nifti.Open(b.file)
			if err != nil {
				return nil, err
			}
			if volumes, err = nifti.ReadMasked[float32](im, vox.mask); err != nil {
				return nil, err
			}
		}
		key := [3]string{b.subset, b.session, b.run}
		if runs[key] == 0 {
			runs[key] = len(runs) + 1
			out.sessions[runs[key]] = b.session
		}
		all.Data = append(all.Data, volumes[b.volume*columns:(b.volume+1)*columns]...)
		all.Labels = append(all.Labels, bold.Label{Condition: b.condition, Run: runs[key], Subset: b.subset, Onset: math.NaN(), Duration: math.NaN(), Repetitions: 1})
		env.Progress(int64(i+1), int64(len(list)), "images")
	}
	if all.Unusable, err = withoutEstimate(all, list, p.Betas.Missing); err != nil {
		return nil, err
	}
	if n := len(all.Unusable); n > 0 {
		env.Log.Warn().Int("voxels", n).Int("of", columns).Msg("voxels without an estimate in some image, or with the same in all, are left out")
		if vox, err = vox.without(all.Unusable); err != nil {
			return nil, err
		}
		out.Patterns, _ = all.Usable()
	}
	out.voxels, out.members = vox.tables()
	return out, nil
}

// withoutEstimate are the columns that are NaN in some image, or the same in all.
func withoutEstimate(all *bold.Patterns, list []beta, missing string) ([]int, error) {
	var columns []int
	for c := range all.Voxels {
		constant := len(all.Labels) > 1
		none := -1
		for row := range all.Labels {
			v := float64(all.Row(row)[c])
			if math.IsNaN(v) || math.IsInf(v, 0) {
				none = row
				break
			}
			constant = constant && v == float64(all.Row(0)[c])
		}
		switch {
		case none < 0 && !constant:
		case missing == bold.Leave:
			columns = append(columns, c)
		case none >= 0:
			return nil, fmt.Errorf("%s: voxel %d of the regions is %v (fmri.betas.missing=leave_out does without such voxels)", list[none].file, c, all.Row(none)[c])
		default:
			return nil, fmt.Errorf("voxel %d of the regions is %v in all %d images (fmri.betas.missing=leave_out does without such voxels)", c, all.Row(0)[c], len(list))
		}
	}
	return columns, nil
}

// betas lists the estimates of all subsets.
func (p Params) betas(root string) ([]beta, error) {
	var list []beta
	subsets := map[string]string{} // of each file
	for _, set := range []struct {
		subset   string
		patterns []string
	}{{"", p.Betas.Files}, {"train", p.Betas.Train}, {"test", p.Betas.Test}} {
		var files []string
		for _, pattern := range set.patterns {
			found, err := p.files(root, pattern)
			if err != nil {
				return nil, fmt.Errorf("fmri.betas: %w", err)
			}
			files = append(files, found...)
		}
		slices.SortFunc(files, compareNatural)
		files = slices.Compact(files)
		for _, f := range files {
			if other, twice := subsets[f]; twice {
				return nil, fmt.Errorf("%s is among the images of both %s and %s", f, other, set.subset)
			}
			subsets[f] = set.subset
		}
		names := p.Betas
		names.Names = strings.ReplaceAll(names.Names, "{subject}", p.Subject)
		found, err := names.named(root, files)
		if err != nil {
			return nil, err
		}
		for _, b := range found {
			b.subset = set.subset
			list = append(list, b)
		}
	}
	return list, nil
}

// relative is a path for messages.
func relative(root, file string) string {
	if rel, err := filepath.Rel(root, file); err == nil {
		return filepath.ToSlash(rel)
	}
	return file
}
