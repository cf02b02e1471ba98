package train

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/stimuli"
	"realnet/stages/network"
)

// Pairings of images with targets: each with its own, with that of another, or with that
// of another of its class, which follows a colon.
const (
	Matched  = "matched"
	Shuffled = "shuffled"
	within   = "shuffled-within:"
)

// Columns of classes that every image may have; others are groups of stage stimuli.
const (
	ClassColumn = "class"
	LabelColumn = "label"
)

// WithinColumn is the column of classes in which a pairing is shuffled; "" for other
// pairings.
func WithinColumn(pairing string) string {
	column, ok := strings.CutPrefix(pairing, within)
	if !ok {
		return ""
	}
	return strings.TrimSpace(column)
}

func checkPairing(pairing string) error {
	if pairing == Matched || pairing == Shuffled || WithinColumn(pairing) != "" {
		return nil
	}
	return fmt.Errorf("pairing: %q is none of %s, %s and %sCOLUMN (such as %s%s)", pairing, Matched, Shuffled, within, within, ClassColumn)
}

// groups numbers the classes of the images in which their pairs are shuffled; nil where
// the pairing does not ask for classes. Every class has at least two images.
func groups(images network.Selection, a *artifacts.Artifact, pairing string) ([]int32, error) {
	column := WithinColumn(pairing)
	if column == "" {
		return nil, nil
	}
	class, err := classOf(a, column)
	if err != nil {
		return nil, fmt.Errorf("pairing: %w", err)
	}
	var names []string // of classes
	members := map[string]int{}
	for _, im := range images.Rows {
		c := class(im)
		if c == "" {
			return nil, fmt.Errorf("pairing: image %s has no %s", im.Name, column)
		}
		if members[c]++; members[c] == 1 {
			names = append(names, c)
		}
	}
	slices.Sort(names)
	out := make([]int32, len(images.Rows))
	for i, im := range images.Rows {
		c := class(im)
		if members[c] == 1 {
			return nil, fmt.Errorf("pairing: image %s is the only training image with %s %q, so its target cannot be exchanged within it: merge classes, or shuffle within another column", im.Name, column, c)
		}
		at, _ := slices.BinarySearch(names, c)
		out[i] = int32(at)
	}
	return out, nil
}

// classOf looks up images in a column of classes.
func classOf(a *artifacts.Artifact, column string) (func(stimuli.Image) string, error) {
	switch column {
	case ClassColumn:
		return func(im stimuli.Image) string { return im.Class }, nil
	case LabelColumn:
		return func(im stimuli.Image) string {
			if im.Label < 0 {
				return ""
			}
			return strconv.Itoa(int(im.Label))
		}, nil
	}
	rows, err := stimuli.ReadGroups(a)
	if err != nil {
		return nil, err
	}
	classes := map[string]string{}
	for _, r := range rows {
		if r.Column == column {
			classes[r.Image] = r.Value
		}
	}
	if len(classes) == 0 {
		return nil, fmt.Errorf("%s: the images have no column %q: %s and %s always exist, others are named by stimuli.groups", a.Dir(), column, ClassColumn, LabelColumn)
	}
	return func(im stimuli.Image) string { return classes[im.Name] }, nil
}
