package report

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"realnet/stages/report/figures"
)

// methods writes the methods of a study, ready to paste, and the works that they
// cite. It says what was done from the parameters of the stages that made the
// inputs, else from the study's section of the same name.
func methods(in inputs, p Params) (paragraphs, references []string) {
	w := &writer{in: in, stages: p.Stages, models: p.Models}
	if json.Unmarshal(p.StudyJSON, &w.study) != nil {
		w.study = nil
	}
	for _, part := range []func(*writer) string{
		(*writer).data, (*writer).preprocessing, (*writer).network, (*writer).training, (*writer).dissimilarity, (*writer).eeg,
		(*writer).comparison, (*writer).dimensionsText, (*writer).statisticsText, (*writer).software,
	} {
		if text := part(w); text != "" {
			paragraphs = append(paragraphs, text)
		}
	}
	for _, k := range w.cited {
		references = append(references, works[k])
	}
	return paragraphs, references
}

// synthetic is the dataset that stage synth makes.
const synthetic = "synth"

// writer collects what is cited while the text is written.
type writer struct {
	in     inputs
	study  map[string]json.RawMessage
	stages []string
	models []figures.Model
	cited  []string
}

// cite marks a work as cited and returns its short form.
func (w *writer) cite(key string) string {
	if !slices.Contains(w.cited, key) {
		w.cited = append(w.cited, key)
	}
	return key
}

// values are parameters of one stage.
type values map[string]json.RawMessage

// of returns the parameters of a stage, nil when it took no part: those of the
// artifact that it gave to the report, else the study's.
func (w *writer) of(stage string) values {
	for _, o := range w.in.origins {
		if o.Stage == stage && o.params != nil {
			return o.params
		}
	}
	return w.section(stage)
}

// section is what the study says of a stage that took part.
func (w *writer) section(stage string) values {
	var v values
	if !slices.Contains(w.stages, stage) || json.Unmarshal(w.study[stage], &v) != nil {
		return nil
	}
	return v
}

// made reports whether an input of a kind came in.
func (w *writer) made(port string) bool {
	return slices.ContainsFunc(w.in.origins, func(o origin) bool { return o.Port == port })
}

func (v values) text(name string) string {
	var s string
	if json.Unmarshal(v[name], &s) != nil {
		return ""
	}
	return s
}

func (v values) number(name string) float64 {
	var n float64
	if json.Unmarshal(v[name], &n) != nil {
		return 0
	}
	return n
}

func (v values) list(name string) []string {
	var l []string
	if json.Unmarshal(v[name], &l) != nil {
		return nil
	}
	return l
}

// data roles in the order and the words of a text.
var dataRoles = []struct{ key, text string }{
	{"fmri", "fMRI"},
	{"other", "fMRI for evaluation alone"},
	{"eeg", "EEG"},
	{"stimuli", "images"},
	{"eeg_stimuli", "images of the EEG"},
	{"labelled", "labelled images"},
	{"objects", "dimensions of the objects"},
	{"weights", "weights of the base network"},
}

func (w *writer) data() string {
	var data map[string]struct {
		Dataset string `json:"dataset"`
		Folder  string `json:"folder"`
	}
	var names []string // of datasets, in order
	of := map[string][]string{}
	if json.Unmarshal(w.study["data"], &data) == nil {
		for _, role := range dataRoles {
			name := data[role.key].Dataset
			if name == "" && data[role.key].Folder != "" {
				name = "a folder of the author's own"
			}
			if name == "" {
				continue
			}
			if of[name] == nil {
				names = append(names, name)
			}
			text := role.text
			if role.key == "stimuli" && slices.Contains(w.stages, "published") {
				text = "images and RDMs of brains"
			}
			of[name] = append(of[name], text)
		}
	}
	var parts []string
	for _, name := range names {
		text := name
		if name == synthetic {
			text = "a synthetic world (images and brains in which attributes of the images are planted)"
		}
		for prefix, key := range datasets {
			if strings.HasPrefix(strings.ToLower(name), prefix) {
				text += " (" + w.cite(key) + ")"
				break
			}
		}
		parts = append(parts, listed(of[name])+" from "+text)
	}
	out := ""
	if len(parts) > 0 {
		out = "Data: " + strings.Join(parts, "; ") + "."
	}
	var subjects []string
	if json.Unmarshal(w.study["subjects"], &subjects) == nil && len(subjects) > 0 {
		out += fmt.Sprintf(" fMRI subjects: %s.", strings.Join(subjects, ", "))
	}
	for _, s := range w.in.sizes {
		out += fmt.Sprintf(" Subject %s: %d patterns of %d conditions over %d voxels", s.subject, s.samples, s.images, s.voxels)
		var regions []string
		for _, r := range s.order {
			regions = append(regions, fmt.Sprintf("%s %d", r, s.regions[r]))
		}
		if len(regions) > 0 {
			out += " (" + strings.Join(regions, ", ") + ")"
		}
		out += "."
	}
	return strings.TrimSpace(out)
}

func (w *writer) preprocessing() string {
	v := w.of("fmri")
	if v == nil {
		return ""
	}
	var recipe values
	if json.Unmarshal(v["recipe"], &recipe) != nil {
		return ""
	}
	var parts []string
	if n := recipe.number("drop_volumes"); n > 0 {
		parts = append(parts, fmt.Sprintf("the first %g volumes of each run were dropped", n))
	}
	if n, ok := recipe["detrend_order"]; ok && string(n) != "-1" {
		parts = append(parts, fmt.Sprintf("a polynomial of order %s was regressed out", n))
	}
	if string(recipe["regress_motion"]) == "true" {
		parts = append(parts, "so were the motion parameters")
	}
	if n := recipe.number("clip_sd"); n > 0 {
		parts = append(parts, fmt.Sprintf("values beyond %g standard deviations were clipped", n))
	}
	if s := recipe.text("normalise"); s != "" && s != "none" {
		parts = append(parts, "voxels were normalised ("+s+")")
	}
	switch recipe.text("estimate") {
	case "average":
		parts = append(parts, fmt.Sprintf("volumes of a trial, shifted by %g volumes for the haemodynamic response, were averaged", recipe.number("lag_volumes")))
	case "glm", "lsa":
		parts = append(parts, "responses were estimated by a general linear model ("+recipe.text("estimate")+")")
	}
	switch v.text("average") {
	case "run":
		parts = append(parts, "patterns were averaged by condition and run")
	case "condition":
		parts = append(parts, "patterns were averaged over all repetitions of a condition")
	}
	preset := ""
	if s := recipe.text("preset"); s != "" {
		preset = " (recipe " + s + ")"
	}
	if len(parts) == 0 {
		return ""
	}
	return "Preprocessing of fMRI" + preset + ": " + strings.Join(parts, "; ") + "."
}

func (w *writer) software() string {
	versions := []string{"Go " + strings.TrimPrefix(runtime.Version(), "go")}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			switch m.Path {
			case "gonum.org/v1/gonum", "gonum.org/v1/plot", "github.com/apache/arrow/go/v17": // what this stage links, so the same in every program
				versions = append(versions, m.Path+" "+m.Version)
			}
		}
	}
	codes := map[string]bool{}
	var parts []string
	for _, o := range w.in.origins {
		if !codes[o.Stage] && o.Code != "" {
			codes[o.Stage] = true
			parts = append(parts, o.Stage+" "+shortCode(o.Code))
		}
	}
	slices.Sort(parts)
	text := "All steps were run with realnet (" + strings.Join(versions, ", ") + ")"
	if len(parts) > 0 {
		text += ", code identities " + strings.Join(parts, ", ")
	}
	return text + "."
}

func shortCode(code string) string {
	kind, hex, ok := strings.Cut(code, ":")
	if !ok || len(hex) < 12 {
		return code
	}
	return kind + ":" + hex[:12]
}
