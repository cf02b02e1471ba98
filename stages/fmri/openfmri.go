package fmri

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"realnet/data/bids"
)

// openfmri reads the layout of OpenfMRI before BIDS, with masks beside it, as
// PyMVPA distributes Haxby et al. 2001:
//
//	scan_key.txt                             TR 2.5
//	sub001/BOLD/task001_run001/IMAGE         the run
//	sub001/BOLD/task001_run001/bold_events.tsv
//	sub001/BOLD/task001_run001/bold_moest.txt  motion
//	sub001/masks/MASKS/vt.nii.gz             a region
func openfmri(root string, p Params) ([]scan, []region, error) {
	subject := filepath.Join(root, "sub"+p.Subject)
	runs, err := filepath.Glob(filepath.Join(subject, "BOLD", "task*_run*"))
	if err != nil {
		return nil, nil, err
	}
	if len(runs) == 0 {
		return nil, nil, fmt.Errorf("%s: no runs (BOLD/task*_run*); is %q a subject of this dataset?", subject, p.Subject)
	}
	sort.Strings(runs)
	tr, err := scanKey(filepath.Join(root, "scan_key.txt"))
	if err != nil {
		return nil, nil, err
	}
	var scans []scan
	for _, dir := range runs {
		motion := filepath.Join(dir, "bold_moest.txt")
		scans = append(scans, scan{
			image: filepath.Join(dir, p.Image), events: filepath.Join(dir, "bold_events.tsv"), tr: tr,
			motion: func() (*bids.Confounds, error) { return bids.ReadMotion(motion) },
		})
	}
	names := p.ROIs
	if len(names) == 0 {
		names = []string{"brain"}
	}
	if p.Threshold > 0 {
		return scans, []region{{name: names[0]}}, nil
	}
	var regions []region
	for _, name := range names {
		file := filepath.Join(subject, "masks", p.Masks, strings.ToLower(name)+".nii.gz")
		if _, err := os.Stat(file); err != nil {
			there, _ := filepath.Glob(filepath.Join(subject, "masks", p.Masks, "*.nii.gz"))
			return nil, nil, fmt.Errorf("ROI %q: no mask %s (masks there: %s)", name, file, strings.Join(baseNames(there), ", "))
		}
		regions = append(regions, region{name, []string{file}})
	}
	return scans, regions, nil
}

func baseNames(files []string) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = strings.TrimSuffix(filepath.Base(f), ".nii.gz")
	}
	return out
}

// scanKey reads the repetition time from scan_key.txt.
func scanKey(file string) (float64, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		words := strings.Fields(s.Text())
		if len(words) == 2 && words[0] == "TR" {
			tr, err := strconv.ParseFloat(words[1], 64)
			if err != nil || !(tr > 0) {
				return 0, fmt.Errorf("%s: TR %q is no time in seconds", file, words[1])
			}
			return tr, nil
		}
	}
	return 0, fmt.Errorf("%s: no line TR SECONDS", file)
}
