package stimuli

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	datafile "realnet/data/file"
	"realnet/data/images"
	"realnet/data/tvsd"
)

// readLabels reads a table of labels by image name. Without a column label, classes
// are numbered in byte order of their names.
func readLabels(file, name string, groups []string) (map[string]label, error) {
	if tvsd.IsList(name) {
		return listLabels(file)
	}
	t, err := datafile.ReadTable(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	names, own := t.Column("name")
	for _, other := range []string{"condition", "image", "stimulus", "filename"} {
		if !own && names == nil {
			names, _ = t.Column(other)
		}
	}
	if names == nil {
		return nil, fmt.Errorf("%s: no column \"name\" among %q", name, t.Columns)
	}
	subsets, _ := t.Column("subset")
	classes, hasClass := t.Column("class")
	numbers, hasLabel := t.Column("label")
	columns := make([][]string, len(groups))
	for k, g := range groups {
		var ok bool
		if columns[k], ok = t.Column(g); !ok {
			return nil, fmt.Errorf("%s: groups: no column %q among %q", name, g, t.Columns)
		}
	}
	labels := map[string]label{}
	for i, image := range names {
		if images.IsImage(image) {
			image = strings.TrimSuffix(path.Base(image), path.Ext(image))
		}
		l := label{label: -1}
		if subsets != nil {
			l.subset = subsets[i]
		}
		if hasClass {
			l.class = classes[i]
		}
		if hasLabel {
			n, err := strconv.ParseInt(numbers[i], 10, 32)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: label %q is no whole number", name, t.Lines[i], numbers[i])
			}
			l.label = int32(n)
		}
		for _, c := range columns {
			l.groups = append(l.groups, c[i])
		}
		if other, twice := labels[image]; twice && (own || !other.equal(l)) { // rows of trials show an image again and again
			return nil, fmt.Errorf("%s:%d: image %q twice", name, t.Lines[i], image)
		}
		labels[image] = l
	}
	if !hasLabel && hasClass {
		slices.Sort(classes)
		classes = slices.Compact(classes)
		for key, l := range labels {
			at, _ := slices.BinarySearch(classes, l.class)
			l.label = int32(at)
			labels[key] = l
		}
	}
	return labels, nil
}

// listLabels reads the list of images of TVSD. Classes are numbered in byte order.
func listLabels(file string) (map[string]label, error) {
	list, err := tvsd.ReadList(file)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	labels := map[string]label{}
	var classes []string
	for subset, part := range map[string][]tvsd.Image{"train": list.Train, "test": list.Test} {
		for _, im := range part {
			if other, twice := labels[im.Name]; twice && other.subset != subset {
				return nil, fmt.Errorf("labels: %s: image %q is both a training and a test image", file, im.Name)
			}
			labels[im.Name] = label{subset: subset, class: im.Class}
			classes = append(classes, im.Class)
		}
	}
	slices.Sort(classes)
	classes = slices.Compact(classes)
	for name, l := range labels {
		at, _ := slices.BinarySearch(classes, l.class)
		l.label = int32(at)
		labels[name] = l
	}
	return labels, nil
}
