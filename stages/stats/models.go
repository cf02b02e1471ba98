package stats

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"realnet/artifacts"
	dims "realnet/artifacts/schemas/dimensions"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/dimensions"
	"realnet/stages/analysis/naming"
	"realnet/stages/analysis/rdm"
	"realnet/stages/stage"
)

// network is one trained network: its layers' RDMs over the common conditions.
type network struct {
	variant string
	trained string // subject whose brain trained it; "" for the base network
	names   []string
	layers  [][]float64
}

// brain is one RDM that networks are compared with: a region of a subject, a
// subject's EEG, or an object dimension.
type brain struct {
	relation string // one of those below, or of layerwise results the kind of RDM
	subject  string
	roi      string // region, or the dimension's name
	planted  bool   // of a dimension
	values   []float64
}

// Relations of the brains that come in, named after their ports, and of dimensions.
const (
	relationFMRI      = "fmri"
	relationOther     = "other"
	relationEEG       = "eeg"
	relationDimension = "dimension"
)

// gathered is everything that an alignment is estimated from, over the same
// conditions in the same order.
type gathered struct {
	conditions []string
	overTime   [][2]string // relation and region of brains that are means over a window
	left       *leftOut    // conditions that the first brain has and others lack; nil for none
	networks   []network
	brains     []brain
	variants   []string // in the order of the parameters
	method     compare.Method
	folds      [][]int // pairs of each fold of images, ascending; nil: networks of one piece
	sorted     map[sortedKey]*compare.Subsets
}

// leftOut counts the conditions that all have, and names those of the first brain that
// are left out.
type leftOut struct {
	Shared, All int
	Names       string // of the first few
}

// imageSet is one set of held-out images: the ports of the networks' RDMs on
// them and of the brains that saw them. The images of fMRI and EEG may differ.
type imageSet struct {
	models     string
	brains     []string
	dimensions bool // objects' dimensions are compared on these images
}

// imageSets lists the sets that the inputs have. Without networks on images of
// the EEG's own, the EEG showed those of the fMRI.
func imageSets(env *stage.Env) []imageSet {
	if len(env.In["eeg_models"]) > 0 {
		return []imageSet{
			{models: "models", brains: []string{"fmri", "other"}},
			{models: "eeg_models", brains: []string{"eeg"}, dimensions: true},
		}
	}
	return []imageSet{{models: "models", brains: []string{"fmri", "other", "eeg"}, dimensions: true}}
}

// gather reads the RDMs of one set of images.
func gather(env *stage.Env, p Params, images imageSet) (gathered, error) {
	var g gathered
	sets, err := readAll(env.In[images.models])
	if err != nil {
		return g, err
	}
	brains := map[string][]rdms.Set{}
	for _, port := range images.brains {
		if brains[port], err = readAll(env.In[port]); err != nil {
			return g, err
		}
		for k := range brains[port] {
			inWordsOf(sets, &brains[port][k])
		}
	}
	if g.conditions, err = common(sets, images.brains, brains); err != nil {
		return g, err
	}
	if err := rename(sets, g.conditions); err != nil {
		return g, err
	}
	if g.folds, err = foldPairs(sets, g.conditions); err != nil {
		return g, err
	}
	if g.networks, err = networks(sets, g.conditions, p); err != nil {
		return g, err
	}
	for _, n := range g.networks {
		if !slices.Contains(g.variants, n.variant) {
			g.variants = append(g.variants, n.variant)
		}
	}
	for _, port := range images.brains {
		for _, set := range brains[port] {
			list, err := brainsOf(port, set, g.conditions, p)
			if err != nil {
				return g, err
			}
			g.brains = append(g.brains, list...)
		}
	}
	if a := env.Maybe("dimensions"); a != nil && images.dimensions {
		list, err := dimensionBrains(a, g.conditions)
		if err != nil {
			return g, err
		}
		g.brains = append(g.brains, list...)
	}
	return g, nil
}

// inWordsOf gives the conditions of a brain the names that the models have for them, by
// the rule of package naming. Names that do not match stay, for the error of who needs
// them.
func inWordsOf(models []rdms.Set, brain *rdms.Set) {
	if len(models) == 0 {
		return
	}
	joined, err := naming.Join(models[0].Conditions, brain.Conditions, false)
	if err != nil || !joined.Bare {
		return
	}
	names := make([]string, len(brain.Conditions))
	for k, i := range joined.A {
		names[joined.B[k]] = models[0].Conditions[i]
	}
	brain.Conditions = names
}

// brainsOf takes the RDMs of one artifact: every region of fMRI, one mean over
// time of EEG.
func brainsOf(port string, set rdms.Set, conditions []string, p Params) ([]brain, error) {
	if port == relationEEG {
		b, err := windowMean(set, conditions, p.EEGWindow)
		return []brain{b}, err
	}
	var out []brain
	for i, row := range set.Rows {
		if row.Split != "" || (len(p.ROIs) > 0 && !slices.Contains(p.ROIs, row.ROI)) {
			continue
		}
		values, err := arrange(set, i, conditions)
		if err != nil {
			return nil, err
		}
		out = append(out, brain{relation: port, subject: row.Subject, roi: row.ROI, values: values})
	}
	return out, nil
}

func readAll(list []*artifacts.Artifact) ([]rdms.Set, error) {
	sets := make([]rdms.Set, len(list))
	for i, a := range list {
		var err error
		if sets[i], err = rdms.Read(a); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

// common is the set of conditions that every RDM has, sorted. Brains decide; a
// network must have all of theirs.
func common(models []rdms.Set, ports []string, brains map[string][]rdms.Set) ([]string, error) {
	var sets []rdms.Set
	for _, port := range ports {
		sets = append(sets, brains[port]...)
	}
	if len(sets) == 0 {
		sets = models
	}
	count := map[string]int{}
	for _, set := range sets {
		for _, c := range set.Conditions {
			count[c]++
		}
	}
	n := len(sets)
	var names []string
	for c, k := range count {
		if k == n {
			names = append(names, c)
		}
	}
	if sort.Strings(names); len(names) < 4 {
		return nil, fmt.Errorf("the brains share %d conditions, 4 or more are needed: their images must have the same names", len(names))
	}
	return names, nil
}

func arrange(set rdms.Set, i int, conditions []string) ([]float64, error) {
	r, err := rdm.New(set.Rows[i].Metric, set.RDM(i), set.Conditions)
	if err != nil {
		return nil, err
	}
	if r, err = r.Arrange(conditions); err != nil {
		return nil, err
	}
	return r.Values, nil
}

// networks groups the rows of model RDMs by network, layers in their order.
func networks(sets []rdms.Set, conditions []string, p Params) ([]network, error) {
	var out []network
	at := map[string]int{}
	for _, set := range sets {
		for i, row := range set.Rows {
			if len(p.Layers) > 0 && !slices.Contains(p.Layers, row.Layer) {
				continue
			}
			key := row.Model + "\x00" + row.Subject
			k, ok := at[key]
			if !ok {
				k = len(out)
				at[key] = k
				out = append(out, network{variant: row.Model, trained: row.Subject})
			}
			values, err := arrange(set, i, conditions)
			if err != nil {
				return nil, fmt.Errorf("model %s %s, layer %s: %w", row.Model, row.Subject, row.Layer, err)
			}
			out[k].names, out[k].layers = append(out[k].names, row.Layer), append(out[k].layers, values)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no model RDM of layers %v", p.Layers)
	}
	for _, n := range out {
		if len(n.layers) != len(out[0].layers) {
			return nil, fmt.Errorf("model %s %s has %d layers, %s has %d", n.variant, n.trained, len(n.layers), out[0].variant, len(out[0].layers))
		}
	}
	return out, nil
}

// windowMean is the mean RDM of a subject's EEG over a window of time: one
// RDM a subject, chosen before looking at the time course.
func windowMean(set rdms.Set, conditions []string, window [2]float64) (brain, error) {
	b := brain{relation: relationEEG, values: make([]float64, rdms.Pairs(len(conditions)))}
	n := 0
	for i, row := range set.Rows {
		if row.Time < window[0] || row.Time > window[1] || math.IsNaN(row.Time) {
			continue
		}
		values, err := arrange(set, i, conditions)
		if err != nil {
			return b, err
		}
		for k, v := range values {
			b.values[k] += v
		}
		b.subject = row.Subject
		n++
	}
	if n == 0 {
		return b, fmt.Errorf("the EEG has no time point in %v s", window)
	}
	for k := range b.values {
		b.values[k] /= float64(n)
	}
	return b, nil
}

// dimensionBrains makes the RDM of every object dimension.
func dimensionBrains(a *artifacts.Artifact, conditions []string) ([]brain, error) {
	objects, err := artifacts.ReadTable[dims.Object](a, dims.ObjectsTable)
	if err != nil {
		return nil, err
	}
	labels, err := artifacts.ReadTable[dims.Label](a, dims.LabelsTable)
	if err != nil {
		return nil, err
	}
	shape, values, err := artifacts.ReadTensor[float32](a, dims.Tensor)
	if err != nil {
		return nil, err
	}
	if len(shape) != 2 || shape[0] != len(objects) || shape[1] != len(labels) {
		return nil, fmt.Errorf("%s: values of shape %v for %d objects and %d dimensions", a.Dir(), shape, len(objects), len(labels))
	}
	at := map[string]int{}
	for i, o := range objects {
		at[o.Name] = i
	}
	out := make([]brain, len(labels))
	for k, l := range labels {
		x := make([]float64, len(conditions))
		for i, c := range conditions {
			o, ok := at[c]
			if !ok {
				return nil, fmt.Errorf("%s: no object is named %q", a.Dir(), c)
			}
			x[i] = float64(values[o*len(labels)+k])
		}
		r, err := dimensions.RDM(x, conditions)
		if err != nil {
			return nil, fmt.Errorf("dimension %s: %w", l.Name, err)
		}
		out[k] = brain{relation: relationDimension, roi: l.Name, planted: l.Planted, values: r.Values}
	}
	return out, nil
}
