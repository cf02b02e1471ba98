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

// relations are the brains that a model is compared with, as the names of
// results have them and as a reader says them.
var relations = []struct{ key, text string }{
	{"within", "the brain that taught it"}, {"across", "other people's brains"}, {"other", "brains of another dataset"}, {"eeg", "EEG"},
}

// alignment is the summary of a study that teaches networks.
func (s *summarist) alignment() {
	base, main := s.in.Cast.Base(), s.in.Cast.Main()
	control, shuffled := s.model(figures.Control), s.model(figures.Shuffled)
	name := s.in.Cast.Text
	if main != "" {
		asked := fmt.Sprintf("Does a network that learns to predict a person's brain responses to images (model %s) become more similar to brains than the network that it started from (%s), on images that it did not learn from?", name(main), name(base))
		var controls []string
		if control != "" {
			controls = append(controls, "model "+name(control)+" was trained in the same way without the brain")
		}
		if shuffled != "" {
			controls = append(controls, "model "+name(shuffled)+" on responses that belong to other images")
		}
		if len(controls) > 0 {
			asked += fmt.Sprintf(" For comparison, %s: if it is the brain that teaches, %s gains and they do not.", listed(controls), name(main))
		}
		s.Asked = append(s.Asked, asked, "Similarity is the correlation of a layer's dissimilarities between images (RDM) with those of a brain, averaged over layers and regions: 1 is the same geometry, 0 none of it.")
		s.Found = append(s.Found, s.headline(main, control))
	}
	shown := slices.DeleteFunc(s.in.Cast.Shown(), func(m string) bool { return m == main })
	for _, m := range append([]string{main}, shown...) {
		if text := s.gained(m); text != "" {
			s.Found = append(s.Found, text)
		}
	}
	s.dimensions(main)
	s.gains()
	s.certainty(main)
}

func (s *summarist) model(role string) string {
	for _, m := range s.in.Cast.Models() {
		if m.Role == role {
			return m.Label
		}
	}
	return ""
}

// gain is a model's gain in one relation over another model.
func (s *summarist) gain(model, relation, over string) (statistics.Row, bool) {
	return s.find(func(r statistics.Row) bool {
		return r.Kind == statistics.Gain && r.Model == model && r.Relation == relation && r.Reference == over && r.Subject == ""
	})
}

// overall is a model's similarity or ratio in one relation, over everything.
func (s *summarist) overall(kind, model, relation string) (statistics.Row, bool) {
	return s.find(func(r statistics.Row) bool {
		return r.Kind == kind && r.Model == model && r.Relation == relation && r.Subject == "" && r.Layer == ""
	})
}

// headline answers the question for the main model.
func (s *summarist) headline(main, control string) string {
	var yes, no []string
	for _, rel := range relations {
		r, ok := s.gain(main, rel.key, s.in.Cast.Base())
		if !ok {
			continue
		}
		over, controlled := s.gain(main, rel.key, control)
		if s.above(r) && (!controlled || s.above(over)) {
			yes = append(yes, rel.text)
		} else {
			no = append(no, rel.text)
		}
	}
	than := s.in.Cast.Text(s.in.Cast.Base())
	if control != "" {
		than += " and than " + s.in.Cast.Text(control)
	}
	switch {
	case len(yes)+len(no) == 0:
		return fmt.Sprintf("Not known: this run has no comparison of %s with %s.", s.in.Cast.Text(main), than)
	case len(no) == 0:
		return fmt.Sprintf("Yes: %s is more similar than %s to %s.", s.in.Cast.Text(main), than, listed(yes))
	case len(yes) == 0:
		return fmt.Sprintf("Not shown: %s is not more similar than %s to %s.", s.in.Cast.Text(main), than, listed(no))
	}
	return fmt.Sprintf("In part: %s is more similar than %s to %s; that is not shown for %s.", s.in.Cast.Text(main), than, listed(yes), listed(no))
}

// gained says what one trained model gained over the base model and what that
// did to its accuracy.
func (s *summarist) gained(model string) string {
	var parts []string
	for _, rel := range relations {
		r, ok := s.gain(model, rel.key, s.in.Cast.Base())
		if !ok {
			continue
		}
		var text string
		switch {
		case !s.clear(r):
			parts = append(parts, "no clear change with "+rel.text+": "+change(r))
			continue
		case r.Value > 0:
			text = "more similar to "
		default:
			text = "less similar to "
		}
		text += rel.text + " by " + change(r)
		if q, ok := s.overall(statistics.Ratio, model, rel.key); ok {
			text += ", an improvement ratio of " + signed("%+.0f", 100*q.Value) + " %"
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return ""
	}
	text := fmt.Sprintf("Model %s, against %s: %s.", s.in.Cast.Text(model), s.in.Cast.Text(s.in.Cast.Base()), strings.Join(parts, "; "))
	if r, ok := s.find(func(r statistics.Row) bool { return r.Kind == statistics.AccuracyChange && r.Model == model }); ok {
		text += fmt.Sprintf(" Its accuracy changes by %s percentage points", signed("%+.1f", 100*r.Value))
		if r.HasInterval() {
			text += fmt.Sprintf(" (95 %% interval %s to %s)", signed("%+.1f", 100*r.CILow), signed("%+.1f", 100*r.CIHigh))
		}
		text += "."
	}
	return text
}

// dimensions says whether what the brains encode came into the model, as groups
// and one by one; what single dimensions are is in the texts of stage stats.
func (s *summarist) dimensions(main string) {
	var rose, n [2]int // not planted, planted
	for _, r := range s.in.Statistics {
		group := slices.Index([]string{statistics.NotPlanted, statistics.Planted}, r.Planted)
		if r.Kind != statistics.Dimension || r.Model != main || r.Layer != "" || group < 0 {
			continue
		}
		n[group]++
		if s.above(r) {
			rose[group]++
		}
	}
	if n[0]+n[1] == 0 {
		return
	}
	text := fmt.Sprintf("One by one, %d of the %d attributes of the images that were planted in the brains rose in the model, and %d of the %d that were not.", rose[1], n[1], rose[0], n[0])
	together := func(planted string) (statistics.Row, bool) {
		return s.find(func(r statistics.Row) bool {
			return r.Kind == statistics.Dimensions && r.Model == main && r.Planted == planted
		})
	}
	planted, ok := together(statistics.Planted)
	others, found := together(statistics.NotPlanted)
	if ok && found {
		text += fmt.Sprintf(" Together the planted ones changed by %s, the others by %s.", change(planted), change(others))
	}
	s.Found = append(s.Found, text)
}

// change is a difference, with its interval where it has one.
func change(r statistics.Row) string {
	text := signed("%+.3f", r.Value)
	if r.HasInterval() {
		text += fmt.Sprintf(" (95 %% interval %s to %s)", signed("%+.3f", r.CILow), signed("%+.3f", r.CIHigh))
	}
	return text
}

// gains is the table of the numbers behind the words, for every model.
func (s *summarist) gains() {
	t := web.Table{Name: "gains", Title: "Similarity and gain of every model", Columns: web.Columns("Model", "Compared with", "#Base", "#Model", "#Gain", "#95 % from", "#95 % to", "#p, corrected", "#Improvement ratio", "#n", "Unit")}
	value := func(kind, model, relation string) float64 {
		if r, ok := s.overall(kind, model, relation); ok {
			return r.Value
		}
		return math.NaN()
	}
	base := s.in.Cast.Base()
	for _, m := range s.in.Cast.Models() {
		for _, rel := range relations {
			if r, ok := s.gain(m.Label, rel.key, base); ok {
				t.Rows = append(t.Rows, web.Row(s.in.Cast.Text(m.Label), rel.text, value(statistics.Similarity, base, rel.key), value(statistics.Similarity, m.Label, rel.key),
					r.Value, r.CILow, r.CIHigh, r.PCorrected, value(statistics.Ratio, m.Label, rel.key), r.N, r.Unit))
			}
		}
	}
	t.Total = len(t.Rows)
	if t.Total > 0 {
		s.Gains = &t
	}
}

// certainty says what the intervals are over, and what they are not.
func (s *summarist) certainty(main string) {
	r, ok := s.gain(main, "within", s.in.Cast.Base())
	if !ok {
		return
	}
	text := fmt.Sprintf("Intervals and p values of gains come from leaving out each of the %d %s once", r.N, r.Unit)
	own := s.rows(func(r statistics.Row) bool {
		return r.Kind == statistics.Gain && r.Model == main && r.Relation == statistics.Within && r.Reference == s.in.Cast.Base() && r.Subject != ""
	})
	if len(own) < 2 {
		text += ": they say how far a number would move with others. They do not speak about other people or other trainings."
	} else {
		above := 0
		for _, r := range own {
			if s.above(r) {
				above++
			}
		}
		text += fmt.Sprintf(" and from how much the %d networks differ that as many people taught: they say how far a number would move with other images, people and trainings. So few hardly show how much people differ; the network that each of them taught gains by itself in %d of %d.", len(own), above, len(own))
	}
	s.Sure = append(s.Sure, text)
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range s.in.Similarities {
		if r.Kind == "fmri" && !math.IsNaN(r.CeilingLow) && !math.IsNaN(r.CeilingHigh) {
			low, high = min(low, r.CeilingLow), max(high, r.CeilingHigh)
		}
	}
	if low < high {
		s.Sure = append(s.Sure, fmt.Sprintf("Noise ceiling: in a region the best possible model would reach %s to %s, by how much the subjects agree with each other.", web.Number(low), web.Number(high)))
	}
}

// ofLayer reports whether a result is a layer's similarity over all subjects.
func ofLayer(r statistics.Row) bool {
	return r.Kind == statistics.Similarity && r.Layer != "" && r.Subject == "" && r.Relation == "" && !math.IsNaN(r.Value)
}

// layers is the summary of a study that holds layers against regions.
func (s *summarist) layers() {
	var models, regions []string
	list := s.rows(ofLayer)
	for _, r := range list {
		if !slices.Contains(models, r.Model) {
			models = append(models, r.Model)
		}
		if !slices.Contains(regions, r.ROI) {
			regions = append(regions, r.ROI)
		}
	}
	s.Asked = append(s.Asked,
		fmt.Sprintf("How similar is each layer of the network (%s) to each region of the brain (%s), and how near is that to what any model could reach (the noise ceiling)?", listed(models), listed(regions)),
		"Similarity is the correlation of a layer's dissimilarities between images (RDM) with those of a brain: 1 is the same geometry, 0 none of it.")
	var n int64
	people := ", not with other people"
	for _, model := range models {
		for _, region := range regions {
			here := slices.DeleteFunc(slices.Clone(list), func(r statistics.Row) bool { return r.Model != model || r.ROI != region })
			if len(here) == 0 {
				continue
			}
			best := slices.MaxFunc(here, func(a, b statistics.Row) int {
				if a.Value < b.Value {
					return -1
				}
				return 1
			})
			above := 0
			for _, r := range here {
				if s.above(r) {
					above++
				}
			}
			if n = best.N; best.NSubjects > 1 {
				people = " and other people"
			}
			text := fmt.Sprintf("%s and %s: layer %s is nearest, %s. Above 0: %d of %d layers.", model, region, best.Layer, numbers(best), above, len(here))
			low, ok := s.find(func(r statistics.Row) bool { return r.Kind == statistics.CeilingLower && r.ROI == region })
			high, found := s.find(func(r statistics.Row) bool { return r.Kind == statistics.CeilingUpper && r.ROI == region })
			if ok && found {
				text += fmt.Sprintf(" Noise ceiling: %s to %s.", web.Number(low.Value), web.Number(high.Value))
			}
			s.Found = append(s.Found, text)
		}
	}
	for _, r := range s.rows(func(r statistics.Row) bool { return r.Kind == statistics.Agreement && r.Subject == "" }) {
		s.Found = append(s.Found, fmt.Sprintf("Agreement of %s and %s: %s.", r.Reference, r.ROI, numbers(r)))
	}
	s.Sure = append(s.Sure, fmt.Sprintf("Intervals come from leaving out each of the %d images once: they say how far a number would move with other images%s. The nearest of several layers is picked after looking, so its value is a little high; all layers are in the table of results.", n, people))
}
