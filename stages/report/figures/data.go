package figures

import (
	"image"
	"math"
	"slices"
	"sort"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/profiles"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/artifacts/schemas/weights"
	"realnet/stages/report/params"
)

// Data is everything that figures may be drawn from. What a run has not is
// empty.
type Data struct {
	Models       Models
	Training     string // dataset whose brains the models learned from; "": any
	Alpha        float64
	Groups       []params.Group // subjects who trained networks together
	Similarities []similarities.Row
	Statistics   []statistics.Row
	Profiles     []profiles.Row
	Accuracies   []accuracies.Row
	RDMs         []RDM // of models and of fMRI
	Curves       []Curve
	Components   []Components
	Images       map[string]image.Image // thumbnails by condition
	Classes      map[string]Class       // class by condition, of those that have one
}

// RDM is one upper triangle with what it is of.
type RDM struct {
	rdms.Row
	Conditions []string
	Values     []float64
	Folds      []int32 // of the conditions; nil: of one network. Pairs of two folds are NaN
}

// Class is the category of a condition; its name may be empty.
type Class struct {
	Label int32
	Name  string
}

// Curve is the course of one training.
type Curve struct {
	Label, Model string // Model is "" when not known
	Epochs       []weights.Epoch
	Steps        []weights.Step
}

// Components are the explained variances of one subject's targets.
type Components struct {
	Label string
	Ratio []float64 // of the total variance, component by component
}

// All draws every figure that the data allow, in the order of a report.
func All(d Data) ([]Figure, error) {
	var out []Figure
	for _, family := range []func(Data) ([]Figure, error){
		Gain, Similarity, Reliability, Improvement, Encoding, Variants, Sweep, TimeCourses, Dimensions, Objectives,
		Matrices, Embeddings, Training, Variance,
	} {
		figures, err := family(d)
		if err != nil {
			return nil, err
		}
		out = append(out, figures...)
	}
	return out, nil
}

// within reports whether a row compares a model with the brain that it learned
// from; a model without one is within everywhere.
func (d Data) within(r similarities.Row) bool {
	return r.Trained == "" || (d.taught(r.Trained, r.Subject) && d.trainedOn(r.Dataset))
}

// across reports whether a row compares a model with another brain.
func (d Data) across(r similarities.Row) bool {
	return r.Trained == "" || !d.taught(r.Trained, r.Subject) || !d.trainedOn(r.Dataset)
}

// taught reports whether a subject's brain is among those that trained the networks of a
// label: the subject itself, or those of a group.
func (d Data) taught(label, subject string) bool {
	if g, ok := first(d.Groups, func(g params.Group) bool { return g.Label == label }); ok {
		return slices.Contains(g.Subjects, subject)
	}
	return label == subject
}

func (d Data) trainedOn(dataset string) bool { return d.Training == "" || d.Training == dataset }

// brains are the rows of models with whole data sets (no halves) of brains
// without a course over time: fMRI, neurons, and behaviour, which is no brain
// but is compared in the same way.
func (d Data) brains() []similarities.Row {
	return filter(d.ofModels(), func(r similarities.Row) bool { return r.Kind != "eeg" && math.IsNaN(r.Time) })
}

// eeg are the rows of models with EEG.
func (d Data) eeg() []similarities.Row {
	return filter(d.ofModels(), func(r similarities.Row) bool { return r.Kind == "eeg" })
}

func (d Data) ofModels() []similarities.Row {
	return filter(d.Similarities, func(r similarities.Row) bool {
		return (r.Compared == "" || r.Compared == "model") && r.Split == "" && !math.IsNaN(r.Value)
	})
}

var (
	layerOrder  = []string{"V1", "V2", "V4", "IT", "avgpool", "decoder", "logits"}
	regionOrder = []string{"V1", "V2", "V3", "V4", "hV4", "LOC", "FFA", "PPA", "HVC", "IT", "VC"}
)

// inOrder lists distinct values, known ones first in their known order.
func inOrder[T any](rows []T, of func(T) string, known []string) []string {
	var out []string
	for _, r := range rows {
		if v := of(r); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	rank := func(v string) int {
		if i := slices.Index(known, v); i >= 0 {
			return i
		}
		return len(known)
	}
	sort.SliceStable(out, func(i, j int) bool { return rank(out[i]) < rank(out[j]) })
	return out
}

func layersOf(rows []similarities.Row) []string {
	return inOrder(rows, func(r similarities.Row) string { return r.Layer }, layerOrder)
}

func regionsOf(rows []similarities.Row) []string {
	return inOrder(rows, func(r similarities.Row) string { return r.ROI }, regionOrder)
}

func filter[T any](rows []T, keep func(T) bool) []T {
	var out []T
	for _, r := range rows {
		if keep(r) {
			out = append(out, r)
		}
	}
	return out
}

// meanInterval is the mean with the 95 % Student interval of the mean; without
// an interval below two values.
func meanInterval(values []float64) (mean, low, high float64) {
	if len(values) == 0 {
		return math.NaN(), math.NaN(), math.NaN()
	}
	mean = stat.Mean(values, nil)
	if len(values) < 2 {
		return mean, math.NaN(), math.NaN()
	}
	n := float64(len(values))
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975)
	half := t * stat.StdDev(values, nil) / math.Sqrt(n)
	return mean, mean - half, mean + half
}

func meanMark(at float64, values []float64) mark {
	m, low, high := meanInterval(values)
	return mark{at, m, low, high}
}

// offset spreads n marks around a place: the i-th of them.
func offset(i, n int, width float64) float64 {
	if n < 2 {
		return 0
	}
	return width * (float64(i)/float64(n-1) - 0.5)
}

// difference is the similarity of a model less that of the base model with the
// same brain, averaged over places (layers, regions, times).
type difference struct {
	model, trained, subject, dataset string
	value                            float64
	places                           int
}

// differences pairs every row with the base model's row of the same place.
func (d Data) differences(rows []similarities.Row) []difference {
	type place struct {
		layer, kind, dataset, subject, roi, session, method string
		time                                                int64
	}
	at := func(r similarities.Row) place {
		t := int64(math.MinInt64)
		if !math.IsNaN(r.Time) {
			t = int64(math.Round(r.Time * 1e6))
		}
		return place{r.Layer, r.Kind, r.Dataset, r.Subject, r.ROI, r.Session, r.Method, t}
	}
	base := map[place]float64{}
	for _, r := range rows {
		if r.Model == d.Models.Base() {
			base[at(r)] = r.Value
		}
	}
	type pair struct{ model, trained, subject, dataset string }
	index := map[pair]int{}
	var out []difference
	for _, r := range rows {
		b, ok := base[at(r)]
		if !ok || r.Model == d.Models.Base() {
			continue
		}
		k := pair{r.Model, r.Trained, r.Subject, r.Dataset}
		i, ok := index[k]
		if !ok {
			i = len(out)
			index[k] = i
			out = append(out, difference{r.Model, r.Trained, r.Subject, r.Dataset, 0, 0})
		}
		out[i].value += r.Value - b
		out[i].places++
	}
	for i := range out {
		out[i].value /= float64(out[i].places)
	}
	return out
}

func valuesOf(list []difference, model string) []float64 {
	var out []float64
	for _, x := range list {
		if x.model == model {
			out = append(out, x.value)
		}
	}
	return out
}

// slug makes a file name of a label.
func slug(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, s)
}

// named joins a figure's name and what it is of.
func named(name, of string) string {
	if of == "" {
		return name
	}
	return name + "-" + slug(of)
}

func orAll(s string) string {
	if s == "" {
		return "all"
	}
	return s
}
