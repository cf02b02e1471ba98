package figures

import (
	"image/color"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/stages/report/params"
)

// Model is one network of a study as the report shows it.
type Model = params.Model

// Roles of models in a study.
const (
	Base     = params.Base
	Control  = params.Control
	Aligned  = params.Aligned
	Shuffled = params.Shuffled
	Other    = params.Other

	ShuffledWithin = params.ShuffledWithin
)

// Models are the models of a study, in order.
type Models struct {
	list   []Model
	styles map[string]markStyle
}

// markStyle is how a model is drawn.
type markStyle struct {
	colour color.NRGBA
	shape  draw.GlyphDrawer
	dashes []vg.Length
}

// The palette of Okabe and Ito (2008) without its yellow; its orange, sky blue and
// purple are darker here, so that all stand out on white as on the dark page.
var palette = []color.NRGBA{
	{0x00, 0x9e, 0x73, 255}, {0xd5, 0x5e, 0x00, 255}, {0x3c, 0x93, 0xc6, 255}, {0x99, 0x66, 0x33, 255}, {0x66, 0x66, 0xcc, 255},
}

var roles = map[string]markStyle{
	Base:     {grey, draw.CircleGlyph{}, nil},
	Control:  {color.NRGBA{0xb8, 0x7f, 0x00, 255}, draw.BoxGlyph{}, []vg.Length{6, 2}},
	Aligned:  {color.NRGBA{0x00, 0x72, 0xb2, 255}, draw.PyramidGlyph{}, nil},
	Shuffled: {color.NRGBA{0xc0, 0x6c, 0x9b, 255}, diamond{}, []vg.Length{2, 2}},

	ShuffledWithin: {color.NRGBA{0x8a, 0x5a, 0xc8, 255}, draw.RingGlyph{}, []vg.Length{4, 2, 1, 2}},
}

// NewModels orders the models that a study names, and takes those that only its
// rows know for what their labels say.
func NewModels(named []Model, labels []string) Models {
	c := Models{list: slices.Clone(named), styles: map[string]markStyle{}}
	for _, l := range labels {
		if l != "" && !slices.ContainsFunc(c.list, func(m Model) bool { return m.Label == l }) {
			c.list = append(c.list, guess(l))
		}
	}
	rank := []string{Base, Control, Aligned, Shuffled, ShuffledWithin, Other}
	for i := range c.list {
		if !slices.Contains(rank, c.list[i].Role) {
			c.list[i].Role = Other
		}
	}
	slices.SortStableFunc(c.list, func(a, b Model) int {
		return slices.Index(rank, a.Role) - slices.Index(rank, b.Role)
	})
	used := map[string]bool{}
	next := 0
	if main := c.Main(); main != "" {
		c.styles[main], used[Aligned] = roles[Aligned], true
	}
	for _, m := range c.list {
		if _, ok := c.styles[m.Label]; ok {
			continue
		}
		if l, ok := roles[m.Role]; ok && !used[m.Role] {
			c.styles[m.Label], used[m.Role] = l, true
			continue
		}
		c.styles[m.Label] = markStyle{palette[next%len(palette)], draw.RingGlyph{}, []vg.Length{vg.Length(2 + next), 2}}
		next++
	}
	return c
}

var betaIn = regexp.MustCompile(`(?i)beta[-_= ]?([0-9.]+)`)

// guess reads the role of a model off its label.
func guess(label string) Model {
	m := Model{Label: label, Role: Other}
	lower := strings.ToLower(label)
	if b := betaIn.FindStringSubmatch(label); b != nil {
		if v, err := strconv.ParseFloat(b[1], 64); err == nil {
			m.Beta, m.Role, m.Sweep = v, Aligned, true
		}
	}
	switch {
	case lower == "base" || lower == "cornet" || lower == "cornet-s":
		m.Role = Base
	case strings.Contains(lower, "control"):
		m.Role = Control
	case strings.Contains(lower, "within"):
		m.Role = ShuffledWithin
	case strings.Contains(lower, "shuffled"):
		m.Role = Shuffled
	case strings.Contains(lower, "aligned"):
		m.Role = Aligned
	}
	return m
}

// Text is the model's name for readers.
func (c Models) Text(label string) string {
	for _, m := range c.list {
		if m.Label == label && m.Text != "" {
			return m.Text
		}
	}
	return label
}

// Base is the label of the base model, "" without one.
func (c Models) Base() string { return c.first(Base) }

// Main is the aligned model that is shown where one is shown.
func (c Models) Main() string {
	for _, m := range c.list {
		if m.Main && m.Role == Aligned {
			return m.Label
		}
	}
	return c.first(Aligned)
}

func (c Models) first(role string) string {
	for _, m := range c.list {
		if m.Role == role {
			return m.Label
		}
	}
	return ""
}

// shuffled reports whether a model was trained on shuffled pairs.
func (c Models) shuffled(label string) bool {
	return slices.ContainsFunc(c.list, func(m Model) bool {
		return m.Label == label && (m.Role == Shuffled || m.Role == ShuffledWithin)
	})
}

// Shown are the models of most figures: one of each role.
func (c Models) Shown() []string {
	var out []string
	for _, l := range []string{c.Base(), c.first(Control), c.Main(), c.first(Shuffled), c.first(ShuffledWithin)} {
		if l != "" {
			out = append(out, l)
		}
	}
	if len(out) == 0 { // models without roles, such as several architectures
		for _, m := range c.list[:min(6, len(c.list))] {
			out = append(out, m.Label)
		}
	}
	return out
}

// All are all models in order.
func (c Models) All() []Model { return c.list }

func (c Models) of(label string) markStyle {
	if l, ok := c.styles[label]; ok {
		return l
	}
	return roles[Aligned]
}

// diamond is a filled square on its corner.
type diamond struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (diamond) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, p vg.Point) {
	r := s.Radius * 1.15
	c.SetColor(s.Color)
	var path vg.Path
	path.Move(vg.Point{X: p.X - r, Y: p.Y})
	path.Line(vg.Point{X: p.X, Y: p.Y + r})
	path.Line(vg.Point{X: p.X + r, Y: p.Y})
	path.Line(vg.Point{X: p.X, Y: p.Y - r})
	path.Close()
	c.Fill(path)
}
