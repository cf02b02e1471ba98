package fmri

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"realnet/artifacts/schemas/patterns"
	"realnet/data/catalogue"
	"realnet/data/nifti"
)

// region is a region of interest and where its voxels come from.
type region struct {
	name string
	read func() (*nifti.Mask, error)
}

// ofFiles is the region of the voxels above 0 in any of the files.
func ofFiles(name string, files ...string) region {
	return region{name, func() (*nifti.Mask, error) {
		masks := make([]*nifti.Mask, len(files))
		for i, file := range files {
			var err error
			if masks[i], err = nifti.ReadMask(file); err != nil {
				return nil, err
			}
		}
		return nifti.Union(masks...)
	}}
}

// ofThreshold is the region of the voxels whose mean in an image is above a fraction.
func ofThreshold(name, image string, fraction float64) region {
	return region{name, func() (*nifti.Mask, error) { return thresholdMask(image, fraction) }}
}

// namedRegions are those of the masks or of the atlas that the parameters name; none when
// they name neither.
func namedRegions(root string, p Params) ([]region, error) {
	switch {
	case len(p.Masks) > 0:
		return namedMasks(root, p)
	case p.Atlas != "":
		return atlasRegions(root, p)
	}
	return nil, nil
}

// checkRegions checks what every layout of images takes.
func checkRegions(p Params) error {
	for _, pattern := range p.Masks {
		if err := checkPatterns("masks", pattern); err != nil {
			return err
		}
	}
	switch {
	case p.AtlasLabels != "" && p.Atlas == "":
		return fmt.Errorf("atlas_labels: names the regions of an atlas, and atlas names none")
	case p.Atlas != "" && len(p.Masks) > 0:
		return fmt.Errorf("atlas: regions come from masks already; give one of them")
	}
	return checkPatterns("atlas", p.Atlas, p.AtlasLabels)
}

// namedMasks are the regions that p.Masks names: those of p.ROIs, or all.
func namedMasks(root string, p Params) ([]region, error) {
	return eachMask(root, p, func(name string, files []string) region { return ofFiles(name, files...) })
}

// eachMask makes the regions of the files that p.Masks names.
func eachMask(root string, p Params, of func(name string, files []string) region) ([]region, error) {
	names := p.ROIs
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(p.Masks))
	}
	var list []region
	for _, name := range names {
		pattern, ok := p.Masks[name]
		if !ok {
			return nil, fmt.Errorf("ROI %q: fmri.masks names no file for it (it has %s)", name, strings.Join(slices.Sorted(maps.Keys(p.Masks)), ", "))
		}
		files, err := p.files(root, pattern)
		if err != nil {
			return nil, fmt.Errorf("fmri.masks: %s: %w", name, err)
		}
		list = append(list, of(name, files))
	}
	return list, nil
}

// files lists the dataset's files that a pattern chooses, as paths. {subject} in it
// stands for the subject. None is an error.
func (p Params) files(root, pattern string) ([]string, error) {
	pattern = strings.ReplaceAll(pattern, "{subject}", p.Subject)
	names, err := catalogue.List(root, []string{pattern})
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no file of the dataset matches %q (patterns are of paths below the dataset's folder; one without a slash matches at any depth)", pattern)
	}
	for i, name := range names {
		names[i] = filepath.Join(root, filepath.FromSlash(name))
	}
	return names, nil
}

// only is the one file that a pattern of a parameter chooses.
func (p Params) only(root, field, pattern string) (string, error) {
	files, err := p.files(root, pattern)
	if err != nil {
		return "", fmt.Errorf("fmri.%s: %w", field, err)
	}
	if len(files) > 1 {
		return "", fmt.Errorf("fmri.%s: %q matches %s and %s; name one", field, pattern, files[0], files[1])
	}
	if info, err := os.Stat(files[0]); err != nil || info.IsDir() {
		return "", fmt.Errorf("fmri.%s: %s is no file", field, files[0])
	}
	return files[0], nil
}

// checkPatterns refuses patterns that are none.
func checkPatterns(field string, patterns ...string) error {
	for _, pattern := range patterns {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%s: pattern %q: %w", field, pattern, err)
		}
	}
	return nil
}

// voxels is the union of the regions and which columns belong to each.
type voxels struct {
	mask    *nifti.Mask
	members map[string][]int // columns of the union, by region
	names   []string
	surface *surface // of runs on one; nil for images of voxels
}

func readRegions(list []region, on *surface) (voxels, error) {
	v := voxels{members: map[string][]int{}, surface: on}
	parts := make([]*nifti.Mask, len(list))
	for i, r := range list {
		var err error
		if parts[i], err = r.read(); err != nil {
			return v, fmt.Errorf("ROI %s: %w", r.name, err)
		}
	}
	var err error
	if v.mask, err = nifti.Union(parts...); err != nil {
		return v, err
	}
	column := map[int]int{}
	for c, voxel := range v.mask.Voxels {
		column[voxel] = c
	}
	for i, r := range list {
		v.names = append(v.names, r.name)
		for _, voxel := range parts[i].Voxels {
			v.members[r.name] = append(v.members[r.name], column[voxel])
		}
	}
	return v, nil
}

// without leaves columns out. A region that has no others is an error.
func (v voxels) without(columns []int) (voxels, error) {
	mask := *v.mask
	mask.Voxels = nil
	out := voxels{mask: &mask, members: map[string][]int{}, names: v.names, surface: v.surface}
	moved := make([]int, len(v.mask.Voxels)) // the new column of each, -1 when it is left out
	for c, voxel := range v.mask.Voxels {
		if _, leave := slices.BinarySearch(columns, c); leave {
			moved[c] = -1
			continue
		}
		moved[c] = len(mask.Voxels)
		mask.Voxels = append(mask.Voxels, voxel)
	}
	for _, name := range v.names {
		for _, c := range v.members[name] {
			if moved[c] >= 0 {
				out.members[name] = append(out.members[name], moved[c])
			}
		}
		if len(out.members[name]) == 0 {
			return out, fmt.Errorf("ROI %s: none of its %d voxels has a signal in every run", name, len(v.members[name]))
		}
	}
	return out, nil
}

// tables lists voxels and the members of regions.
func (v voxels) tables() (list []patterns.Voxel, members []patterns.Member) {
	grid := v.mask.Grid
	locate := func(at int) (i, j, k int32) {
		return int32(at % grid[0]), int32(at / grid[0] % grid[1]), int32(at / (grid[0] * grid[1]))
	}
	if v.surface != nil {
		locate = v.surface.locate
	}
	for c, at := range v.mask.Voxels {
		i, j, k := locate(at)
		list = append(list, patterns.Voxel{Index: int32(c), I: i, J: j, K: k})
	}
	for _, name := range v.names {
		for _, c := range v.members[name] {
			members = append(members, patterns.Member{ROI: name, Voxel: int32(c)})
		}
	}
	return list, members
}
