package web

import (
	"image/color"
	"math"
	"regexp"
	"testing"

	"realnet/stages/report/internal/contrast"
)

// Every colour of text has a contrast of 4.5 or more on every background that
// it stands on, in light, dark and print (WCAG 2.2, 1.4.3).
func TestContrast(t *testing.T) {
	blocks := regexp.MustCompile(`--ink:[^}]*`).FindAllString(style, -1)
	if len(blocks) != 4 {
		t.Fatalf("%d sets of colours in the style sheet, want 4", len(blocks))
	}
	for i, block := range blocks {
		colours := map[string]color.NRGBA{}
		for _, m := range regexp.MustCompile(`--(\w+): (#[0-9a-f]+)`).FindAllStringSubmatch(block, -1) {
			c, err := contrast.Parse(m[2])
			if err != nil {
				t.Fatal(err)
			}
			colours[m[1]] = c
		}
		for _, text := range []string{"ink", "soft", "link", "good", "bad"} {
			for _, ground := range []string{"paper", "card"} {
				if c := contrast.Ratio(colours[text], colours[ground]); c < 4.5 {
					t.Errorf("set %d: %s on %s has a contrast of %.2f", i, text, ground, c)
				}
			}
		}
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{{0, "0"}, {math.NaN(), ""}, {0.04321, "0.043"}, {-1.5, "−1.500"}, {0.000123, "0.00012"}, {123456, "1.2346e+05"}} {
		if got := Number(c.v); got != c.want {
			t.Errorf("Number(%v) = %q, want %q", c.v, got, c.want)
		}
	}
}
