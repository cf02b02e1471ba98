package figures

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// tagRoom is the width of a class's name beside a matrix, in points; longer names are
// shortened, all of a figure together.
const tagRoom = 32

// tags are the names of classes as they stand beside matrices: whole where all of them fit,
// else the initials of their words (the first letters of a single word), or their numbers
// where two would be the same. short says whether a reader needs the whole names too.
func tags(names []string) (out []string, short bool) {
	style := textStyle(small)
	fit := true
	for _, n := range names {
		fit = fit && style.Width(n) <= tagRoom
	}
	if fit {
		return names, false
	}
	seen := map[string]bool{}
	unique := true
	for _, n := range names {
		tag := initials(n)
		unique = unique && tag != "" && !seen[tag] && style.Width(tag) <= tagRoom
		seen[tag] = true
		out = append(out, tag)
	}
	if !unique {
		for i := range out {
			out[i] = fmt.Sprint(i + 1)
		}
	}
	return out, true
}

// initials of the words of a name, in capitals; of a single word its first three letters.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '_' || r == '-' || r == '/' })
	if len(words) == 1 {
		return string([]rune(words[0])[:min(3, utf8.RuneCountInString(words[0]))])
	}
	var out strings.Builder
	for _, w := range words {
		first, _ := utf8.DecodeRuneInString(w)
		out.WriteRune(first)
	}
	return strings.ToUpper(out.String())
}

// tagLine is the height of a line of tags.
const tagLine = small + 0.5

// margins says how many columns of tags stand beside a matrix of a height, and how wide
// they are together.
func margins(tags []string, height vg.Length) (columns int, width vg.Length) {
	if len(tags) == 0 {
		return 0, 0
	}
	widest := vg.Length(0)
	for _, t := range tags {
		widest = max(widest, textStyle(small).Width(t))
	}
	columns = max(1, int((vg.Length(len(tags))*tagLine+height-1)/height))
	return columns, vg.Length(columns)*(widest+4) + 4
}

// drawTags writes tags to the left of a square that begins at left and reaches from low to
// high, each beside the middle of its class with a line to it. Tags of small classes
// are moved apart, and alternate between columns where one has no room for all.
func drawTags(c draw.Canvas, tags []string, middles []float64, left, low, high vg.Length) {
	columns, width := margins(tags, high-low)
	column := (width - 4) / vg.Length(max(1, columns))
	style := textStyle(small)
	style.XAlign, style.YAlign = draw.XRight, draw.YCenter
	rule := draw.LineStyle{Color: ink, Width: 0.4}
	for k := range columns {
		var which []int
		var at []vg.Length
		for i := k; i < len(tags); i += columns {
			which, at = append(which, i), append(at, high-vg.Length(middles[i])*(high-low))
		}
		spread(at, tagLine, low+tagLine/2, high-tagLine/2)
		for j, i := range which {
			x := left - 4 - vg.Length(k)*column
			c.FillText(style, vg.Point{X: x - 1.5, Y: at[j]}, tags[i])
			c.StrokeLine2(rule, x, at[j], left-1, high-vg.Length(middles[i])*(high-low))
		}
	}
}

// spread moves heights, which fall, apart to at least step, within low and high as far as
// that has room.
func spread(at []vg.Length, step, low, high vg.Length) {
	for i := range at {
		if at[i] = min(at[i], high); i > 0 {
			at[i] = min(at[i], at[i-1]-step)
		}
	}
	for i := len(at) - 1; i >= 0; i-- {
		if at[i] = max(at[i], low); i < len(at)-1 {
			at[i] = max(at[i], at[i+1]+step)
		}
	}
}

// middles are where classes have their middles, as shares from the top.
func middles(classes []run, n int) []float64 {
	var out []float64
	at := 0
	for _, c := range classes {
		out = append(out, (float64(at)+float64(c.n)/2)/float64(n))
		at += c.n
	}
	return out
}
