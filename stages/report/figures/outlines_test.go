package figures

import (
	"testing"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// Letters beyond ASCII are outlines that take the place of the text: between its ends and
// within the height of a line, each closed.
func TestOutlines(t *testing.T) {
	t.Parallel()
	style := textStyle(normal)
	face := font.DefaultCache.Lookup(style.Font, style.Font.Size)
	for _, text := range []string{"ρ", "−0.05", "Spearman's ρ", "β"} {
		path := outlines(face, vg.Point{X: 10, Y: 20}, text)
		if len(path) == 0 {
			t.Fatalf("%q has no outlines", text)
		}
		reach := newSpan()
		open := 0
		for _, part := range path {
			switch part.Type {
			case vg.MoveComp:
				open++
			case vg.CloseComp:
				open--
			}
			if part.Type != vg.CloseComp {
				reach.add(float64(part.Pos.X))
				if y := part.Pos.Y - 20; y < -0.3*normal || y > normal {
					t.Errorf("%q reaches %v above its line", text, y)
				}
			}
		}
		if width := float64(style.Width(text)); open != 0 || reach.low < 9.5 || reach.high > 10.5+width || reach.high < 10+0.6*width {
			t.Errorf("%q: %d outlines are open, from %v to %v of 10 to %v", text, open, reach.low, reach.high, 10+width)
		}
	}
}
