package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/draw"
	"image/png"
	"regexp"
	"strings"
)

var pageImage = regexp.MustCompile(`<image style="[^"]*" x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)" xlink:href="data:image/png;base64,([^"]*)" transform="([^"]*)" />`)

// shareImages puts the images of the drawings into the page once each, a pixel a cell, and
// refers to them: most of them are in several figures, and in the wide and the narrow
// drawing. It returns the images.
func shareImages(first *shown, rest []shown) template.HTML {
	var defs strings.Builder
	names := map[string]string{}
	share := func(drawing template.HTML) template.HTML {
		return template.HTML(pageImage.ReplaceAllStringFunc(string(drawing), func(text string) string {
			m := pageImage.FindStringSubmatch(text)
			name, ok := names[m[5]]
			if !ok {
				name = fmt.Sprintf("image-%d", len(names))
				names[m[5]] = name
				fmt.Fprintf(&defs, `<image id="%s" width="1" height="1" preserveAspectRatio="none" style="image-rendering:pixelated" href="data:image/png;base64,%s"/>`+"\n", name, smaller(m[5]))
			}
			return fmt.Sprintf(`<use href="#%s" transform="%s translate(%s %s) scale(%s %s)"/>`, name, m[6], m[1], m[2], m[3], m[4])
		}))
	}
	if first != nil {
		first.Drawing, first.Narrow = share(first.Drawing), share(first.Narrow)
	}
	for i := range rest {
		rest[i].Drawing, rest[i].Narrow = share(rest[i].Drawing), share(rest[i].Narrow)
	}
	return template.HTML(defs.String())
}

// smaller is a PNG in base64 with one pixel for each block of equal ones: the page shows
// pixels as they are. What is no PNG comes back as it is.
func smaller(text string) string {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return text
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return text
	}
	size := img.Bounds().Size()
	same := func(ax, ay, bx, by int) bool { return img.At(ax, ay) == img.At(bx, by) }
	across := blockOf(size.X, func(a, b int) bool {
		for y := range size.Y {
			if !same(a, y, b, y) {
				return false
			}
		}
		return true
	})
	down := blockOf(size.Y, func(a, b int) bool {
		for x := range size.X {
			if !same(x, a, x, b) {
				return false
			}
		}
		return true
	})
	if across*down == 1 {
		return text
	}
	rect := image.Rect(0, 0, size.X/across, size.Y/down)
	var out draw.Image = image.NewNRGBA(rect)
	if p, ok := img.(*image.Paletted); ok {
		out = image.NewPaletted(rect, p.Palette)
	}
	for y := range rect.Max.Y {
		for x := range rect.Max.X {
			out.Set(x, y, img.At(x*across, y*down))
		}
	}
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, out); err != nil {
		return text
	}
	return base64.StdEncoding.EncodeToString(small.Bytes())
}

// blockOf is the largest number that divides n so that lines of one block are the same.
func blockOf(n int, same func(a, b int) bool) int {
	for block := n; block > 1; block-- {
		if n%block != 0 {
			continue
		}
		alike := true
		for i := 1; i < n && alike; i++ {
			alike = i%block == 0 || same(i-1, i)
		}
		if alike {
			return block
		}
	}
	return 1
}
