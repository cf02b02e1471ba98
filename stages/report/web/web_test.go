package web

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// Every colour of text has a contrast of 4.5 or more on every background that
// it stands on, in light, dark and print (WCAG 2.2, 1.4.3).
func TestContrast(t *testing.T) {
	blocks := regexp.MustCompile(`--ink:[^}]*`).FindAllString(style, -1)
	if len(blocks) != 4 {
		t.Fatalf("%d sets of colours in the style sheet, want 4", len(blocks))
	}
	for i, block := range blocks {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--(\w+): #([0-9a-f]+)`).FindAllStringSubmatch(block, -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		for _, text := range []string{"ink", "soft", "link", "good", "bad"} {
			for _, ground := range []string{"paper", "card"} {
				a, b := colours[text], colours[ground]
				if c := (max(a, b) + 0.05) / (min(a, b) + 0.05); c < 4.5 {
					t.Errorf("set %d: %s on %s has a contrast of %.2f", i, text, ground, c)
				}
			}
		}
	}
}

func luminance(t *testing.T, hex string) float64 {
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	var l float64
	for i, w := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.03928 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += w * c
	}
	return l
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
