package figures

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/stages/report/text"
)

// PowerData is how often effects were found in synthetic worlds.
type PowerData struct {
	Label  string   // of the setting along x
	Places []string // its values
	Points []PowerPoint
}

// PowerPoint is the share of worlds with one combination of settings in which an effect was
// found.
type PowerPoint struct {
	Effect, Series string
	Place          int
	Value          Value
	Runs           string // "9 of 10"
}

// Power draws a panel for each effect: the share of worlds against the values of a setting,
// a colour for each combination of the other settings.
func Power(d PowerData) (Figure, error) {
	var effects, series []string
	for _, p := range d.Points {
		if !slices.Contains(effects, p.Effect) {
			effects = append(effects, p.Effect)
		}
		if !slices.Contains(series, p.Series) {
			series = append(series, p.Series)
		}
	}
	slices.SortStableFunc(effects, func(a, b string) int { // false claims last
		return strings.Compare(falseFirst(a), falseFirst(b))
	})
	if len(effects) == 0 {
		return Figure{}, nil
	}
	styles := make([]markStyle, len(series))
	s := sheet{columns: 2, height: 130, sameX: true, sameY: true}
	for k, name := range series {
		styles[k] = markStyle{colour: palette[k%len(palette)], shape: []draw.GlyphDrawer{draw.CircleGlyph{}, draw.PyramidGlyph{}, draw.BoxGlyph{}, diamond{}}[k%4]}
		if len(series) > 1 {
			s.key = append(s.key, entry{text: name, style: styles[k]})
		}
	}
	alt := ""
	for _, effect := range effects {
		p := panel{title: effect, x: axis{label: d.Label, names: d.Places}, y: axis{label: "found", percent: true, low: 0, high: 1}}
		p.marks = append(p.marks, rule{0.05, false, draw.LineStyle{Color: grey, Width: 0.7, Dashes: []vg.Length{2, 2}}})
		alt += effect + ": "
		for k, name := range series {
			var list []mark
			var xs, ys []float64
			for _, point := range d.Points {
				if point.Effect != effect || point.Series != name {
					continue
				}
				x := float64(point.Place) + offset(k, len(series), 0.3)
				list = append(list, mark{x, point.Value.Value, point.Value.Low, point.Value.High})
				xs, ys = append(xs, x), append(ys, point.Value.Value)
				alt += fmt.Sprintf("%s, %s: %s. ", d.Places[point.Place], name, point.Runs)
			}
			if len(xs) > 1 {
				p.marks = append(p.marks, curve{xs, ys, draw.LineStyle{Color: styles[k].colour, Width: 0.8}})
			}
			m := means(styles[k], list)
			m.glyph.Radius = 2.6
			p.marks = append(p.marks, m)
		}
		s.panels = append(s.panels, p)
	}
	f := Figure{Name: "power", Alt: strings.TrimSpace(alt)}
	f.Title, f.Caption = text.Figure("power", nil)
	return f.finish(s)
}

func falseFirst(effect string) string {
	if strings.HasPrefix(effect, "false") {
		return "1"
	}
	return "0"
}
