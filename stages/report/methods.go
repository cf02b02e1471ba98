package report

import (
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/template"

	"realnet/artifacts/schemas/profiles"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/figures"
	texts "realnet/stages/report/text"
)

// methodsValues are the values of text/methods.tmpl: what ran and how. A stage that did
// not run, or whose place another program took, is nil.
type methodsValues struct {
	Sources  []source
	Subjects []string
	Patterns []patternValues
	Swapped  []swap

	FMRI, Other         *fmriValues // of the brains that train networks, or alone; for evaluation only
	Pretrain            *pretrainValues
	Checkpoint          bool
	OwnWeights          bool // of the checkpoint: from a folder, not a published dataset
	Train               *trainValues
	Variants            []variantValues
	Control             string
	Shuffled            string
	Within              string // shuffled within classes
	Components          int
	PCA                 *pcaValues
	MDS                 *mdsValues
	Folds, SubjectFolds int
	RDM                 *rdmValues
	RDMsOf              []string // what RDMs were computed of, where others were given
	GainsOver           []string // what gains are over
	EEG                 *eegValues
	RSA                 *rsaValues
	Dimensions          *dimensionsValues
	Stats               *statsValues

	Ceilings, Profiles, THINGS, Classes, Tested, Gains, GainsInOrder, GainsOverSubjects, ByLayer, Clusters, LayerClusters, Accuracies, AccuracyChanges, PairedAccuracies bool

	Means *meanValues

	// Changes in accuracy of variants with one network, and with several.
	OneNetwork, SeveralNetworks bool

	Encoding        *encodingValues
	Spikes          bool // the brains that train networks were recorded with electrodes
	Seed            *uint64
	Versions, Codes []string
}

// paragraphs of the methods, in order.
var paragraphs = []string{
	"data", "swapped", "preprocessing", "network", "training", "dissimilarity", "eeg", "comparison", "encoding", "dimensions", "statistics", "software",
}

// methods writes the methods of a study, ready to paste, and the works that they
// cite.
func methods(in inputs, p Params) (out, references []string, err error) {
	var cited []string
	t, err := template.New("methods").Funcs(template.FuncMap{
		"list": listed, "join": func(l []string) string { return strings.Join(l, ", ") },
		"cite": func(key string) (string, error) {
			if works[key] == "" {
				return "", fmt.Errorf("%q is not among the works that can be cited", key)
			}
			if !slices.Contains(cited, key) {
				cited = append(cited, key)
			}
			return key, nil
		},
	}).ParseFS(texts.Files(), "methods.tmpl")
	if err != nil {
		return nil, nil, err
	}
	values := methodsOf(in, p)
	for _, v := range []*fmriValues{values.FMRI, values.Other} {
		if v == nil {
			continue
		}
		if err := v.name(t); err != nil {
			return nil, nil, err
		}
	}
	for _, name := range paragraphs {
		text, err := rendered(t, name, values)
		if err != nil {
			return nil, nil, err
		}
		if text != "" {
			out = append(out, text)
		}
	}
	for _, k := range cited {
		references = append(references, works[k])
	}
	return out, references, nil
}

// rendered is a block of a template in one line.
func rendered(t *template.Template, name string, values any) (string, error) {
	var text strings.Builder
	if err := t.ExecuteTemplate(&text, name, values); err != nil {
		return "", fmt.Errorf("text: %w", err)
	}
	return strings.Join(strings.Fields(text.String()), " "), nil
}

// methodsOf gathers the values from the parameters of the stages that made the inputs,
// else from the study's section of the same name, and from the results.
func methodsOf(in inputs, p Params) methodsValues {
	r := ran{in: in, p: p}
	if json.Unmarshal(p.StudyJSON, &r.study) != nil {
		r.study = nil
	}
	has := func(keep func(statistics.Row) bool) bool { return slices.ContainsFunc(in.Statistics, keep) }
	v := methodsValues{
		Sources: r.sources(), Swapped: in.swapped(p), Spikes: r.spikes(),
		FMRI: r.fmri("fmri", "fmri"), Other: r.fmri("other", "other_fmri"), PCA: section[pcaValues](r, "pca"), Pretrain: section[pretrainValues](r, "pretrain"), Train: section[trainValues](r, "train"), MDS: section[mdsValues](r, "mds"),
		RDM: section[rdmValues](r, "rdm"), RSA: section[rsaValues](r, "rsa"), Stats: section[statsValues](r, "stats"),
		Checkpoint: section[struct{}](r, "checkpoint") != nil, EEG: section[eegValues](r, "eegrdm"), Dimensions: section[dimensionsValues](r, "dimensions"), Encoding: section[encodingValues](r, "encoding"),
		OwnWeights: r.from("weights").Folder != "", RDMsOf: r.rdmsOf(), GainsOver: in.gainsOver(), Classes: len(in.Classes) > 0, Tested: has(statistics.Row.Tested),
		Ceilings:          slices.ContainsFunc(in.Similarities, func(s similarities.Row) bool { return !math.IsNaN(s.CeilingLow) }),
		Profiles:          len(in.Profiles) > 0,
		THINGS:            slices.ContainsFunc(in.Profiles, func(r profiles.Row) bool { return strings.Contains(r.Dimension, "food-related") }),
		Gains:             has(func(r statistics.Row) bool { return r.Kind == statistics.Gain }),
		GainsInOrder:      has(func(r statistics.Row) bool { return r.Kind == statistics.Gain && strings.HasPrefix(r.Family, "gain/") }),
		GainsOverSubjects: has(func(r statistics.Row) bool { return r.Kind == statistics.Gain && r.NSubjects > 1 }),
		ByLayer: has(func(r statistics.Row) bool {
			return r.Kind == statistics.Similarity && r.Layer != "" && r.Relation != ""
		}),
		Clusters:         has(func(r statistics.Row) bool { return r.Kind == statistics.Cluster }),
		LayerClusters:    has(func(r statistics.Row) bool { return r.Kind == statistics.Cluster && r.Layer != "" }),
		Accuracies:       len(in.Accuracies) > 0, // the figures draw their intervals
		AccuracyChanges:  has(func(r statistics.Row) bool { return r.Kind == statistics.AccuracyChange && r.HasInterval() }),
		PairedAccuracies: has(func(r statistics.Row) bool { return r.Kind == statistics.AccuracyChange && r.Tested() }),
		Versions:         versions(), Codes: in.codes(),
	}
	v.Means = in.means(v.Stats)
	if v.PCA != nil {
		v.PCA.Where = r.pcaRegions(*v.PCA)
	}
	networks := map[string]int{}
	for _, a := range in.Accuracies {
		networks[a.Model]++
	}
	for _, r := range in.Statistics {
		if r.Kind == statistics.AccuracyChange && r.Tested() {
			v.OneNetwork = v.OneNetwork || networks[r.Model] == 1
			v.SeveralNetworks = v.SeveralNetworks || networks[r.Model] > 1
		}
	}
	r.value("subjects", &v.Subjects)
	r.value("folds", &v.Folds)
	r.value("subject_folds", &v.SubjectFolds)
	r.value("seed", &v.Seed)
	for _, s := range in.sizes {
		v.Patterns = append(v.Patterns, patternValues{s.subject, s.samples, s.images, s.voxels, s.names()})
	}
	if v.Train != nil {
		v.Variants = r.variants(v.Train.Beta)
		for _, m := range p.Models {
			switch m.Role {
			case figures.Control:
				v.Control = m.Label
			case figures.Shuffled:
				v.Shuffled = m.Label
			case figures.ShuffledWithin:
				v.Within = m.Label
			}
		}
		for _, c := range in.Components {
			v.Components = max(v.Components, len(c.Ratio))
		}
	}
	return v
}

// ran says what a stage of the run did.
type ran struct {
	in    inputs
	p     Params
	study map[string]json.RawMessage
}

// section decodes the parameters of a stage of this program that took part; nil without.
func section[T any](r ran, stage string) *T {
	raw := r.study[stage]
	if !slices.Contains(r.p.Stages, stage) {
		raw = nil
	}
	for _, o := range r.in.origins {
		if o.Stage == stage && o.raw != nil && (stage != "train" || raw == nil) { // the study has what all trainings share
			raw = o.raw
			break
		}
	}
	if raw == nil || slices.ContainsFunc(r.in.swapped(r.p), func(s swap) bool { return s.Stage == stage }) {
		return nil
	}
	var v T
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return &v
}

// value decodes a field of the study.
func (r ran) value(name string, to any) {
	if raw := r.study[name]; raw != nil {
		_ = json.Unmarshal(raw, to) // a field of another form says nothing
	}
}

func versions() []string {
	out := []string{"Go " + strings.TrimPrefix(runtime.Version(), "go")}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			switch m.Path {
			case "gonum.org/v1/gonum", "gonum.org/v1/plot", "github.com/apache/arrow/go/v17": // what this stage links, so the same in every program
				out = append(out, m.Path+" "+m.Version)
			}
		}
	}
	return out
}

// codes are the code identities of the stages of this program.
func (in inputs) codes() []string {
	seen := map[string]bool{}
	var out []string
	for _, o := range in.origins {
		if !seen[o.Stage] && strings.HasPrefix(o.Code, builtIn) {
			seen[o.Stage] = true
			out = append(out, o.Stage+" "+shortCode(o.Code))
		}
	}
	slices.Sort(out)
	return out
}

func shortCode(code string) string {
	kind, hex, ok := strings.Cut(code, ":")
	if !ok || len(hex) < 12 {
		return code
	}
	return kind + ":" + hex[:12]
}

// listed joins texts as one says them.
func listed(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
