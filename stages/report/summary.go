package report

import (
	"fmt"
	"math"
	"strings"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/web"
)

// check is a result with a verdict, for the page.
type check struct {
	Name, Text, Test, Verdict string
	Numbers                   string // value, interval, p and n in words
}

// checksOf splits the results with a verdict into the failure signs of the
// paper and the other checks of the study.
func checksOf(rows []statistics.Row) (signs, others []check) {
	for _, r := range rows {
		if r.Check == "" {
			continue
		}
		c := check{r.Name, r.Text, r.Test, r.Check, numbers(r)}
		if r.Family == "sign" {
			signs = append(signs, c)
		} else {
			others = append(others, c)
		}
	}
	return signs, others
}

// numbers says a result's value, interval, p value and n.
func numbers(r statistics.Row) string {
	var parts []string
	if !math.IsNaN(r.Value) {
		parts = append(parts, web.Number(r.Value))
	}
	if !math.IsNaN(r.CILow) && !math.IsNaN(r.CIHigh) {
		parts = append(parts, fmt.Sprintf("95 %% interval %s to %s", web.Number(r.CILow), web.Number(r.CIHigh)))
	}
	if p := corrected(r); !math.IsNaN(p) {
		word := "p"
		if !math.IsNaN(r.PAdj) {
			word = "corrected p"
		}
		parts = append(parts, word+" = "+web.Number(p))
	}
	if r.N > 0 {
		parts = append(parts, fmt.Sprintf("n = %d %s", r.N, r.Unit))
	}
	return strings.Join(parts, ", ")
}

// summary says in words what came out, a paragraph a line.
func summary(in inputs, p Params) []string {
	var out []string
	signs, others := checksOf(in.Statistics)
	if n := len(signs) + len(others); n > 0 {
		failed := 0
		for _, c := range append(append([]check(nil), signs...), others...) {
			if c.Verdict == statistics.Fail {
				failed++
			}
		}
		switch failed {
		case 0:
			out = append(out, fmt.Sprintf("All %d checks of the study passed.", n))
		case 1:
			out = append(out, fmt.Sprintf("1 of %d checks of the study failed; below it is said what that means.", n))
		default:
			out = append(out, fmt.Sprintf("%d of %d checks of the study failed; below it is said what each means.", failed, n))
		}
	}
	byName := map[string]statistics.Row{}
	for _, r := range in.Statistics {
		byName[r.Name] = r
	}
	for _, model := range in.Cast.Shown() {
		if text := modelSummary(in, byName, model, p); text != "" {
			out = append(out, text)
		}
	}
	if text := dimensionSummary(in, p.Alpha); text != "" {
		out = append(out, text)
	}
	if text := reliabilitySummary(in.Statistics); text != "" {
		out = append(out, text)
	}
	if len(out) == 0 {
		out = append(out, "This run has no results yet.")
	}
	return out
}

// modelSummary is what one trained model gained over the base and lost in
// accuracy.
func modelSummary(in inputs, byName map[string]statistics.Row, model string, p Params) string {
	var parts []string
	for _, rel := range []struct{ key, text string }{
		{"within", "the brain that trained it"}, {"across", "other people's brains"}, {"other", "brains of another dataset"}, {"eeg", "EEG"},
	} {
		r, ok := byName["gain/"+model+"/"+rel.key+"/over-"+in.Cast.Base()]
		if !ok {
			continue
		}
		text := fmt.Sprintf("with %s its similarity %s (%s", rel.text, change(r, p.Alpha), numbers(r))
		if q, ok := byName["ratio/"+model+"/"+rel.key]; ok && !math.IsNaN(q.Value) {
			text += "; improvement ratio " + signed("%+.0f", 100*q.Value) + " %"
		}
		parts = append(parts, text+")")
	}
	if r, ok := byName["accuracy-change/"+model]; ok {
		parts = append(parts, fmt.Sprintf("its accuracy differs by %s percentage points (95 %% interval %s to %s, n = %d %s)",
			signed("%+.1f", 100*r.Value), signed("%+.1f", 100*r.CILow), signed("%+.1f", 100*r.CIHigh), r.N, r.Unit))
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("Model %s against the base model: %s.", in.Cast.Text(model), strings.Join(parts, "; "))
}

// change reads a difference with its test.
func change(r statistics.Row, alpha float64) string {
	switch p := corrected(r); {
	case math.IsNaN(p) || p >= alpha:
		return "is not significantly different"
	case r.Value > 0:
		return "is higher"
	}
	return "is lower"
}

// signed shows a number with its sign, a minus and no hyphen.
func signed(format string, v float64) string {
	return strings.Replace(fmt.Sprintf(format, v), "-", "−", 1)
}

// dimensionSummary counts the dimensions that rose by their corrected p, planted
// and not; what they are is in the texts that stage stats writes.
func dimensionSummary(in inputs, alpha float64) string {
	var rose, n [2]int // not planted, planted
	for _, r := range in.Statistics {
		if !strings.HasPrefix(r.Family, "dimension/") {
			continue
		}
		var group int
		switch {
		case strings.HasSuffix(r.Text, "The brains encode it."):
			group = 1
		case strings.HasSuffix(r.Text, "The brains do not encode it."):
			group = 0
		default:
			continue
		}
		n[group]++
		if r.Value > 0 && r.PAdj < alpha {
			rose[group]++
		}
	}
	if n[0]+n[1] == 0 {
		return ""
	}
	return fmt.Sprintf("Of %d dimensions planted in the brains %d rose in the model; of %d that were not planted %d rose.", n[1], rose[1], n[0], rose[0])
}

func reliabilitySummary(rows []statistics.Row) string {
	values := map[string][]float64{}
	var families []string
	for _, r := range rows {
		if strings.HasPrefix(r.Family, "reliability") && !math.IsNaN(r.Value) {
			if values[r.Family] == nil {
				families = append(families, r.Family)
			}
			values[r.Family] = append(values[r.Family], r.Value)
		}
	}
	var parts []string
	for _, f := range families {
		low, high := math.Inf(1), math.Inf(-1)
		for _, v := range values[f] {
			low, high = min(low, v), max(high, v)
		}
		text := fmt.Sprintf("%s %s to %s over %d results", f, web.Number(low), web.Number(high), len(values[f]))
		if len(values[f]) == 1 {
			text = fmt.Sprintf("%s %s", f, web.Number(low))
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return ""
	}
	return "Agreement of halves of the data: " + strings.Join(parts, "; ") + "."
}
