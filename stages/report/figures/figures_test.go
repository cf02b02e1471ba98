package figures

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"realnet/artifacts/schemas/profiles"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
)

// The lightness of the map rises all the way, so that it reads in grey (CIE L*
// from sRGB, IEC 61966-2-1).
func TestPerceptualLightness(t *testing.T) {
	before := -1.0
	for i := range 256 {
		c := perceptual(float64(i) / 255)
		linear := func(v uint8) float64 {
			x := float64(v) / 255
			if x <= 0.04045 {
				return x / 12.92
			}
			return math.Pow((x+0.055)/1.055, 2.4)
		}
		l := 116*math.Cbrt(0.2126*linear(c.R)+0.7152*linear(c.G)+0.0722*linear(c.B)) - 16
		if l < before-0.3 { // a step of 8 bits
			t.Errorf("at %d the lightness falls from %.2f to %.2f", i, before, l)
		}
		before = l
	}
}

func TestPercentiles(t *testing.T) {
	got := percentiles([]float64{3, 1, 3, 7, 2})
	if want := []float64{0.625, 0, 0.625, 1, 0.25}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		low, high   float64
		n           int
		first, last string
	}{{-0.031, 0.112, 5, "0.00", "0.10"}, {0, 1, 5, "0.0", "1.0"}, {-200, 790, 6, "−200", "600"}} {
		got := ticks{c.n}.Ticks(c.low, c.high)
		if len(got) < 2 || len(got) > c.n+2 || got[0].Label != c.first || got[len(got)-1].Label != c.last {
			t.Errorf("%v: %v", c, got)
		}
	}
	if got := (ticks{5}).Ticks(math.NaN(), 1); len(got) != 0 {
		t.Errorf("ticks of NaN: %v", got)
	}
	var _ plot.Ticker = percent{ticks{5}}
}

// Roles come from the study, else from what a label says; one role has one
// style, and no two models share one.
func TestModels(t *testing.T) {
	c := NewModels([]Model{{Label: "A", Role: Aligned, Main: true, Text: "ours"}}, []string{"shuffled-2", "beta20", "control", "base", "odd"})
	if c.Base() != "base" || c.Main() != "A" || c.Text("A") != "ours" {
		t.Errorf("base %q, main %q, text %q", c.Base(), c.Main(), c.Text("A"))
	}
	if got := c.Shown(); !slices.Equal(got, []string{"base", "control", "A", "shuffled-2"}) {
		t.Errorf("shown: %v", got)
	}
	seen := map[any]string{}
	for _, m := range c.All() {
		colour := c.of(m.Label).colour
		if other, ok := seen[colour]; ok {
			t.Errorf("%s and %s have one colour", m.Label, other)
		}
		seen[colour] = m.Label
		if m.Label == "beta20" && (m.Role != Aligned || m.Beta != 20) {
			t.Errorf("beta20 is %+v", m)
		}
	}
}

// The mean has Student's interval: for 1, 2, 3 it is 2 ± 4.302653 / sqrt(3)
// (quantile of t with 2 degrees of freedom: R, qt(0.975, 2)).
func TestMeanInterval(t *testing.T) {
	m, low, high := meanInterval([]float64{1, 2, 3})
	half := 4.302652729911275 / math.Sqrt(3)
	if m != 2 || math.Abs(low-(2-half)) > 1e-9 || math.Abs(high-(2+half)) > 1e-9 {
		t.Errorf("%g [%g, %g]", m, low, high)
	}
}

// A difference pairs a model with the base at the same place and leaves out
// what has no partner.
func TestDifferences(t *testing.T) {
	row := func(model, trained, layer string, v float64) similarities.Row {
		return similarities.Row{Model: model, Trained: trained, Layer: layer, Kind: "fmri", Subject: "1", Time: math.NaN(), Value: v}
	}
	d := Data{Models: NewModels(nil, []string{"base", "aligned"})}
	got := d.differences([]similarities.Row{row("base", "", "V1", 0.1), row("aligned", "1", "V1", 0.3), row("aligned", "1", "IT", 0.9), row("base", "", "V2", 0.2), row("aligned", "1", "V2", 0.2)})
	if len(got) != 1 || got[0].places != 2 || math.Abs(got[0].value-0.1) > 1e-12 {
		t.Errorf("%+v", got)
	}
}

// Points that were turned and mirrored are turned back onto the reference.
func TestTurned(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	shape := [][]float64{{1, 0}, {0, 2}, {-1.5, 0.5}, {0.2, -0.7}}
	for _, mirror := range []float64{1, -1} {
		reference := map[string][]float64{}
		points := make([][]float64, len(shape))
		sin, cos := math.Sincos(2.1)
		for i, p := range shape {
			reference[names[i]] = p
			points[i] = []float64{mirror * (cos*p[0] - sin*p[1]), sin*p[0] + cos*p[1]}
		}
		alignToReference(points, names, reference)
		for i, p := range points {
			if math.Hypot(p[0]-shape[i][0], p[1]-shape[i][1]) > 1e-12 {
				t.Errorf("mirrored by %g: %s is at %v, not %v", mirror, names[i], p, shape[i])
			}
		}
	}
}

// Conditions are sorted by class and name, with a border after each class; one
// without a class leaves them.
func TestByClass(t *testing.T) {
	r := RDM{Conditions: []string{"c", "a", "b"}, Values: []float64{1, 2, 3}} // ca, cb, ab
	d := Data{Classes: map[string]Class{"a": {1, "animal"}, "b": {0, "tool"}, "c": {1, "animal"}}}
	got, runs := d.byClass(r)
	if !slices.Equal(got, []float64{3, 2, 1}) { // b, a, c
		t.Errorf("%v", got)
	}
	if !slices.Equal(runs, []run{{Class{0, "tool"}, 1}, {Class{1, "animal"}, 2}}) || !slices.Equal(classNames(runs), []string{"tool", "animal"}) {
		t.Errorf("%+v, %s", runs, classNames(runs))
	}
	delete(d.Classes, "b")
	if got, runs := d.byClass(r); runs != nil || !slices.Equal(got, r.Values) {
		t.Errorf("without a class: %v, %v", got, runs)
	}
}

// What a panel's title says is not said again.
func TestLabel(t *testing.T) {
	for want, r := range map[string]statistics.Row{
		"aligned over base": {Kind: statistics.Gain, Model: "aligned", Reference: "base", Relation: statistics.Within},
		"001, VT":           {Kind: statistics.Reliability, Relation: statistics.Patterns, Subject: "001", ROI: "VT"},
	} {
		if got := label(r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A cluster has its bar in the panel of its layer, and in no other; one that is not
// significant has none.
func TestClusterBars(t *testing.T) {
	d := Data{Models: NewModels(nil, []string{"base", "control", "aligned"}), Alpha: 0.05}
	for s := range 3 {
		for k := range 20 {
			for _, l := range []string{"V1", "IT"} {
				for m, model := range []string{"base", "control", "aligned"} {
					d.Similarities = append(d.Similarities, similarities.Row{
						Model: model, Layer: l, Kind: "eeg", Dataset: "d", Subject: fmt.Sprint(s), Time: float64(k) / 100, Value: 0.01 * float64((s+k+m)%3),
					})
				}
			}
		}
	}
	bars := func(rows ...statistics.Row) (solid, open int, alt string) {
		d.Statistics = rows
		list, err := TimeCourses(d)
		if err != nil || len(list) != 2 {
			t.Fatal(len(list), err)
		}
		for _, p := range list[0].sheet.panels {
			for _, m := range p.marks {
				if s, ok := m.(segments); ok {
					for _, span := range s.spans {
						if span.below {
							open++
						} else {
							solid++
						}
					}
				}
			}
		}
		outlines := 0
		for _, m := range list[1].sheet.panels[0].marks {
			if _, ok := m.(outline); ok {
				outlines++
			}
		}
		if want := len(filter(rows, func(r statistics.Row) bool { return r.Layer != "" && r.PCorrected < 0.05 })); outlines != want {
			t.Errorf("%d outlines in the map of layers and times, want %d", outlines, want)
		}
		return solid, open, list[0].Alt
	}
	mean := statistics.Row{Kind: statistics.Cluster, Model: "aligned", Value: 20, Time: 0.05, TimeEnd: 0.1, PCorrected: 0.01}
	layer := statistics.Row{Kind: statistics.Cluster, Model: "aligned", Layer: "IT", Value: -20, Time: 0.08, TimeEnd: 0.13, PCorrected: 0.01}
	other := layer
	other.Layer, other.PCorrected = "V1", 0.2
	if solid, open, _ := bars(other); solid+open != 0 {
		t.Errorf("%d bars for a cluster that is not significant", solid+open)
	}
	if solid, open, alt := bars(layer, other); solid != 0 || open != 1 || !strings.Contains(alt, "IT, aligned: differs within 80 to 130 ms (less similar).") || strings.Count(alt, "differs") != 1 {
		t.Errorf("%d bars and %d open ones for a cluster below 0 in IT; %s", solid, open, alt)
	}
	if solid, open, alt := bars(mean, layer); solid != 1 || open != 1 || !strings.Contains(alt, "mean of layers, aligned: differs within 50 to 100 ms.") {
		t.Errorf("%d bars and %d open ones for a cluster of the mean and one of IT; %s", solid, open, alt)
	}
}

// A ceiling far above the data is drawn on a broken axis, one near them to scale.
func TestBrokenAxis(t *testing.T) {
	data := span{-0.02, 0.1}
	if g := far(data, span{0.15, 0.2}); g != nil {
		t.Errorf("a near ceiling: %+v", g)
	}
	g := far(data, span{0.7, 0.8})
	if g == nil || !(data.high < g.from && g.from < g.to && g.to < 0.7 && 0.8 < g.top) {
		t.Fatalf("a far ceiling: %+v", g)
	}
	for _, v := range []float64{0.7, 0.8} {
		if at := g.Normalize(-0.03, g.top, v); at < upper || at > 1 {
			t.Errorf("%v is at %v, not above the gap", v, at)
		}
	}
	if at := g.Normalize(-0.03, g.top, 0.1); at > upper-lost {
		t.Errorf("data at %v are in the gap", at)
	}
	if far(newSpan(), data) != nil {
		t.Error("a gap without data")
	}
}

// Stars say what the corrected p is, and nothing without a test.
func TestStars(t *testing.T) {
	for p, want := range map[float64]string{0.0004: "***", 0.004: "**", 0.04: "*", 0.05: "n.s.", 0.4: "n.s."} {
		if got := stars(p, 0.05); got != want {
			t.Errorf("%v: %q, want %q", p, got, want)
		}
	}
	if got := stars(math.NaN(), 0.05); got != "" {
		t.Errorf("no test: %q", got)
	}
}

// A sheet stacks its panels where there is no room for them side by side, and is drawn
// anew at the width of a journal's column.
func TestExport(t *testing.T) {
	s := sheet{height: 100}
	for range 3 {
		s.panels = append(s.panels, panel{title: "a", marks: []plot.Plotter{zero(false)}})
	}
	f, err := (Figure{Name: "x", Alt: "alt"}).finish(s)
	if err != nil {
		t.Fatal(err)
	}
	wide, _ := s.layout(wideWidth, 0)
	narrow, _ := s.layout(narrowWidth, 1)
	if narrow < 2.5*wide || f.Narrow == nil || bytes.Equal(f.Narrow, f.Inline) {
		t.Errorf("%v high side by side, %v below each other", wide, narrow)
	}
	const column = 89 / 25.4 * 72
	svg, err := f.Export("svg", column)
	if err != nil || !bytes.Contains(svg, []byte(`width="252.28`)) {
		t.Errorf("%v, %.200s", err, svg)
	}
	pdf, err := f.Export("pdf", column)
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf, []byte("/MediaBox [0 0 252.28")) {
		t.Errorf("%v, %.100s", err, pdf)
	}
	if _, err := f.Export("eps", column); err == nil {
		t.Error("eps was drawn")
	}
}

// The mean of a layer has the interval that the results have of it: those of the
// relation of the dataset and of the region. The figure says what it is.
func TestLayerMeans(t *testing.T) {
	d := Data{Models: NewModels(nil, []string{"base", "aligned"}), Training: "own"}
	for _, dataset := range []string{"own", "foreign"} {
		for i, s := range []string{"1", "2"} {
			d.Similarities = append(d.Similarities, similarities.Row{
				Model: "aligned", Trained: s, Layer: "IT", Kind: "fmri", Dataset: dataset, Subject: s, ROI: "V4", Time: math.NaN(), Method: "spearman",
				Value: 0.1 + 0.2*float64(i), CILow: math.NaN(), CIHigh: math.NaN(), CeilingLow: math.NaN(), CeilingHigh: math.NaN(),
			})
		}
	}
	row := statistics.Row{Kind: statistics.Similarity, Relation: statistics.Within, Model: "aligned", Layer: "IT", ROI: "V4", Value: 0.2, CILow: 0.15, CIHigh: 0.25}
	other, region, layerwise := row, row, row
	other.Relation, region.ROI, layerwise.Relation = statistics.Other, "V1", ""
	for _, c := range []struct {
		name  string
		row   statistics.Row
		drawn [2]bool // in the figure of the own dataset, of the foreign
	}{
		{"within", row, [2]bool{true, false}},
		{"other", other, [2]bool{false, true}},
		{"of another region", region, [2]bool{}},
		{"of a study without training", layerwise, [2]bool{true, true}},
	} {
		d.Statistics = []statistics.Row{c.row}
		list, err := Similarity(d)
		if err != nil || len(list) != 2 {
			t.Fatal(len(list), err)
		}
		for i, f := range list {
			bars := bytes.Count(f.SVG, []byte("stroke-width:1.6")) // the bar and its two caps
			if want := map[bool]int{true: 3}[c.drawn[i]]; bars != want {
				t.Errorf("%s, %s: %d strokes of an interval, want %d", c.name, f.Name, bars, want)
			}
			if said := strings.Contains(f.Caption, "their mean with its 95 % interval over images") && strings.Contains(f.Alt, "95 % interval over images"); said != c.drawn[i] {
				t.Errorf("%s, %s: %s %s", c.name, f.Name, f.Caption, f.Alt)
			}
		}
	}
}

// So has the mean of a layer's differences from the base, dimension by dimension.
func TestDimensionMeans(t *testing.T) {
	d := Data{Models: NewModels(nil, []string{"base", "aligned"})}
	for i := range 2 {
		d.Profiles = append(d.Profiles, profiles.Row{Model: "aligned", Layer: "IT", Dimension: "hue", Difference: 0.1 + 0.2*float64(i), CILow: math.NaN(), CIHigh: math.NaN()})
	}
	row := statistics.Row{Kind: statistics.Dimension, Model: "aligned", Reference: "base", Layer: "IT", Dimension: "hue", Value: 0.2, CILow: 0.15, CIHigh: 0.25}
	for reference, want := range map[string]int{"base": 3, "control": 0} {
		row.Reference = reference
		d.Statistics = []statistics.Row{row}
		list, err := Dimensions(d)
		if err != nil || len(list) != 1 {
			t.Fatal(len(list), err)
		}
		bars, said := bytes.Count(list[0].SVG, []byte("stroke-width:1.6")), strings.Contains(list[0].Caption, "their mean with its 95 % interval over images")
		if bars != want || said != (want > 0) {
			t.Errorf("over %s: %d strokes of an interval, want %d; %s", reference, bars, want, list[0].Caption)
		}
	}
}

// The figure of reliability draws the intervals that there are, and says of what.
func TestReliabilityIntervals(t *testing.T) {
	patterns := statistics.Row{Name: "reliability/patterns/1/VT", Kind: statistics.Reliability, Relation: statistics.Patterns, Subject: "1", ROI: "VT", Family: "reliability/patterns", Value: 0.35, CILow: 0.28, CIHigh: 0.43, Time: math.NaN()}
	without := patterns
	without.CILow, without.CIHigh = math.NaN(), math.NaN()
	for _, c := range []struct {
		row  statistics.Row
		bars int // and their caps
		alt  string
	}{
		{patterns, 3, "reliability of patterns: 1, VT: 0.350, 95 % interval 0.280 to 0.430."}, {without, 0, "reliability of patterns: 1, VT: 0.350."},
	} {
		list, err := Reliability(Data{Statistics: []statistics.Row{c.row}})
		if err != nil || len(list) != 1 {
			t.Fatal(len(list), err)
		}
		bars, said := bytes.Count(list[0].SVG, []byte("stroke-width:1.6")), strings.Contains(list[0].Caption, "Patterns: intervals over runs, each left out once.")
		if bars != c.bars || said != (c.bars > 0) || list[0].Alt != c.alt {
			t.Errorf("%d strokes; %s %s", bars, list[0].Caption, list[0].Alt)
		}
	}
}

// Names of classes stand beside matrices: whole where all fit, else shortened, else as
// numbers; in as many columns as they need, and apart.
func TestTags(t *testing.T) {
	for _, c := range []struct {
		names, want []string
		short       bool
	}{
		{[]string{"face", "house"}, []string{"face", "house"}, false},
		{[]string{"human face", "nonhuman bodypart", "artificial inanimate"}, []string{"HF", "NB", "AI"}, true},
		{[]string{"scissors", "scrambledpix"}, []string{"sci", "scr"}, true},
		{[]string{"human face", "human foot"}, []string{"1", "2"}, true},
		{[]string{"scissors", "house"}, []string{"sci", "hou"}, true},
	} {
		if got, short := tags(c.names); !slices.Equal(got, c.want) || short != c.short {
			t.Errorf("%q: %q %v, want %q", c.names, got, short, c.want)
		}
	}
	names := make([]string, 12)
	for i := range names {
		names[i] = "class"
	}
	if columns, _ := margins(names, 100); columns != 2 {
		t.Errorf("12 names beside 100 points: %d columns", columns)
	}
	if columns, width := margins(nil, 100); columns != 0 || width != 0 {
		t.Error("room for no names")
	}
	at := []vg.Length{100, 99, 98, 50, 2, 1}
	spread(at, 10, 5, 95)
	for i, y := range at {
		if y < 5 || y > 95 || i > 0 && at[i-1]-y < 10 {
			t.Errorf("%v", at)
		}
	}
	if at[3] != 50 {
		t.Errorf("a name with room was moved: %v", at)
	}
}

// Every matrix of a figure has the names of its classes beside it, and a key of those that
// are shortened, on screens, on phones and in a column.
func TestMatricesNameClasses(t *testing.T) {
	d := Data{Models: NewModels(nil, nil), Classes: map[string]Class{"a": {0, "human face"}, "b": {1, "natural object"}, "c": {1, "natural object"}}}
	for _, roi := range []string{"V1", "IT"} {
		d.RDMs = append(d.RDMs, RDM{Row: rdms.Row{Kind: "fmri", Subject: "1", ROI: roi, Time: nan}, Conditions: []string{"a", "b", "c"}, Values: []float64{1, 2, 3}})
	}
	list, err := Matrices(d)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	column, err := list[0].Export("svg", 252)
	if err != nil {
		t.Fatal(err)
	}
	for where, svg := range map[string][]byte{"wide": list[0].Inline, "narrow": list[0].Narrow, "column": column} {
		if svg == nil {
			continue // as wide as a phone
		}
		for text, n := range map[string]int{">HF<": 3, ">NO<": 3, ">human face<": 1, ">natural object<": 1} {
			if got := strings.Count(string(svg), text); got != n {
				t.Errorf("%s: %s %d times, want %d", where, text, got, n)
			}
		}
	}
	if !strings.Contains(list[0].Caption, "shortened as in the key") {
		t.Error(list[0].Caption)
	}
	if want := "Heat maps of the dissimilarities of 3 conditions, one per RDM: 1, V1; 1, IT. Classes of conditions, from the top: human face, natural object."; list[0].Alt != want {
		t.Errorf("%s\nwant %s", list[0].Alt, want)
	}
}

// Titles of panels side by side are on one line, with a broken axis in one of them too.
func TestTitlesAreLevel(t *testing.T) {
	t.Parallel()
	data := dots(Models{}.of("x"), []mark{{0, 0.03, 0.01, 0.05}})
	side := sheet{height: 215, panels: []panel{
		{title: "first", y: axis{label: "gain in similarity over base", gap: &gap{from: 0.06, to: 0.4, top: 0.6}}, marks: []plot.Plotter{data, ceiling{0.45, 0.55, true}}},
		{title: "second", marks: []plot.Plotter{data}},
	}}
	f, err := (Figure{Name: "gain", Title: "x"}).finish(side)
	if err != nil {
		t.Fatal(err)
	}
	heights := map[string]string{}
	for _, m := range regexp.MustCompile(`<text[^>]* y="([^"]+)"[^>]*>\s*(first|second)\s*<`).FindAllStringSubmatch(string(f.SVG), -1) {
		heights[m[2]] = m[1]
	}
	if heights["first"] == "" || heights["first"] != heights["second"] {
		t.Errorf("titles at %v", heights)
	}
}

// In a run whose aligned trainings failed, the EEG is compared with the base network alone:
// its courses are drawn, and no map of what the failed network gains.
func TestTimeCoursesWithoutTheMainModel(t *testing.T) {
	d := Data{Alpha: 0.05, Models: NewModels([]Model{{Label: "aligned", Role: Aligned, Main: true}}, []string{"base"})}
	for _, layer := range []string{"V1", "IT"} {
		for k := range 5 {
			d.Similarities = append(d.Similarities, similarities.Row{Model: "base", Layer: layer, Subject: "01", Kind: "eeg", Dataset: "synth", Time: 0.02 * float64(k), Value: 0.1})
		}
	}
	figs, err := TimeCourses(d)
	if err != nil || len(figs) != 1 {
		t.Fatalf("%d figures, %v; want the courses alone", len(figs), err)
	}
}
