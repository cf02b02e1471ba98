package report_test

import (
	"image/color"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"realnet/artifacts/schemas/page"
	"realnet/stages/report/internal/contrast"
)

// faint are the areas that need not stand out, and why.
var faint = map[string]string{
	"stroke:#FFFFFF;":      "lines between classes, on the colours of a matrix",
	"fill:#7F7F7F;0.23529": "the noise ceiling: lines of the full grey are its edges",
	"fill:;0.19608":        "a band of intervals over time: lines of the model's full colour are its edges",
}

// Every mark of every figure has a contrast of 3 or more on what it stands on: the
// page in light, dark and print, and the white of the files (WCAG 2.2, 1.4.11). Not
// measured: pictures and heat maps, whose colours are what they show. Models need
// not stand out from each other by colour, they have shapes and dashes too.
func TestContrastOfMarks(t *testing.T) {
	w := newWorld(t, 12)
	html := string(readFile(t, run(t, w.in, w.params(), 1), page.HTML))
	grounds := []map[string]color.NRGBA{{"card": {255, 255, 255, 255}, "blue": parse(t, "#0072b2")}}
	for _, set := range regexp.MustCompile(`--ink:[^}]*`).FindAllString(html, -1) {
		colours := map[string]color.NRGBA{}
		for _, m := range regexp.MustCompile(`--(card|blue): (#[0-9a-f]+)`).FindAllStringSubmatch(set, -1) {
			colours[m[1]] = parse(t, m[2])
		}
		grounds = append(grounds, colours)
	}
	if len(grounds) != 5 {
		t.Fatalf("%d grounds, want the files' and 4 of the page", len(grounds))
	}
	drawing := regexp.MustCompile(`(?s)<figure id="figure-([^"]*)">.*?</figure>`)
	paint := regexp.MustCompile(`(fill|stroke):(var\(--blue,)?(#[0-9A-Fa-f]{6})\)?(?:;(?:fill|stroke)-opacity:([0-9.]+))?`)
	used := map[string]bool{}
	for _, f := range drawing.FindAllStringSubmatch(html, -1) {
		marks := map[string][]string{}
		for _, m := range paint.FindAllStringSubmatch(f[0], -1) {
			marks[m[0]] = m
		}
		for _, name := range slices.Sorted(maps.Keys(marks)) {
			m := marks[name]
			exempt := false
			for _, key := range []string{m[1] + ":" + m[3] + ";" + m[4], m[1] + ":;" + m[4]} {
				exempt, used[key] = exempt || faint[key] != "", true
			}
			if exempt {
				continue
			}
			c := parse(t, m[3])
			for i, ground := range grounds {
				if m[2] != "" {
					c = ground["blue"]
				}
				if m[4] != "" {
					share, err := strconv.ParseFloat(m[4], 64)
					if err != nil {
						t.Fatal(err)
					}
					c.A = uint8(255 * share)
				}
				if got := contrast.Ratio(contrast.Over(c, ground["card"]), ground["card"]); got < 3 {
					t.Errorf("figure %s, ground %d: %s has a contrast of %.2f", f[1], i, name, got)
				}
			}
		}
	}
	for key, why := range faint {
		if !used[key] {
			t.Errorf("no figure has %s, %s", key, why)
		}
	}
}

func parse(t *testing.T, hex string) color.NRGBA {
	t.Helper()
	c, err := contrast.Parse(hex)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
