package figures

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"regexp"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Figure is one drawing with what a reader needs to read it.
type Figure struct {
	Name    string // of its files, such as similarity-shen2019
	Title   string
	Caption string   // what is shown, what marks and intervals are
	Alt     string   // what one sees, for those who do not see it
	Sources []string // ports of the report stage whose rows it shows
	SVG     []byte   // on white
	PNG     []byte   // on white, 144 dots an inch
	Inline  []byte   // SVG for a page: no background, ink in the page's colour
	Narrow  []byte   // the same for a phone, its panels below each other
	sheet   sheet
}

// margin keeps marks and tick labels off the edge of the canvas.
const margin = vg.Length(7)

// finish draws the figure.
func (f Figure) finish(s sheet) (Figure, error) {
	f.sheet = s
	width := s.width
	if width == 0 {
		width = wideWidth
	}
	h, paint := s.layout(width, s.columns)
	drawing, err := f.svg(width, h, paint)
	if err != nil {
		return f, err
	}
	f.SVG, f.Inline, f.Narrow = onPaper(drawing), inline(drawing, f.Alt), nil
	if width > narrowWidth {
		h, paint := s.layout(narrowWidth, max(1, s.narrow))
		narrow, err := f.svg(narrowWidth, h, paint)
		if err != nil {
			return f, err
		}
		f.Narrow = inline(narrow, f.Alt)
	}
	img := vgimg.NewWith(vgimg.UseWH(width, h), vgimg.UseDPI(144), vgimg.UseBackgroundColor(color.White))
	paint(draw.New(img))
	var png bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: img}).WriteTo(&png); err != nil {
		return f, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	f.PNG = png.Bytes()
	return f, nil
}

func (f Figure) svg(w, h vg.Length, paint func(draw.Canvas)) ([]byte, error) {
	canvas := vgsvg.New(w, h)
	paint(draw.New(canvas))
	var text bytes.Buffer
	if _, err := canvas.WriteTo(&text); err != nil {
		return nil, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	return texts(text.Bytes()), nil
}

// Export draws the figure anew at a width in points, such as that of a journal's
// column, as svg or pdf. Text keeps its size; panels for which there is no room stand
// below each other.
func (f Figure) Export(format string, width float64) ([]byte, error) {
	columns := f.sheet.columns
	if columns == 0 {
		columns = max(1, len(f.sheet.panels))
	}
	natural := f.sheet.width
	if natural == 0 {
		natural = wideWidth
	}
	w := vg.Length(width)
	if least := natural / vg.Length(columns); w < natural {
		columns = max(1, int(w/least), min(columns, f.sheet.narrow))
	}
	h, paint := f.sheet.layout(w, columns)
	switch format {
	case "svg":
		drawing, err := f.svg(w, h, paint)
		return onPaper(drawing), err
	case "pdf":
		canvas := vgpdf.New(w, h)
		paint(draw.New(outlined{canvas}))
		var out bytes.Buffer
		if _, err := canvas.WriteTo(&out); err != nil {
			return nil, fmt.Errorf("figure %s: %w", f.Name, err)
		}
		return out.Bytes(), nil
	}
	return nil, fmt.Errorf("figures: %q is neither svg nor pdf", format)
}

var (
	svgHead   = regexp.MustCompile(`(?s)^.*?<svg [^>]*?>`)
	svgSize   = regexp.MustCompile(`<svg [^>]*?width="[^"]*" height="[^"]*"\s*(viewBox="[^"]*")`)
	svgText   = regexp.MustCompile(`<text ([^>]*?)\s*style="[^"]*font-size:([0-9.]+)px"[^>]*>([^<]*)</text>`)
	darkBlue  = regexp.MustCompile(`(?i)#0072b2`)
	svgOpen   = regexp.MustCompile(`<svg `)
	svgUnseen = regexp.MustCompile(`<path [^>]*style="fill:none;[^"]*stroke-opacity:0[;"][^>]*/>\n?`)
	svgOpaque = regexp.MustCompile(`;(stroke|fill)-opacity:1([;"])`)
)

// family names fonts of the same widths, the first one is what was measured.
const family = "font-family:'Liberation Sans',Arimo,Helvetica,Arial,sans-serif"

// texts states the family once and the measured length of every text, so that a
// viewer with another font does not run it into its neighbours. What cannot be seen is
// left out.
func texts(svg []byte) []byte {
	svg = bytes.ReplaceAll(svg, []byte("data:image/jpg;base64,"), []byte("data:image/png;base64,")) // what the images are
	svg = bytes.ReplaceAll(svg, []byte("<image "), []byte(`<image style="image-rendering:pixelated" `))
	svg = svgOpen.ReplaceAll(svg, []byte(`<svg style="`+family+`" `))
	svg = svgOpaque.ReplaceAll(svgUnseen.ReplaceAll(svg, nil), []byte("$2"))
	return svgText.ReplaceAllFunc(svg, func(b []byte) []byte {
		m := svgText.FindSubmatch(b)
		size, err := strconv.ParseFloat(string(m[2]), 64)
		if err != nil {
			return b
		}
		width := textStyle(vg.Length(size)).Width(html.UnescapeString(string(m[3])))
		return fmt.Appendf(nil, `<text textLength="%.4g" lengthAdjust="spacingAndGlyphs" font-size="%s" %s>%s</text>`, width.Points(), m[2], m[1], m[3])
	})
}

// onPaper puts the drawing on white.
func onPaper(svg []byte) []byte {
	head := svgHead.Find(svg)
	return append(append(append([]byte(nil), head...), "\n<rect width=\"100%\" height=\"100%\" style=\"fill:#fff\"/>"...), svg[len(head):]...)
}

// inline makes the drawing part of a page: it scales with the page, its ink is
// the page's, and it has a text for those who do not see it.
func inline(svg []byte, alt string) []byte {
	head := svgHead.Find(svg)
	size := svgSize.FindSubmatch(head)
	view := ""
	if size != nil {
		view = " " + string(size[1])
	}
	rest := bytes.ReplaceAll(svg[len(head):], []byte("stroke:#000000"), []byte("stroke:currentColor"))
	rest = darkBlue.ReplaceAll(rest, []byte("var(--blue,$0)")) // lighter on a dark page
	rest = bytes.ReplaceAll(rest, []byte("\t"), nil)
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"%s role="img" aria-label="%s" fill="currentColor" style="%s">`, view, escape(alt), family)
	out.Write(rest)
	return bytes.TrimSpace(out.Bytes())
}
