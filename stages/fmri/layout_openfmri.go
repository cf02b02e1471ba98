package fmri

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"realnet/data/bids"
)

// findOpenfMRI reads the layout that preceded BIDS, with the masks that PyMVPA
// distributes beside it: sub001/masks/MASKS/vt.nii.gz.
func findOpenfMRI(root string, p Params) (found, error) {
	runs, err := bids.OpenfMRIRuns(root, cmp.Or(p.Image, "bold.nii.gz"))
	if err != nil {
		return found{}, err
	}
	var scans []scan
	for _, r := range runs {
		if r.Subject() == p.Subject {
			scans = append(scans, scan{Run: r})
		}
	}
	if len(scans) == 0 {
		return found{}, fmt.Errorf("%s: no run of subject %q", root, p.Subject)
	}
	names := p.ROIs
	if len(names) == 0 {
		names = []string{"brain"}
	}
	if p.Threshold > 0 {
		return found{scans: scans, regions: []region{ofThreshold(names[0], scans[0].Bold, p.Threshold)}}, nil
	}
	if regions, err := namedRegions(root, p); err != nil || len(regions) > 0 {
		return found{scans: scans, regions: regions}, err
	}
	folder := filepath.Join(root, "sub"+p.Subject, "masks", p.MaskFolder)
	var regions []region
	for _, name := range names {
		file := filepath.Join(folder, strings.ToLower(name)+".nii.gz")
		if _, err := os.Stat(file); err != nil {
			there, _ := fs.Glob(os.DirFS(folder), "*.nii.gz")
			return found{}, fmt.Errorf("ROI %q: no mask %s (masks there: %s)", name, file, strings.Join(baseNames(there), ", "))
		}
		regions = append(regions, ofFiles(name, file))
	}
	return found{scans: scans, regions: regions}, nil
}

func baseNames(files []string) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = strings.TrimSuffix(filepath.Base(f), ".nii.gz")
	}
	return out
}
