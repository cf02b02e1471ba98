package synth

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
)

// Attributes of an object and its background, each from 0 to 1. The first two make
// the class; the others vary freely.
const (
	vertices = iota
	spikiness
	size
	elongation
	tilt
	hue
	saturation
	textureFrequency
	textureOrientation
	textureContrast
	background
	positionX
	positionY
	clutter
	animacy
	food
	gloss
	attributeCount
)

// ofClass is the number of attributes that make the class.
const ofClass = 2

// attributeNames as they stand in files and parameters. Animacy is a pair of eyes, food
// are seeds and gloss is a highlight, each more or less visible.
var attributeNames = [attributeCount]string{
	"vertices", "spikiness", "size", "elongation", "tilt", "hue", "saturation",
	"texture_frequency", "texture_orientation", "texture_contrast", "background", "position_x", "position_y",
	"clutter", "animacy", "food", "gloss",
}

// attribute is the index of a name.
func attribute(name string) (int, error) {
	i := slices.Index(attributeNames[:], name)
	if i < 0 {
		return 0, fmt.Errorf("no attribute %q; there are %s", name, strings.Join(attributeNames[:], ", "))
	}
	return i, nil
}

// object is one image of the study, as yet unseen.
type object struct {
	name, subset string
	class        int
	className    string
	lobes        int
	depth        float64 // of the lobes
	attributes   [attributeCount]float64
}

// subset makes n objects. Classes are equally frequent, and every free attribute takes
// one value in each of n equal parts of its range, so that small sets are not lopsided.
func (p Params) subset(name string, n int) []object {
	r := stream(p.Seed, "objects", name)
	classes := len(p.Images.Vertices) * len(p.Images.Spikiness)
	list := make([]object, n)
	class := r.Perm(n)
	for i := range list {
		o := &list[i]
		o.name, o.subset, o.class = fmt.Sprintf("%s_%04d", name, i+1), name, class[i]%classes
		v, s := o.class%len(p.Images.Vertices), o.class/len(p.Images.Vertices)
		o.lobes, o.depth = p.Images.Vertices[v], p.Images.Spikiness[s]
		o.className = fmt.Sprintf("lobes%d-depth%02.0f", o.lobes, 100*o.depth)
		o.attributes[vertices] = share(float64(o.lobes), float64(slices.Min(p.Images.Vertices)), float64(slices.Max(p.Images.Vertices)))
		o.attributes[spikiness] = share(o.depth, slices.Min(p.Images.Spikiness), slices.Max(p.Images.Spikiness))
	}
	for a := ofClass; a < attributeCount; a++ {
		for i, part := range r.Perm(n) {
			list[i].attributes[a] = (float64(part) + r.Float64()) / float64(n)
		}
	}
	return list
}

// share is the position of v between low and high.
func share(v, low, high float64) float64 {
	if high == low {
		return 0.5
	}
	return (v - low) / (high - low)
}

// stream is a generator of its own for each purpose, so that no part of the study
// depends on the order in which parts are made.
func stream(seed uint64, purpose ...any) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintln(h, purpose...)
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}
