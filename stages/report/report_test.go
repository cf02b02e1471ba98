package report_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
)

func readFile(t *testing.T, a *artifacts.Artifact, name string) []byte {
	t.Helper()
	file, err := a.Path(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Every kind of row gives its figure and its table, in both formats, and the
// page stays small.
func TestEveryFigureAndTable(t *testing.T) {
	w := newWorld(t, 49)
	a := run(t, w.in, w.params(), 2)
	html := string(readFile(t, a, page.HTML))
	for _, name := range []string{
		"gain", "similarity-shen2019", "improvement", "variants", "sweep", "timecourse-things-eeg2", "timemap-things-eeg2",
		"dimensions", "rdms-brains", "rdms-models", "embedding", "reliability", "training", "components",
	} {
		if !strings.Contains(html, `id="figure-`+name+`"`) {
			t.Errorf("the page has no figure %s", name)
		}
		if svg := readFile(t, a, "figures/"+name+".svg"); !bytes.Contains(svg, []byte("</svg>")) {
			t.Errorf("%s.svg is no whole SVG", name)
		}
		img, err := png.Decode(bytes.NewReader(readFile(t, a, "figures/"+name+".png")))
		if err != nil {
			t.Fatalf("%s.png: %v", name, err)
		}
		if b := img.Bounds(); b.Dx() < 300 || b.Dy() < 200 {
			t.Errorf("%s.png is %v", name, b)
		}
	}
	for _, name := range []string{"results", "similarities", "accuracies", "dimensions"} {
		if !strings.Contains(html, `id="table-`+name+`"`) || !a.Has("tables/"+name+".csv") || !a.Has("tables/"+name+".parquet") {
			t.Errorf("table %s is not in the page, as CSV or as Parquet", name)
		}
	}
	if len(html) > 10<<20 {
		t.Errorf("the page has %d bytes, more than 10 MiB", len(html))
	}
	t.Logf("page: %d bytes", len(html))
	for _, text := range []string{
		"Lu Z, Wang Y", "Holm", "Maris", "largest of all layers", "1 of", "realnet reproduce study.json", "p, corrected", "95 % interval", "Newcombe RG", "Noise ceilings follow",
		string(w.in["statistics"][0].Digest()), "100 % of nothing",
	} {
		if strings.Contains(html, text) == (text == "100 % of nothing") {
			t.Errorf("the page: %q is there: %v", text, text == "100 % of nothing")
		}
	}
	if dir := os.Getenv("REALNET_SCREENSHOTS"); dir != "" {
		for _, f := range a.Files("figures/*.png") {
			if err := os.MkdirAll(filepath.Join(dir, "figures"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, f), readFile(t, a, f), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The same inputs give the same bytes, whatever the number of workers.
func TestSameBytes(t *testing.T) {
	w := newWorld(t, 12)
	a, b := run(t, w.in, w.params(), 1), run(t, w.in, w.params(), 2)
	if a.Digest() != b.Digest() {
		for _, f := range a.Manifest().Files {
			if !bytes.Equal(readFile(t, a, f.Name), readFile(t, b, f.Name)) {
				t.Errorf("%s differs", f.Name)
			}
		}
	}
}

// A partial run says so first; a run without anything still has a page.
func TestPartialAndEmpty(t *testing.T) {
	w := newWorld(t, 12)
	p := w.params()
	p.Missing = []string{"train/sub-02: out of memory", "report <b>: not run"}
	html := string(readFile(t, run(t, w.in, p, 1), page.HTML))
	at, summary := strings.Index(html, "This report is of a partial run"), strings.Index(html, `id="summary"`)
	if at < 0 || at > summary {
		t.Error("a partial run is not said to be one before the summary")
	}
	if !strings.Contains(html, "train/sub-02: out of memory") || strings.Contains(html, "report <b>") {
		t.Error("what is missing is not listed, or not escaped")
	}
	empty := run(t, nil, p, 1)
	if !strings.Contains(string(readFile(t, empty, page.HTML)), "no results yet") {
		t.Error("an empty run does not say that it has no results")
	}
	var r struct {
		Partial []string `json:"partial"`
		Results []any    `json:"results"`
	}
	if err := json.Unmarshal(readFile(t, empty, page.Results), &r); err != nil || len(r.Partial) != 2 || r.Results == nil {
		t.Errorf("results.json of an empty partial run: %+v, %v", r, err)
	}
}

// results.json keeps its form: numbers that do not apply are null, parameters
// are the whole study.
func TestResults(t *testing.T) {
	w := newWorld(t, 12)
	var r struct {
		Study      string `json:"study"`
		Parameters struct {
			Seed int `json:"seed"`
		} `json:"parameters"`
		Results []struct {
			Name  string   `json:"name"`
			Value *float64 `json:"value"`
			P     *float64 `json:"p"`
			Pass  *bool    `json:"pass"`
		} `json:"results"`
	}
	if err := json.Unmarshal(readFile(t, run(t, w.in, w.params(), 1), page.Results), &r); err != nil {
		t.Fatal(err)
	}
	if r.Study != "fixture" || r.Parameters.Seed != 7 {
		t.Errorf("study %q, seed %d", r.Study, r.Parameters.Seed)
	}
	for _, e := range r.Results {
		if e.Name == "sign/aligned/accuracy-lost-without-gain" {
			if e.P != nil || e.Value == nil || e.Pass == nil || *e.Pass {
				t.Errorf("%+v", e)
			}
			return
		}
	}
	t.Error("a result is missing")
}
