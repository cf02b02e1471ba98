package fmri

import (
	"fmt"
	"strconv"
	"strings"

	"realnet/data/labels"
	"realnet/data/nifti"
)

// atlasRegions are regions of an integer image: those of p.ROIs, each the name of a label
// or "NAME: LABEL + LABEL", or all labels that have voxels.
func atlasRegions(root string, p Params) ([]region, error) {
	file, err := p.only(root, "atlas", p.Atlas)
	if err != nil {
		return nil, err
	}
	atlas, err := nifti.ReadAtlas(file)
	if err != nil {
		return nil, err
	}
	var table labels.Table
	if p.AtlasLabels != "" {
		path, err := p.only(root, "atlas_labels", p.AtlasLabels)
		if err != nil {
			return nil, err
		}
		if table, err = labels.Read(path); err != nil {
			return nil, err
		}
	} else {
		for _, v := range atlas.Present() {
			table = append(table, labels.Label{Value: v, Name: strconv.Itoa(v)})
		}
	}
	wanted := p.ROIs
	if len(wanted) == 0 {
		for _, v := range atlas.Present() {
			for _, l := range table {
				if l.Value == v {
					wanted = append(wanted, l.Name)
				}
			}
		}
		if len(wanted) == 0 {
			return nil, fmt.Errorf("%s: none of its values %v has a label in %s", file, atlas.Present(), p.AtlasLabels)
		}
	}
	var list []region
	for _, roi := range wanted {
		name, values, err := valuesOf(table, roi)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		list = append(list, region{name, func() (*nifti.Mask, error) { return atlas.Mask(values...) }})
	}
	return list, nil
}

// valuesOf are the values of a region.
func valuesOf(table labels.Table, roi string) (name string, values []int, err error) {
	name, parts, err := namesOf(table, roi)
	for _, part := range parts {
		values = append(values, table.Values(part)...)
	}
	return name, values, err
}

// namesOf are the labels of a region: the one of its name, or those joined by + after
// "NAME:".
func namesOf(table labels.Table, roi string) (name string, parts []string, err error) {
	if len(table.Values(roi)) > 0 {
		return roi, []string{roi}, nil
	}
	name, expression, joined := strings.Cut(roi, ":")
	if !joined {
		expression = roi
	}
	name = strings.TrimSpace(name)
	for _, part := range strings.Split(expression, "+") {
		part = strings.TrimSpace(part)
		if len(table.Values(part)) == 0 {
			return "", nil, fmt.Errorf("ROI %q: no label %q; there are %s", name, part, abbreviate(table.Names()))
		}
		parts = append(parts, part)
	}
	return name, parts, nil
}

// abbreviate lists names, the first 30 of many.
func abbreviate(names []string) string {
	const most = 30
	if n := len(names); n > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", n-most)
	}
	return strings.Join(names, ", ")
}
