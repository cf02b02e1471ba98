package bids

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// ROIMask is the mask image of a region of interest in one hemisphere, as ds001506
// keeps them in sourcedata/sub-XX/anat/sub-XX_mask_LH_V1d.nii.gz.
type ROIMask struct {
	Hemisphere string // "LH" or "RH"
	ROI        string // "V1d", "hV4", "LOC", ...
	Path       string
}

var maskName = regexp.MustCompile(`^sub-([^_]+)_mask_(LH|RH)_([A-Za-z0-9]+)\.nii(\.gz)?$`)

// ROIMasks lists the masks of a subject, sorted by path. It fails with ErrNotFound
// when there are none.
func (d *Dataset) ROIMasks(subject string) ([]ROIMask, error) {
	dir := filepath.Join(d.Root, "sourcedata", "sub-"+subject, "anat")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("bids: ROI masks of subject %s: %w: %w", subject, ErrNotFound, err)
	}
	var masks []ROIMask
	for _, e := range entries { // sorted, so that .nii comes right before .nii.gz
		if m := maskName.FindStringSubmatch(e.Name()); m != nil && m[1] == subject {
			if last := len(masks) - 1; last >= 0 && masks[last].Path+".gz" == filepath.Join(dir, e.Name()) {
				return nil, fmt.Errorf("bids: %s: %w: %s and %s are one mask; remove one of them", dir, ErrAmbiguous, filepath.Base(masks[last].Path), e.Name())
			}
			masks = append(masks, ROIMask{Hemisphere: m[2], ROI: m[3], Path: filepath.Join(dir, e.Name())})
		}
	}
	if len(masks) == 0 {
		return nil, fmt.Errorf("bids: %s: %w: %s; masks are named by hemisphere, as in sub-%s_mask_LH_V1d.nii.gz and sub-%s_mask_RH_V1d.nii.gz", dir, ErrNotFound, foundMasks(entries), subject, subject)
	}
	return masks, nil
}

// foundMasks says which images there are whose names are not those of masks.
func foundMasks(entries []fs.DirEntry) string {
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".nii") || strings.HasSuffix(e.Name(), ".nii.gz") {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return "no image in it"
	}
	const most = 8
	if n := len(names); n > most {
		names = append(names[:most], fmt.Sprintf("%d more", n-most))
	}
	return "found " + strings.Join(names, ", ")
}

// regions are ROIs that are unions of others in the studies of the Kamitani lab.
var regions = map[string][]string{
	"V1":  {"V1d", "V1v"},
	"V2":  {"V2d", "V2v"},
	"V3":  {"V3d", "V3v"},
	"V4":  {"hV4"},
	"LVC": {"V1", "V2", "V3"},
	"VC":  {"LVC", "V4", "LOC", "FFA", "PPA", "HVC"},
}

// SelectROI lists the masks whose union is an ROI: those that bear its name, else those
// of its parts (V1 is V1d and V1v; LVC is V1 to V3; VC is LVC, V4, LOC, FFA, PPA and
// HVC), in both hemispheres. It fails with ErrNotFound when a part is missing.
func SelectROI(masks []ROIMask, roi string) ([]ROIMask, error) {
	var found []ROIMask
	for _, m := range masks {
		if m.ROI == roi {
			found = append(found, m)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	parts, ok := regions[roi]
	if !ok {
		var names []string
		for _, m := range masks {
			names = append(names, m.ROI)
		}
		return nil, fmt.Errorf("bids: ROI %q: %w; there are %s", roi, ErrNotFound, strings.Join(sortLabels(names), ", "))
	}
	for _, part := range parts {
		more, err := SelectROI(masks, part)
		if err != nil {
			return nil, fmt.Errorf("bids: ROI %q: %w", roi, err)
		}
		found = append(found, more...)
	}
	slices.SortFunc(found, func(a, b ROIMask) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(found, func(a, b ROIMask) bool { return a.Path == b.Path }), nil
}
