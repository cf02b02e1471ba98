package bids

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Name is a parsed BIDS file name.
type Name struct {
	Entities []Entity // in the order of the name
	Suffix   string   // "bold", "events", ...
	Ext      string   // from the first dot: ".nii.gz", ".tsv", ...
}

// Entity is one key-label pair, such as run-02. Labels are text: 02 is not 2.
type Entity struct{ Key, Label string }

// ParseName splits a file name (no folders) into its parts. It fails with ErrName.
func ParseName(file string) (Name, error) {
	stem, ext, _ := strings.Cut(file, ".")
	parts := strings.Split(stem, "_")
	n := Name{Suffix: parts[len(parts)-1]}
	if ext != "" {
		n.Ext = "." + ext
	}
	if n.Suffix == "" || strings.Contains(n.Suffix, "-") {
		return Name{}, fmt.Errorf("bids: %s: %w: it has no suffix", file, ErrName)
	}
	for _, part := range parts[:len(parts)-1] {
		key, label, ok := strings.Cut(part, "-")
		if !ok || key == "" || label == "" {
			return Name{}, fmt.Errorf("bids: %s: %w: %q is not key-label", file, ErrName, part)
		}
		if n.Get(key) != "" {
			return Name{}, fmt.Errorf("bids: %s: %w: %q occurs twice", file, ErrName, key)
		}
		n.Entities = append(n.Entities, Entity{key, label})
	}
	return n, nil
}

// String is the file name.
func (n Name) String() string {
	var b strings.Builder
	for _, e := range n.Entities {
		b.WriteString(e.Key + "-" + e.Label + "_")
	}
	return b.String() + n.Suffix + n.Ext
}

// Get is the label of an entity, "" when the name lacks it.
func (n Name) Get(key string) string {
	for _, e := range n.Entities {
		if e.Key == key {
			return e.Label
		}
	}
	return ""
}

// appliesTo says whether a file of this name is inherited by image: all its entities
// are among those of the image.
func (n Name) appliesTo(image Name) bool {
	for _, e := range n.Entities {
		if image.Get(e.Key) != e.Label {
			return false
		}
	}
	return true
}

// compareNames orders by entities, numbers by value, so that run-2 precedes run-10.
func compareNames(a, b Name) int {
	for i := range min(len(a.Entities), len(b.Entities)) {
		x, y := a.Entities[i], b.Entities[i]
		if c := cmp.Compare(x.Key, y.Key); c != 0 {
			return c
		}
		if c := compareLabels(x.Label, y.Label); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(len(a.Entities), len(b.Entities)), cmp.Compare(a.String(), b.String()))
}

func compareLabels(a, b string) int {
	x, errX := strconv.ParseUint(a, 10, 63)
	y, errY := strconv.ParseUint(b, 10, 63)
	if errX == nil && errY == nil && x != y {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}

func sortLabels(labels []string) []string {
	slices.SortFunc(labels, compareLabels)
	return slices.Compact(labels)
}
