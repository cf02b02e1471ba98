package fmri

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"realnet/data/bids"
)

// checkBIDS refuses entities that other parameters choose.
func checkBIDS(p Params) error {
	for _, taken := range []string{"sub", "ses", "task"} {
		if _, ok := p.Entities[taken]; ok {
			return fmt.Errorf("entities: %s is chosen by subject, train_sessions, test_sessions and task", taken)
		}
	}
	return checkRuns(p)
}

// findBIDS reads a BIDS dataset, with masks by name, or as ds001506 keeps them in
// sourcedata.
func findBIDS(root string, p Params) (found, error) {
	d, err := bids.Open(root)
	if err != nil {
		return found{}, err
	}
	scans, err := findScans(d, p, "", false)
	if err != nil {
		return found{}, err
	}
	if regions, err := namedRegions(root, p); err != nil || len(regions) > 0 {
		return found{scans: scans, regions: regions}, err
	}
	if len(p.ROIs) == 0 {
		return found{}, fmt.Errorf("fmri.rois: name the regions to keep")
	}
	if p.Threshold > 0 {
		return found{scans: scans, regions: []region{ofThreshold(p.ROIs[0], scans[0].Bold, p.Threshold)}}, nil
	}
	masks, err := d.ROIMasks(p.Subject)
	if err != nil {
		return found{}, fmt.Errorf("%w; or name one file per region: fmri.masks, as in masks: {V1: \"*_mask_V1.nii.gz\"}", err)
	}
	var regions []region
	for _, name := range p.ROIs {
		chosen, err := bids.SelectROI(masks, name)
		if err != nil {
			return found{}, fmt.Errorf("%s: %w", root, err)
		}
		files := make([]string, len(chosen))
		for i, m := range chosen {
			files[i] = m.Path
		}
		regions = append(regions, ofFiles(name, files...))
	}
	return found{scans: scans, regions: regions}, nil
}

// findScans lists the subject's runs that are of the study, one image each; of both
// hemispheres where there is one of each.
func findScans(d *bids.Dataset, p Params, extension string, both bool) ([]scan, error) {
	filter := bids.Filter{Subject: p.Subject, Task: p.Task, Entities: p.Entities, Image: p.Image, Extension: extension}
	if both {
		filter.Entities = map[string]string{"hemi": "L"}
		maps.Copy(filter.Entities, p.Entities)
	}
	runs, err := d.Runs(filter)
	if errors.Is(err, bids.ErrImages) {
		return nil, fmt.Errorf("%w: choose with fmri.entities (as in fmri.entities.space=T1w; an empty label: without that entity), or by file name with fmri.image", err)
	}
	if err != nil {
		return nil, err
	}
	var scans []scan
	for _, r := range runs {
		subset, ok := p.subset(r.Session())
		if !ok {
			continue
		}
		if r.Bold == "" {
			return nil, fmt.Errorf("%s: run %v lacks its image", d.Root, r.Name)
		}
		s := scan{Run: r, subset: subset}
		if both {
			if s.other = r.Sibling("hemi", "R"); s.other == "" {
				return nil, fmt.Errorf("%s: no image of the right hemisphere beside it; fmri.entities.hemi=L does without", r.Bold)
			}
		}
		scans = append(scans, s)
	}
	if len(scans) == 0 {
		return nil, fmt.Errorf("%s: no runs of subject %q, task %q in sessions %q or %q", d.Root, p.Subject, p.Task, p.TrainMatch, p.TestMatch)
	}
	return scans, nil
}

// subset says which part of the study a session is, and whether it is one.
func (p Params) subset(session string) (string, bool) {
	switch {
	case p.TrainMatch == "" && p.TestMatch == "":
		return "", true
	case p.TrainMatch != "" && strings.HasPrefix(session, p.TrainMatch):
		return "train", true
	case p.TestMatch != "" && strings.HasPrefix(session, p.TestMatch):
		return "test", true
	}
	return "", false
}
