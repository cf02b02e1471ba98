package report_test

import (
	"encoding/json"
	"html"
	"math"
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
	_, rest, ok := strings.Cut(page, `<section id="`+id+`"`)
	if !ok {
		t.Fatalf("the page has no section %s", id)
	}
	_, rest, _ = strings.Cut(rest, ">")
	text, _, _ := strings.Cut(rest, "</section>")
	return words(text)
}

// answer is the sentence at the top of a page.
func answer(t *testing.T, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<p class="answer">`)
	if !ok {
		t.Fatal("the page has no answer")
	}
	text, _, _ := strings.Cut(rest, "</p>")
	return words(text)
}

// words are the text of a part of a page, without tags.
func words(text string) string {
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

// The summary of a study that trains networks answers what was asked, what was
// found, how sure it is and what would contradict it, with the failed check.
func TestSummaryOfAlignment(t *testing.T) {
	w := newWorld(t, 12)
	html := string(readFile(t, run(t, w.in, w.params(), 1), page.HTML))
	has(t, answer(t, html), []string{
		"Yes: training on brain responses made the network (aligned) more similar to the brain that it was trained on, brains of other subjects and EEG of other subjects, compared with both the network before that training (base) and a control trained without brain data.",
	}, nil)
	has(t, section(t, html, "summary"), []string{"+0.050 gain, within-modality and within-subject [0.038, 0.062], p = 0.002", "+0.015 gain, across-modality and across-subject (EEG)", "−3.0 points change in top-1 accuracy [−8.0, 2.0]", "1 of 26 checks of the study failed."}, nil)
	has(t, section(t, html, "detail"), []string{
		"Question Does a network that learns", "aligned compared with base: similarity with the brain that it was trained on is higher by 0.050 [0.038, 0.062] (corrected p = 0.002, improvement ratio +56 % )",
		"Top-1 accuracy changes by −3.0 percentage points [−8.0, 2.0].", "How sure", "Three subjects are too few", "a perfect model would reach a similarity of 0.190 to 0.290",
		"What would have contradicted this", "A failure sign (a pattern of results that indicates a failed reproduction): seen in 1 of 2 checks",
	}, []string{"no results yet", "NaN"})
	// A number leads to its row.
	if id := `id="r-gain/aligned/within/over-base"`; !strings.Contains(html, `href="#r-gain/aligned/within/over-base"`) || !strings.Contains(html, id) {
		t.Error("a number of the summary does not lead to its row")
	}
}

// What is not significant after correction is said to be so, with what it is.
func TestSummaryDoesNotContradictItself(t *testing.T) {
	p := report.DefaultParams()
	p.Study, p.Models = "s", []figures.Model{{Label: "shuffled", Role: figures.Shuffled}}
	r := result(statistics.Gain, "gain/shuffled/within/over-base", "gain/within", -0.025, 0.021, 0.02)
	r.Model, r.Reference, r.Relation, r.PCorrected = "shuffled", "base", statistics.Within, 0.11
	has(t, section(t, of(t, p, r), "detail"), []string{"is lower by 0.025 [−0.046, −0.004], not significant after correction (p = 0.110)"}, []string{"no clear change"})
}

// A model without any comparison has shown nothing.
func TestAnswerWithoutRows(t *testing.T) {
	p := report.DefaultParams()
	p.Study, p.Models = "s", []figures.Model{{Label: "aligned", Role: figures.Aligned, Main: true}}
	r := result(statistics.Accuracy, "accuracy/aligned", "accuracy", 0.8, 0.1, nan)
	r.Model = "aligned"
	has(t, answer(t, of(t, p, r)), []string{"Not known: this run has no comparison of aligned with base."}, []string{"Yes"})
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
	text := answer(t, of(t, p, row("aligned", "base", 0.05, 0.001), row("aligned", "control", 0.001, 0.6), row("control", "base", 0.049, 0.001)))
	has(t, text, []string{"Not shown: training on brain responses did not make the network (aligned) significantly more similar to the brain that it was trained on, compared with both the network before that training (base) and a control trained without brain data."}, []string{"Yes"})

	// Without a result over it, the control takes no part in the answer.
	text = answer(t, of(t, p, row("aligned", "base", 0.05, 0.001), row("control", "base", 0.049, 0.001)))
	has(t, text, []string{"Yes: training on brain responses made the network (aligned) more similar to the brain that it was trained on, compared with the network before that training (base)."}, []string{"control"})
}

// The methods of a study of layers say where the RDMs of brains are from and how the mean
// similarity was tested.
func TestMethodsOfLayers(t *testing.T) {
	p := report.DefaultParams()
	p.Study, p.Stages, p.StudyJSON = "s", []string{"stats"}, json.RawMessage(`{"data": {"brains": {"dataset": "kriegeskorte2008"}, "models": {"folder": "own"}}}`)
	row := result(statistics.Similarity, "similarity/net/IT/hIT", "similarity/hIT", 0.2, 0.04, 0.01)
	row.Model, row.Layer, row.ROI, row.NSubjects = "net", "IT", "hIT", 4
	methods := section(t, of(t, p, row), "methods")
	has(t, methods, []string{
		"RDMs of brains from kriegeskorte2008 (Kriegeskorte, Mur, Ruff et al. 2008)", "RDMs or features of models from the authors' own files",
		"The mean similarity of each layer over subjects has a t interval over the images", "It was tested against 0 with the same variance, two-sided.",
	}, []string{"flipping the signs"})
	row.NSubjects, row.P, row.PCorrected = 0, math.NaN(), math.NaN()
	has(t, section(t, of(t, p, row), "methods"), []string{"The mean similarity of each layer has a t interval", "It was not tested."}, []string{"over subjects has", "tested against 0"})
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
	html := of(t, p, rows...)
	has(t, answer(t, html), []string{"Layer IT of the network (net) has the highest similarity to hIT, significantly above 0: 0.200 [0.160, 0.240] (noise ceiling 0.300 to 0.500 )."}, nil)
	has(t, section(t, html, "detail"), []string{
		"How similar is each layer of the network (net)", "hIT: layer IT of the network (net) has the highest similarity, 0.200 [0.160, 0.240], corrected p = 0.010", "Significantly above 0: 1 of 2 layers",
		"Noise ceiling: 0.300 to 0.500", "chosen after looking",
	}, nil)
}

// Models without layers, such as people's own RDMs, are compared with each other.
func TestSummaryOfModels(t *testing.T) {
	p := report.DefaultParams()
	p.Study = "s"
	var rows []statistics.Row
	for model, v := range map[string]float64{"early": 0.05, "late": 0.2} {
		r := result(statistics.Similarity, "similarity/"+model+"/IT", "similarity/IT", v, 0.04, map[bool]float64{true: 0.01, false: 0.3}[v > 0.1])
		r.Model, r.ROI = model, "IT"
		rows = append(rows, r)
	}
	html := of(t, p, rows...)
	has(t, answer(t, html), []string{"Model late has the highest similarity to IT, significantly above 0: 0.200 [0.160, 0.240]."}, []string{"layer", "no results"})
	has(t, section(t, html, "detail"), []string{"How similar is each model (", "Significantly above 0: 1 of 2 models"}, nil)
}

// A stage that another program ran is named at the top and in the methods, which say
// nothing of what this program's stage would have done.
func TestSwappedStage(t *testing.T) {
	p := report.DefaultParams()
	p.Study, p.StudyJSON = "s", []byte(`{"study": "s", "data": {"fmri": {"dataset": "haxby2001"}}, "fmri": {"average": "run", "recipe": {"drop_volumes": 4}}, "rdm": {"metric": "correlation"}}`)
	p.Stages, p.Swapped = []string{"fetch", "fmri", "rdm", "stats"}, map[string]string{"fmri": "./mine", "rdm": "./euclid"}
	html := of(t, p, result(statistics.Reliability, "reliability/rdm/1/VT", "reliability/rdm", 0.4, 0.1, 0.01))
	top, _, _ := strings.Cut(html, "<main>")
	has(t, words(top), []string{"Stage fmri was run by another program ( ./mine )", "Stage rdm was run by another program"}, nil)
	has(t, section(t, html, "methods"), []string{"Stage rdm was run by another program (./euclid); what it did is not described here.", "All other steps were run with realnet"}, []string{"volumes", "Pearson", "metric"})
}

// The methods describe the stages that ran and no other, although the study
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
	has(t, text, []string{"with its initial random weights", "ReAlnet-fMRI", "Models: a (β = 5; pairing shuffled).", "2 draws of the trials", "cross-validation in 4 folds"}, []string{"for 0 epochs", "0 epochs", "is the control"})
}
