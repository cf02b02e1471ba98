package report

import (
	"math"
	"slices"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/figures"
	"realnet/stages/report/web"
)

// alignmentValues are those of a study that trains networks on brains.
type alignmentValues struct {
	Main, Base, Control              string // names for readers
	Shuffled, Within                 string
	Yes, No                          []string
	OverControl                      bool // every evaluation has a gain over the control
	OverShuffled                     bool // there are gains over shuffled pairs
	Images                           int64
	Groups                           bool // several subjects trained a network together
	Subjects, OwnSignificant         int
	Low, High                        float64 // noise ceilings of regions
	PlantedN, PlantedRose            int
	OthersN, OthersRose              int
	Planted, Others                  statistics.Row
	HasGroups                        bool
	mainLabel, baseLabel, controlled string // labels
}

// modelValues are what one trained model gained.
type modelValues struct {
	Name, Base  string
	Control     string
	Changes     []changeValues
	Accuracy    statistics.Row
	HasAccuracy bool
}

// changeValues are the gain of a model in one evaluation.
type changeValues struct {
	Brains      string
	Row, Ratio  statistics.Row
	HasRatio    bool
	Significant bool
}

// alignment is the summary of a study that trains networks on brains.
func (s *summariser) alignment() {
	name := s.in.Models.Text
	v := alignmentValues{mainLabel: s.in.Models.Main(), baseLabel: s.in.Models.Base(), controlled: s.model(figures.Control)}
	v.Main, v.Base, v.Control = name(v.mainLabel), name(v.baseLabel), name(v.controlled)
	v.Shuffled, v.Within = name(s.model(figures.Shuffled)), name(s.model(figures.ShuffledWithin))
	v.OverControl = v.controlled != ""
	for _, rel := range figures.Relations {
		r, ok := s.gain(v.mainLabel, rel.Key, v.baseLabel)
		if !ok {
			continue
		}
		_, controlled := s.gain(v.mainLabel, rel.Key, v.controlled)
		v.OverControl = v.OverControl && controlled
		found := s.above(r)
		for _, role := range []string{figures.Control, figures.Shuffled, figures.ShuffledWithin} {
			if over, ok := s.gain(v.mainLabel, rel.Key, s.model(role)); ok {
				found = found && s.above(over)
				v.OverShuffled = v.OverShuffled || role != figures.Control
			}
		}
		if found {
			v.Yes = append(v.Yes, s.brains(rel))
		} else {
			v.No = append(v.No, s.brains(rel))
		}
		if len(s.Numbers) < 2 && (rel.Key != statistics.Across || len(s.in.Groups) > 0) && rel.Key != statistics.Other {
			s.Numbers = append(s.Numbers, headlineOf("gain, "+rel.Name, r))
		}
	}
	s.Figure = "gain"
	if v.mainLabel != "" {
		s.Answer = s.say("alignment-answer", v)
		s.add(&s.Asked, "alignment-asked", v)
		s.add(&s.Asked, "alignment-measure", v)
	}
	shown := slices.DeleteFunc(s.in.Models.Shown(), func(m string) bool { return m == v.mainLabel })
	for _, m := range append([]string{v.mainLabel}, shown...) {
		if values := s.changes(m, v.baseLabel); len(values.Changes) > 0 {
			s.add(&s.Found, "alignment-model", values)
			if over := s.changes(m, v.controlled); m == v.mainLabel && len(over.Changes) > 0 {
				over.Control = v.Control
				s.add(&s.Found, "alignment-control", over)
			}
			if m == v.mainLabel && values.HasAccuracy {
				s.Numbers = append(s.Numbers, headline{
					Label: "change in top-1 accuracy", Value: change(100*values.Accuracy.Value, 1) + " points", Anchor: anchor(values.Accuracy),
					Detail: intervalOf(values.Accuracy, 100, 1),
				})
				if last := &s.Numbers[len(s.Numbers)-1]; values.Accuracy.Tested() {
					last.Detail += ", " + pText(values.Accuracy.PCorrected)
				}
			}
		}
	}
	if s.dimensions(&v); v.PlantedN+v.OthersN > 0 {
		s.add(&s.Found, "alignment-dimensions", v)
	}
	s.gains()
	s.certainty(v)
}

func (s *summariser) model(role string) string {
	for _, m := range s.in.Models.All() {
		if m.Role == role {
			return m.Label
		}
	}
	return ""
}

// brains are those of an evaluation, for readers.
func (s *summariser) brains(rel figures.Relation) string {
	switch {
	case len(s.in.Groups) > 0 && rel.Key == statistics.Within:
		return "the brains that it was trained on"
	case len(s.in.Groups) > 0 && rel.Key == statistics.Across:
		return "brains of subjects left out of the training"
	}
	return rel.Brains
}

// gain is a model's gain in one relation over another model.
func (s *summariser) gain(model, relation, over string) (statistics.Row, bool) {
	return s.find(func(r statistics.Row) bool {
		return r.Kind == statistics.Gain && r.Model == model && r.Relation == relation && r.Reference == over && r.Subject == ""
	})
}

// overall is a model's similarity or ratio in one relation, over everything.
func (s *summariser) overall(kind, model, relation string) (statistics.Row, bool) {
	return s.find(func(r statistics.Row) bool {
		return r.Kind == kind && r.Model == model && r.Relation == relation && r.Subject == "" && r.Layer == ""
	})
}

// changes are what one trained model gained over another one.
func (s *summariser) changes(model, reference string) modelValues {
	v := modelValues{Name: s.in.Models.Text(model), Base: s.in.Models.Text(reference)}
	for _, rel := range figures.Relations {
		r, ok := s.gain(model, rel.Key, reference)
		if !ok {
			continue
		}
		c := changeValues{Brains: s.brains(rel), Row: r, Significant: s.significant(r)}
		if reference == s.in.Models.Base() {
			c.Ratio, c.HasRatio = s.overall(statistics.Ratio, model, rel.Key)
		}
		v.Changes = append(v.Changes, c)
	}
	v.Accuracy, v.HasAccuracy = s.find(func(r statistics.Row) bool { return r.Kind == statistics.AccuracyChange && r.Model == model })
	return v
}

// dimensions counts whether what the brains encode came into the model, one by one and
// as groups.
func (s *summariser) dimensions(v *alignmentValues) {
	for _, r := range s.in.Statistics {
		if r.Kind != statistics.Dimension || r.Model != v.mainLabel || r.Layer != "" {
			continue
		}
		n, rose := &v.PlantedN, &v.PlantedRose
		switch r.Planted {
		case statistics.Planted:
		case statistics.NotPlanted:
			n, rose = &v.OthersN, &v.OthersRose
		default:
			continue
		}
		*n++
		if s.above(r) {
			*rose++
		}
	}
	group := func(planted string) (statistics.Row, bool) {
		return s.find(func(r statistics.Row) bool {
			return r.Kind == statistics.Dimensions && r.Model == v.mainLabel && r.Planted == planted
		})
	}
	var ok bool
	if v.Planted, ok = group(statistics.Planted); ok {
		v.Others, v.HasGroups = group(statistics.NotPlanted)
	}
}

// gains is the table of the numbers behind the words, for every model.
func (s *summariser) gains() {
	t := web.Table{Name: "gains", Title: "Similarity and gain of every model", Columns: web.Columns("Model", "Evaluation", "#Base", "#Model", "#Gain", "#95 % from", "#95 % to", "#p, corrected", "#Improvement ratio", "#n", "Unit")}
	value := func(kind, model, relation string) float64 {
		if r, ok := s.overall(kind, model, relation); ok {
			return r.Value
		}
		return math.NaN()
	}
	base := s.in.Models.Base()
	for _, m := range s.in.Models.All() {
		for _, rel := range figures.Relations {
			if r, ok := s.gain(m.Label, rel.Key, base); ok {
				t.Rows = append(t.Rows, web.Row(s.in.Models.Text(m.Label), rel.Name, value(statistics.Similarity, base, rel.Key), value(statistics.Similarity, m.Label, rel.Key),
					r.Value, r.CILow, r.CIHigh, r.PCorrected, value(statistics.Ratio, m.Label, rel.Key), r.N, r.Unit))
			}
		}
	}
	if t.Total = len(t.Rows); t.Total > 0 {
		s.Gains = &t
	}
}

// certainty says what the intervals are over, and what they are not.
func (s *summariser) certainty(v alignmentValues) {
	r, ok := s.gain(v.mainLabel, statistics.Within, v.baseLabel)
	if !ok {
		return
	}
	v.Images, v.Groups = r.N, len(s.in.Groups) > 0
	for _, own := range s.in.Statistics {
		if own.Kind == statistics.Gain && own.Model == v.mainLabel && own.Relation == statistics.Within && own.Reference == v.baseLabel && own.Subject != "" {
			v.Subjects++
			if s.above(own) {
				v.OwnSignificant++
			}
		}
	}
	v.Low, v.High = math.Inf(1), math.Inf(-1)
	for _, r := range s.in.Similarities {
		if r.Kind == "fmri" && !math.IsNaN(r.CeilingLow) && !math.IsNaN(r.CeilingHigh) {
			v.Low, v.High = min(v.Low, r.CeilingLow), max(v.High, r.CeilingHigh)
		}
	}
	s.add(&s.Sure, "alignment-sure", v)
	s.add(&s.Sure, "alignment-ceiling", v)
}

// ofLayer reports whether a result is the similarity over all subjects of a layer, or of
// a model without layers, that no brain trained.
func ofLayer(r statistics.Row) bool {
	return r.Kind == statistics.Similarity && r.Subject == "" && r.Relation == "" && !math.IsNaN(r.Value)
}

// regionValues are the layers of a model compared with one region.
type regionValues struct {
	Region        string
	Best          statistics.Row
	Name, Short   string // of the best
	Noun          string // layers or models
	Above, Layers int
	Significant   bool
	Lower, Upper  statistics.Row
	HasCeiling    bool
}

// layers is the summary of a study that compares layers with regions.
func (s *summariser) layers() {
	var v struct {
		Models, Names []string
		Noun          string // layer or model
		Regions       []regionValues
		Images        int64
		OverSubjects  bool
		OneModel      bool
	}
	list := s.rows(ofLayer)
	v.Noun = "model"
	for _, r := range list {
		if !slices.Contains(v.Models, r.Model) {
			v.Models = append(v.Models, r.Model)
		}
		if !slices.Contains(v.Names, r.ROI) {
			v.Names = append(v.Names, r.ROI)
		}
		if r.Layer != "" {
			v.Noun = "layer"
		}
		v.Images, v.OverSubjects = r.N, v.OverSubjects || r.NSubjects > 1
	}
	groups := v.Models
	if v.Noun == "model" {
		groups = []string{""} // the models are compared with each other
	}
	for _, model := range groups {
		for _, name := range v.Names {
			here := regionValues{Region: name, Noun: v.Noun, Best: statistics.Row{Value: math.Inf(-1)}}
			for _, r := range list {
				if model != "" && r.Model != model || r.ROI != name {
					continue
				}
				here.Layers++
				if s.above(r) {
					here.Above++
				}
				if r.Value > here.Best.Value {
					here.Best = r
				}
			}
			here.Name, here.Short = "model "+here.Best.Model, "model "+here.Best.Model
			if v.Noun == "layer" {
				here.Name, here.Short = "layer "+here.Best.Layer+" of the network ("+here.Best.Model+")", "layer "+here.Best.Layer
			}
			if here.Layers == 0 {
				continue
			}
			here.Significant = s.above(here.Best)
			bound := func(kind string) (statistics.Row, bool) {
				return s.find(func(r statistics.Row) bool { return r.Kind == kind && r.ROI == name })
			}
			var ok bool
			if here.Lower, ok = bound(statistics.CeilingLower); ok {
				here.Upper, here.HasCeiling = bound(statistics.CeilingUpper)
			}
			v.Regions = append(v.Regions, here)
			if len(s.Numbers) < 3 {
				s.Numbers = append(s.Numbers, headlineOf(here.Short+" with "+name, here.Best))
			}
		}
	}
	v.OneModel = len(v.Models) == 1
	s.Answer = s.say("layers-answer", v)
	s.Figure = "similarity"
	s.add(&s.Asked, "layers-asked", v)
	s.add(&s.Asked, "layers-measure", v)
	for _, r := range v.Regions {
		s.add(&s.Found, "layers-region", r)
	}
	for _, r := range s.rows(func(r statistics.Row) bool { return r.Kind == statistics.Agreement && r.Subject == "" }) {
		s.add(&s.Found, "layers-agreement", r)
		if len(s.Numbers) < 3 {
			s.Numbers = append(s.Numbers, headlineOf(r.Reference+" with "+r.ROI, r))
		}
	}
	s.add(&s.Sure, "layers-sure", v)
}
