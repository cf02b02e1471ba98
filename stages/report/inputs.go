package report

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/profiles"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/targets"
	"realnet/artifacts/schemas/weights"
	"realnet/stages/report/figures"
	"realnet/stages/stage"
)

// inputs is everything that the stage got.
type inputs struct {
	figures.Data
	sizes   []patternSize
	origins []origin
}

// patternSize is the size of one subject's patterns.
type patternSize struct {
	subject                 string
	samples, voxels, images int
	regions                 map[string]int // voxels
	order                   []string       // regions as they come
}

// read reads every port.
func read(env *stage.Env, p Params) (inputs, error) {
	in := inputs{Data: figures.Data{Training: p.Training, Alpha: p.Alpha, Groups: p.Groups}}
	var err error
	if in.Statistics, err = readAll(env, "statistics", statistics.Read); err != nil {
		return in, err
	}
	if in.Similarities, err = readAll(env, "similarities", similarities.Read); err != nil {
		return in, err
	}
	if in.Profiles, err = readAll(env, "profiles", profiles.Read); err != nil {
		return in, err
	}
	if in.Accuracies, err = readAll(env, "accuracies", func(a *artifacts.Artifact) ([]accuracies.Row, error) {
		return artifacts.ReadTable[accuracies.Row](a, accuracies.Table)
	}); err != nil {
		return in, err
	}
	if in.RDMs, err = readAll(env, "rdms", readRDMs); err != nil {
		return in, err
	}
	if in.sizes, err = readAll(env, "patterns", readSize); err != nil {
		return in, err
	}
	in.Models = figures.NewModels(in.named(p), in.labels())
	if err := in.readTraining(env, p); err != nil {
		return in, err
	}
	if in.Images, in.Classes, err = stimuliOf(env.In["stimuli"], in.RDMs); err != nil {
		return in, err
	}
	for _, port := range ports {
		for _, a := range env.In[port.Name] {
			in.origins = append(in.origins, originOf(port.Name, a.Manifest()))
		}
	}
	return in, nil
}

func readAll[T any](env *stage.Env, port string, of func(*artifacts.Artifact) ([]T, error)) ([]T, error) {
	var out []T
	for _, a := range env.In[port] {
		rows, err := of(a)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// named are the models of the parameters, the base network among them, and the control
// where the inputs know it.
func (in inputs) named(p Params) []figures.Model {
	out := append([]figures.Model(nil), p.Models...)
	add := func(label, role string) {
		if label != "" && !slices.ContainsFunc(out, func(m figures.Model) bool { return m.Label == label }) {
			out = append(out, figures.Model{Label: label, Role: role})
		}
	}
	add(p.Base, figures.Base)
	known := in.labels()
	for _, r := range in.Statistics {
		known = append(known, r.Model, r.Reference)
	}
	if slices.Contains(known, p.Control) {
		add(p.Control, figures.Control)
	}
	return out
}

// labels are the models that the rows know.
func (in inputs) labels() []string {
	var out []string
	for _, r := range in.Similarities {
		out = append(out, r.Model)
	}
	for _, r := range in.Accuracies {
		out = append(out, r.Model)
	}
	for _, r := range in.Profiles {
		out = append(out, r.Model)
	}
	return out
}

// readRDMs reads the RDMs of models and brains; those of EEG are many and are
// not shown one by one.
func readRDMs(a *artifacts.Artifact) ([]figures.RDM, error) {
	rows, err := artifacts.ReadTable[rdms.Row](a, rdms.RowsTable)
	if err != nil {
		return nil, err
	}
	shown := func(r rdms.Row) bool { return r.Kind != "eeg" && math.IsNaN(r.Time) }
	any := false
	for _, r := range rows {
		any = any || shown(r)
	}
	if !any {
		return nil, nil
	}
	set, err := rdms.Read(a)
	if err != nil {
		return nil, err
	}
	var out []figures.RDM
	for i, r := range set.Rows {
		if shown(r) {
			out = append(out, figures.RDM{Row: r, Conditions: set.Conditions, Values: set.RDM(i), Folds: set.Folds})
		}
	}
	return out, nil
}

func readSize(a *artifacts.Artifact) ([]patternSize, error) {
	samples, err := artifacts.ReadTable[patterns.Sample](a, patterns.SamplesTable)
	if err != nil {
		return nil, err
	}
	voxels, err := artifacts.ReadTable[patterns.Voxel](a, patterns.VoxelsTable)
	if err != nil {
		return nil, err
	}
	members, err := artifacts.ReadTable[patterns.Member](a, patterns.ROITable)
	if err != nil {
		return nil, err
	}
	s := patternSize{samples: len(samples), voxels: len(voxels), regions: map[string]int{}}
	conditions := map[string]bool{}
	for _, r := range samples {
		s.subject = r.Subject
		conditions[r.Condition] = true
	}
	s.images = len(conditions)
	for _, m := range members {
		if s.regions[m.ROI] == 0 {
			s.order = append(s.order, m.ROI)
		}
		s.regions[m.ROI]++
	}
	return []patternSize{s}, nil
}

// readTraining reads training curves and explained variances.
func (in *inputs) readTraining(env *stage.Env, p Params) error {
	list := env.In["weights"]
	for i, a := range list {
		c := figures.Curve{}
		var err error
		if a.Has(weights.EpochsTable) {
			if c.Epochs, err = artifacts.ReadTable[weights.Epoch](a, weights.EpochsTable); err != nil {
				return err
			}
		}
		if len(p.Weights) == len(list) {
			c.Label = p.Weights[i]
			c.Model, _, _ = strings.Cut(c.Label, "/")
		} else {
			c.Label, c.Model = in.guessTraining(a.Manifest().Provenance)
		}
		in.Curves = append(in.Curves, c)
	}
	list = env.In["targets"]
	for i, a := range list {
		rows, err := artifacts.ReadTable[targets.Component](a, targets.ComponentsTable)
		if err != nil {
			return err
		}
		c := figures.Components{Label: fmt.Sprintf("targets %d", i+1)}
		if len(p.Targets) == len(list) {
			c.Label = p.Targets[i]
		}
		for _, r := range rows {
			c.Ratio = append(c.Ratio, r.Ratio)
		}
		in.Components = append(in.Components, c)
	}
	return nil
}

// guessTraining names a training by its parameters.
func (in *inputs) guessTraining(p artifacts.Provenance) (label, model string) {
	var t struct {
		Beta    *float64 `json:"beta"`
		Pairing string   `json:"pairing"`
	}
	if json.Unmarshal(p.Params, &t) != nil || t.Beta == nil {
		if p.Stage == "pretrain" {
			return "pretraining", in.Models.Base()
		}
		return p.Stage, ""
	}
	label = fmt.Sprintf("beta %g", *t.Beta)
	role := map[string]string{"": "", "matched": "", "shuffled": figures.Shuffled}
	shuffled, ok := role[t.Pairing]
	if !ok {
		shuffled = figures.ShuffledWithin
	}
	if shuffled != "" {
		label += ", " + t.Pairing
	}
	for _, m := range in.Models.All() {
		switch {
		case shuffled != "" && m.Role == shuffled,
			shuffled == "" && *t.Beta == 0 && m.Role == figures.Control,
			shuffled == "" && *t.Beta > 0 && m.Role == figures.Aligned && (m.Beta == *t.Beta || m.Beta == 0):
			return label, m.Label
		}
	}
	return label, ""
}

// thumbnail is the side of the small images in pixels.
const thumbnail = 48

// stimuliOf shrinks the images that are conditions of the RDMs and reads their
// classes.
func stimuliOf(list []*artifacts.Artifact, sets []figures.RDM) (map[string]image.Image, map[string]figures.Class, error) {
	wanted := map[string]bool{}
	for _, r := range sets {
		for _, c := range r.Conditions {
			wanted[c] = true
		}
	}
	images, classes := map[string]image.Image{}, map[string]figures.Class{}
	for _, a := range list {
		rows, err := artifacts.ReadTable[stimuli.Image](a, stimuli.ImagesTable)
		if err != nil {
			return nil, nil, err
		}
		t, err := artifacts.OpenTensor[uint8](a, stimuli.Tensor)
		if err != nil {
			return nil, nil, err
		}
		for i, r := range rows {
			if !wanted[r.Name] || images[r.Name] != nil || i >= t.Rows() {
				continue
			}
			images[r.Name] = shrink(t.Row(i), t.Shape[1], t.Shape[2])
			if r.Label >= 0 {
				classes[r.Name] = figures.Class{Label: r.Label, Name: r.Class}
			}
		}
		if err := t.Close(); err != nil {
			return nil, nil, err
		}
	}
	return images, classes, nil
}

// shrink averages blocks of an RGB image of h x w pixels.
func shrink(pixels []uint8, h, w int) image.Image {
	side := min(thumbnail, h, w)
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			var sum [3]int
			n := 0
			for i := y * h / side; i < (y+1)*h/side; i++ {
				for j := x * w / side; j < (x+1)*w/side; j++ {
					for k := range sum {
						sum[k] += int(pixels[(i*w+j)*3+k])
					}
					n++
				}
			}
			img.SetNRGBA(x, y, color.NRGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255})
		}
	}
	return img
}
