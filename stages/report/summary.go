package report

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/figures"
	texts "realnet/stages/report/text"
	"realnet/stages/report/web"
)

// summary is what the page says first: the answer, three numbers, and what was asked,
// what came out, how sure that is and what would have contradicted it.
type summary struct {
	Answer                      template.HTML
	Numbers                     []headline
	Asked, Found, Sure, Against []template.HTML
	Checks                      template.HTML
	Failed                      bool
	Figure                      string     // name of the figure that shows the answer
	Gains                       *web.Table // numbers of every model; nil without models
}

// headline is one of the three numbers of the first screen.
type headline struct {
	Label, Value, Detail string
	Anchor               string
}

// summarise puts the results into words, which are in text/summary.tmpl.
func summarise(in inputs, p Params) (summary, error) {
	t, err := template.New("summary").Funcs(wordFuncs).ParseFS(texts.Files(), "summary.tmpl")
	if err != nil {
		return summary{}, err
	}
	s := summariser{in: in, alpha: p.Alpha, text: t}
	gains := s.has(func(r statistics.Row) bool { return r.Kind == statistics.Gain }) || in.Models.Main() != ""
	switch {
	case len(in.Statistics) == 0:
		s.Answer = s.say("none-answer", nil)
	case gains:
		s.alignment()
	case s.has(ofLayer):
		s.layers()
	}
	if s.has(reliable) {
		s.reliability()
	}
	if s.Answer == "" {
		s.Answer = s.say("none-answer", nil)
	}
	s.checks()
	return s.summary, s.err
}

// summariser writes a summary.
type summariser struct {
	summary
	in    inputs
	alpha float64
	text  *template.Template
	err   error
}

// say renders a block of the templates in one line.
func (s *summariser) say(block string, values any) template.HTML {
	var out strings.Builder
	if err := s.text.ExecuteTemplate(&out, block, values); err != nil && s.err == nil {
		s.err = fmt.Errorf("text: %w", err)
	}
	// The template escaped what is not its own.
	return template.HTML(strings.Join(strings.Fields(out.String()), " "))
}

// add appends what a block says, if anything.
func (s *summariser) add(to *[]template.HTML, block string, values any) {
	if text := s.say(block, values); text != "" {
		*to = append(*to, text)
	}
}

func (s *summariser) has(keep func(statistics.Row) bool) bool {
	return slices.ContainsFunc(s.in.Statistics, keep)
}

func (s *summariser) rows(keep func(statistics.Row) bool) []statistics.Row {
	return slices.DeleteFunc(slices.Clone(s.in.Statistics), func(r statistics.Row) bool { return !keep(r) })
}

// find is the first result that a condition holds for and that has a value.
func (s *summariser) find(keep func(statistics.Row) bool) (statistics.Row, bool) {
	for _, r := range s.in.Statistics {
		if keep(r) && !math.IsNaN(r.Value) {
			return r, true
		}
	}
	return statistics.Row{}, false
}

// significant reports whether a result differs from 0 by its corrected p.
func (s *summariser) significant(r statistics.Row) bool { return r.PCorrected < s.alpha }

func (s *summariser) above(r statistics.Row) bool { return r.Value > 0 && s.significant(r) }

func reliable(r statistics.Row) bool {
	return r.Kind == statistics.Reliability && !math.IsNaN(r.Value)
}

// familyValues are the reliabilities of one kind.
type familyValues struct {
	Text      string
	Short     string
	Row       statistics.Row // the only one
	N, Above  int
	Low, High float64
	Decides   bool // with few conditions RDMs have little power, and decide nothing
}

// reliability says whether the data repeat, family by family.
func (s *summariser) reliability() {
	all := struct {
		Families         []familyValues
		N, Above         int
		PatternIntervals bool
	}{PatternIntervals: s.has(func(r statistics.Row) bool {
		return reliable(r) && r.Relation == statistics.Patterns && r.HasInterval()
	})}
	list := s.rows(reliable)
	checked := slices.ContainsFunc(list, func(r statistics.Row) bool { return r.Check != "" })
	slices.SortStableFunc(list, func(a, b statistics.Row) int { // what is checked comes first
		return cmp.Compare(min(1, len(b.Check)), min(1, len(a.Check)))
	})
	for _, r := range list {
		at := slices.IndexFunc(all.Families, func(f familyValues) bool { return f.Row.Family == r.Family })
		if at < 0 {
			at = len(all.Families)
			all.Families = append(all.Families, familyValues{Text: figures.GroupText(r), Short: figures.ShortText(r), Row: r, Low: math.Inf(1), High: math.Inf(-1)})
		}
		f := &all.Families[at]
		f.N, f.Low, f.High = f.N+1, min(f.Low, r.Value), max(f.High, r.Value)
		above := 0
		if s.above(r) {
			above = 1
		}
		f.Above += above
		if f.Decides = r.Check != "" || !checked; f.Decides {
			all.N, all.Above = all.N+1, all.Above+above
		}
		if len(s.Numbers) < 3 && len(s.Asked) == 0 {
			s.Numbers = append(s.Numbers, headlineOf(strings.Trim(r.Subject+", "+r.ROI, ", ")+": "+figures.ShortText(r), r))
		}
	}
	own := s.Answer == ""
	if own {
		s.Answer, s.Figure = s.say("reliability-answer", all), "reliability"
		s.add(&s.Asked, "reliability-asked", nil)
		s.add(&s.Sure, "reliability-sure", all)
	}
	for _, f := range all.Families {
		s.add(&s.Found, "reliability-family", f)
	}
}

// checks says how many checks passed, and of each kind of check what would have
// contradicted the study and how often it was seen.
func (s *summariser) checks() {
	kinds := []struct {
		block string
		is    func(statistics.Row) bool
	}{
		{"against-gain", func(r statistics.Row) bool { return r.Kind == statistics.Gain && s.aligned(r.Model) }},
		{"against-control", func(r statistics.Row) bool { return r.Kind == statistics.Gain && !s.aligned(r.Model) }},
		{"against-dimensions", func(r statistics.Row) bool { return r.Kind == statistics.Dimensions }},
		{"against-reliability", reliable},
		{"against-sign", func(r statistics.Row) bool { return r.Kind == statistics.Sign }},
		{"against-other", func(statistics.Row) bool { return true }},
	}
	counted := map[string]bool{}
	var total struct{ All, Failed int }
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
			s.Against = append(s.Against, s.say(k.block, nil)+template.HTML(fmt.Sprintf(": seen in %d of %s", seen, howMany(n, "check"))))
		}
		total.All, total.Failed = total.All+n, total.Failed+seen
	}
	if total.All > 0 {
		s.Checks, s.Failed = s.say("checks", total), total.Failed > 0
	}
}

func (s *summariser) aligned(model string) bool {
	return slices.ContainsFunc(s.in.Models.All(), func(m figures.Model) bool { return m.Label == model && m.Role == figures.Aligned })
}
