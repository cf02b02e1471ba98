package figures

import (
	"image"
	"image/color"
	"math"
	"sort"
)

// anchors of a map from dark blue to yellow whose lightness rises evenly, so
// that it reads the same in grey and with any colour vision: ten colours of
// viridis (Smith and van der Walt, in the public domain).
var anchors = [10][3]float64{
	{68, 1, 84},
	{72, 40, 120},
	{62, 73, 137},
	{49, 104, 142},
	{38, 130, 142},
	{31, 158, 137},
	{53, 183, 121},
	{110, 206, 88},
	{181, 222, 43},
	{253, 231, 37},
}

// perceptual returns the colour of v between 0 and 1.
func perceptual(v float64) color.NRGBA {
	if math.IsNaN(v) {
		return color.NRGBA{128, 128, 128, 255}
	}
	at := min(max(v, 0), 1) * float64(len(anchors)-1)
	i := min(int(at), len(anchors)-2)
	f := at - float64(i)
	mix := func(k int) uint8 { return uint8(math.Round(anchors[i][k]*(1-f) + anchors[i+1][k]*f)) }
	return color.NRGBA{mix(0), mix(1), mix(2), 255}
}

// diverging returns the colour of v between 0 and 1 where 0.5 is no difference: from
// blue over white to orange, even in lightness on both sides.
func diverging(v float64) color.NRGBA {
	if math.IsNaN(v) {
		return color.NRGBA{128, 128, 128, 255}
	}
	v = min(max(2*v-1, -1), 1)
	end := [3]float64{179, 88, 6}
	if v < 0 {
		end = [3]float64{33, 102, 172}
	}
	mix := func(k int) uint8 { return uint8(math.Round(247 + (end[k]-247)*math.Abs(v))) }
	return color.NRGBA{mix(0), mix(1), mix(2), 255}
}

// percentiles replaces values by their ranks between 0 and 1, equal values by
// the mean of theirs; NaN stays NaN and has no rank.
func percentiles(values []float64) []float64 {
	order := make([]int, 0, len(values))
	for i, v := range values {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return values[order[a]] < values[order[b]] })
	out := make([]float64, len(values))
	for i := range out {
		out[i] = math.NaN()
	}
	for i := 0; i < len(order); {
		j := i
		for j+1 < len(order) && values[order[j+1]] == values[order[i]] {
			j++
		}
		for k := i; k <= j; k++ {
			out[order[k]] = float64(i+j) / 2 / max(float64(len(order)-1), 1)
		}
		i = j + 1
	}
	return out
}

// square draws an upper triangle as a full matrix, each cell a block of pixels so that no
// viewer blurs it; the diagonal and pairs without a value are grey.
func square(triangle []float64, n int) image.Image {
	block := max(1, (160+n-1)/n)
	img := image.NewPaletted(image.Rect(0, 0, n*block, n*block), steps)
	fill := func(i, j int, c uint8) {
		for y := i * block; y < (i+1)*block; y++ {
			for x := j * block; x < (j+1)*block; x++ {
				img.SetColorIndex(x, y, c)
			}
		}
	}
	ranks := percentiles(triangle)
	k := 0
	for i := range n {
		fill(i, i, diagonal)
		for j := i + 1; j < n; j++ {
			c := uint8(diagonal)
			if !math.IsNaN(ranks[k]) {
				c = uint8(math.Round(ranks[k] * (diagonal - 1)))
			}
			fill(i, j, c)
			fill(j, i, c)
			k++
		}
	}
	return img
}

// diagonal is the index of the diagonal's grey in steps.
const diagonal = 63

// steps are 63 colours of the map, more than the eye tells apart in a matrix, and the
// diagonal's grey.
var steps = func() color.Palette {
	p := make(color.Palette, diagonal+1)
	for i := range diagonal {
		p[i] = perceptual(float64(i) / (diagonal - 1))
	}
	p[diagonal] = color.NRGBA{160, 160, 160, 255}
	return p
}()
