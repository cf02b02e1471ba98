package report_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report"
	"realnet/stages/report/figures"
)

var tags = regexp.MustCompile(`<[^>]*>`)

// section is the text of one section of a page, without tags.
func section(t *testing.T, page, id string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<section id="`+id+`">`)
	if !ok {
		t.Fatalf("the page has no section %s", id)
	}
	text, _, _ := strings.Cut(rest, "</section>")
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(text, " "))), " ")
}

// has reports which texts a section lacks and which it must not have.
func has(t *testing.T, text string, want, not []string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not in: %s", w, text)
		}
	}
	for _, w := range not {
		if strings.Contains(text, w) {
			t.Errorf("%q is in: %s", w, text)
		}
	}
}

// The summary of a study that teaches networks answers what was asked, what was
// found, how sure it is and what would contradict it, with the failed check.
func TestSummaryOfAlignment(t *testing.T) {
	w := newWorld(t, 12)
	text := section(t, string(readFile(t, run(t, w.in, w.params(), 1), page.HTML)), "summary")
	has(t, text, []string{
		"What was asked Does a network that learns", "What was found Yes: ", "more similar to the brain that taught it by +0.050 (95 % interval +0.038 to +0.062)",
		"improvement ratio", "no clear change with", "How sure", "Noise ceiling: in a region the best possible model would reach 0.190 to 0.290",
		"What would have contradicted it", "a failure sign (below): seen in 1 of 2", "1 of 26 checks of the study failed",
	}, []string{"no results yet", "NaN"})
}

// of is a report of results alone.
func of(t *testing.T, p report.Params, rows ...statistics.Row) string {
	w := &world{t: t, dir: t.TempDir(), in: map[string][]*artifacts.Artifact{}}
	w.put("statistics", "stats", statistics.Schema, map[string]any{"alpha": 0.05, "correction": "holm"}, func(o *artifacts.Writer) error {
		return statistics.Write(o, rows)
	})
	return string(readFile(t, run(t, w.in, p, 1), page.HTML))
}

// A model that gains over the base and not over the control has shown nothing.
func TestSummaryNeedsTheControl(t *testing.T) {
	p := report.DefaultParams()
	p.Study, p.Models = "s", []figures.Model{{Label: "aligned", Role: figures.Aligned, Main: true}}
	row := func(model, over string, value, pvalue float64) statistics.Row {
		r := result(statistics.Gain, "gain/"+model+"/within/over-"+over, "gain/within", value, 0.01, pvalue)
		r.Model, r.Reference, r.Relation = model, over, statistics.Within
		return r
	}
	text := section(t, of(t, p, row("aligned", "base", 0.05, 0.001), row("aligned", "control", 0.001, 0.6), row("control", "base", 0.049, 0.001)), "summary")
	has(t, text, []string{"Not shown: aligned is not more similar than base and than control to the brain that taught it."}, []string{"Yes"})
}

func TestSummaryOfLayers(t *testing.T) {
	p := report.DefaultParams()
	p.Study = "s"
	var rows []statistics.Row
	for layer, v := range map[string]float64{"V1": 0.05, "IT": 0.2} {
		r := result(statistics.Similarity, "similarity/net/"+layer+"/hIT", "similarity/hIT", v, 0.04, map[bool]float64{true: 0.01, false: 0.3}[v > 0.1])
		r.Model, r.Layer, r.ROI = "net", layer, "hIT"
		rows = append(rows, r)
	}
	for bound, v := range map[string]float64{statistics.CeilingLower: 0.3, statistics.CeilingUpper: 0.5} {
		r := statistics.New(bound, "hIT/"+bound, "ceiling")
		r.ROI, r.Value = "hIT", v
		rows = append(rows, r)
	}
	text := section(t, of(t, p, rows...), "summary")
	has(t, text, []string{
		"How similar is each layer of the network (net)", "layer IT is nearest, 0.200, 95 % interval 0.160 to 0.240", "Above 0: 1 of 2 layers",
		"Noise ceiling: 0.300 to 0.500", "picked after looking",
	}, nil)
}

// The methods speak of the stages that ran and of no other, although the study
// has defaults for all.
func TestMethodsOfTheStagesThatRan(t *testing.T) {
	p := report.DefaultParams()
	p.Study, p.StudyJSON = "s", []byte(`{"study": "s", "seed": 3, "subjects": ["1"], "data": {"fmri": {"dataset": "haxby2001"}},
		"fmri": {"average": "run", "recipe": {"drop_volumes": 2}}, "rdm": {"metric": "euclidean"}, "synth": {}, "pretrain": {"width": 64, "epochs": 0},
		"train": {"beta": 10, "layers": ["IT"]}, "eegrdm": {"recipe": "lu", "repeats": 2}, "variants": [{"name": "a", "beta": 5, "pairing": "shuffled", "gain": true, "epochs": null}]}`)
	p.Stages = []string{"fetch", "fmri", "rdm", "stats"}
	row := result(statistics.Reliability, "reliability/rdm/1/VT", "reliability/rdm", 0.4, 0.1, 0.01)
	text := section(t, of(t, p, row), "methods")
	has(t, text, []string{"fMRI from haxby2001 (Haxby et al. 2001)", "first 2 volumes", "metric euclidean", "seed of the study was 3"}, []string{"CORnet", "ReAlnet", "EEG", "ynthetic"})
	p.Stages = append(p.Stages, "pretrain", "train", "eegrdm")
	text = section(t, of(t, p, row), "methods")
	has(t, text, []string{"as it is before any training", "ReAlnet-fMRI", "Models: a (β = 5; pairing shuffled).", "2 draws of the trials", "cross-validation in 4 folds"}, []string{"for 0 epochs"})
}
