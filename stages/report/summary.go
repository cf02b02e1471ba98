package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/figures"
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
		if r.Kind == statistics.Sign {
			signs = append(signs, c)
		} else {
			others = append(others, c)
		}
	}
	return signs, others
}

// find is the first result that a condition holds for and that has a value.
func (s *summarist) find(keep func(statistics.Row) bool) (statistics.Row, bool) {
	for _, r := range s.in.Statistics {
		if keep(r) && !math.IsNaN(r.Value) {
			return r, true
		}
	}
	return statistics.Row{}, false
}

// numbers says a result's value, interval, p value and n.
func numbers(r statistics.Row) string {
	var parts []string
	if !math.IsNaN(r.Value) {
		parts = append(parts, web.Number(r.Value))
	}
	if r.HasInterval() {
		parts = append(parts, fmt.Sprintf("95 %% interval %s to %s", web.Number(r.CILow), web.Number(r.CIHigh)))
	}
	if r.Tested() {
		parts = append(parts, "corrected p = "+web.Number(r.PCorrected))
	}
	if r.N > 0 {
		parts = append(parts, fmt.Sprintf("n = %d %s", r.N, r.Unit))
	}
	return strings.Join(parts, ", ")
}

// answers is the summary: what was asked, what came out, how sure that is and
// what would have spoken against it. Each text is a paragraph or a list's item.
type answers struct {
	Asked, Found, Sure, Against []string
	Gains                       *web.Table // numbers behind Found; nil without models
}

// summarise puts the results into words.
func summarise(in inputs, p Params) answers {
	s := summarist{in: in, alpha: p.Alpha}
	switch {
	case s.has(func(r statistics.Row) bool { return r.Kind == statistics.Gain }):
		s.alignment()
	case s.has(ofLayer):
		s.layers()
	}
	if s.has(reliable) {
		s.reliability()
	}
	s.verdicts()
	if len(s.Found) == 0 {
		s.Found = append(s.Found, "This run has no results yet.")
	}
	return s.answers
}

// summarist writes a summary.
type summarist struct {
	answers
	in    inputs
	alpha float64
}

func (s *summarist) has(keep func(statistics.Row) bool) bool {
	return slices.ContainsFunc(s.in.Statistics, keep)
}

func (s *summarist) rows(keep func(statistics.Row) bool) []statistics.Row {
	return slices.DeleteFunc(slices.Clone(s.in.Statistics), func(r statistics.Row) bool { return !keep(r) })
}

func reliable(r statistics.Row) bool {
	return r.Kind == statistics.Reliability && !math.IsNaN(r.Value)
}

// clear reports whether a result differs from 0 by its corrected p and by its
// interval, as far as it has one.
func (s *summarist) clear(r statistics.Row) bool {
	return r.PCorrected < s.alpha && !(r.CILow <= 0 && r.CIHigh >= 0)
}

func (s *summarist) above(r statistics.Row) bool { return r.Value > 0 && s.clear(r) }

// reliability says whether the data repeat, family by family.
func (s *summarist) reliability() {
	if len(s.Asked) == 0 {
		s.Sure = append(s.Sure, "The p values come from permuting the labels of the conditions: they say whether chance could make the measurements agree so well. They speak about these people, not about others.")
		if s.has(func(r statistics.Row) bool {
			return r.Kind == statistics.Reliability && r.Relation == statistics.Patterns && r.HasInterval()
		}) {
			s.Sure = append(s.Sure, "The intervals of patterns are over runs: how far another measurement of the same people would move a value.")
		}
		s.Asked = append(s.Asked, "Do the responses of a brain repeat when it is measured again: the patterns themselves, and how they differ from each other (RDMs)? What does not repeat no model can explain.")
	}
	var families []string
	for _, r := range s.rows(reliable) {
		if !slices.Contains(families, r.Family) {
			families = append(families, r.Family)
		}
	}
	for _, f := range families {
		list := s.rows(func(r statistics.Row) bool { return reliable(r) && r.Family == f })
		text := "Reliability of " + figures.GroupText(list[0]) + ": "
		if len(list) == 1 {
			s.Found = append(s.Found, text+numbers(list[0])+map[bool]string{true: ", above 0.", false: ", not clearly above 0."}[s.above(list[0])])
			continue
		}
		low, high, above := math.Inf(1), math.Inf(-1), 0
		for _, r := range list {
			low, high = min(low, r.Value), max(high, r.Value)
			if s.above(r) {
				above++
			}
		}
		s.Found = append(s.Found, text+fmt.Sprintf("%s to %s; %d of %d are above 0.", web.Number(low), web.Number(high), above, len(list)))
	}
}

// verdicts says of each kind of check what would have contradicted the study,
// and in how many cases it was seen.
func (s *summarist) verdicts() {
	kinds := []struct {
		text string
		is   func(statistics.Row) bool
	}{
		{"a model that should gain and does not", func(r statistics.Row) bool { return r.Kind == statistics.Gain && s.aligned(r.Model) }},
		{"a control that gains, though nothing about these brains was taught to it", func(r statistics.Row) bool { return r.Kind == statistics.Gain && !s.aligned(r.Model) }},
		{"planted dimensions that do not rise in the model, or others that do", func(r statistics.Row) bool { return r.Kind == statistics.Dimensions }},
		{"data that do not repeat", reliable},
		{"a failure sign (below)", func(r statistics.Row) bool { return r.Kind == statistics.Sign }},
		{"another check that fails", func(statistics.Row) bool { return true }},
	}
	counted := map[string]bool{}
	failed, all := 0, 0
	for _, k := range kinds {
		n, seen := 0, 0
		for _, r := range s.in.Statistics {
			if r.Check == "" || counted[r.Name] || !k.is(r) {
				continue
			}
			counted[r.Name] = true
			n++
			if r.Check == statistics.Fail {
				seen++
			}
		}
		if n > 0 {
			s.Against = append(s.Against, fmt.Sprintf("%s: seen in %d of %d", k.text, seen, n))
		}
		failed, all = failed+seen, all+n
	}
	switch {
	case all == 0:
	case failed == 0 && all == 1:
		s.Sure = append(s.Sure, "The one check of the study passed.")
	case failed == 0:
		s.Sure = append(s.Sure, fmt.Sprintf("All %d checks of the study passed.", all))
	default:
		s.Sure = append(s.Sure, fmt.Sprintf("%d of %d checks of the study failed; below it is said what that means.", failed, all))
	}
}

func (s *summarist) aligned(model string) bool {
	return slices.ContainsFunc(s.in.Cast.Models(), func(m figures.Model) bool { return m.Label == model && m.Role == figures.Aligned })
}

// signed shows a number with its sign, a minus and no hyphen.
func signed(format string, v float64) string {
	return strings.Replace(fmt.Sprintf(format, v), "-", "−", 1)
}

// listed joins texts as one says them.
func listed(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
