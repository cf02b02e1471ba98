package figures

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"regexp"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
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
}

// margin keeps marks and tick labels off the edge of the canvas.
const margin = vg.Length(7)

// finish draws the figure at w x h points.
func (f Figure) finish(w, h vg.Length, paint func(draw.Canvas)) (Figure, error) {
	svg := vgsvg.New(w, h)
	paint(draw.Crop(draw.New(svg), margin, -margin, margin, -margin))
	var text bytes.Buffer
	if _, err := svg.WriteTo(&text); err != nil {
		return f, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	drawing := texts(text.Bytes())
	f.SVG, f.Inline = onPaper(drawing), inline(drawing, f.Alt)
	img := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(144), vgimg.UseBackgroundColor(color.White))
	paint(draw.Crop(draw.New(img), margin, -margin, margin, -margin))
	var png bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: img}).WriteTo(&png); err != nil {
		return f, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	f.PNG = png.Bytes()
	return f, nil
}

var (
	svgHead   = regexp.MustCompile(`(?s)^.*?<svg [^>]*?>`)
	svgSize   = regexp.MustCompile(`<svg width="[^"]*" height="[^"]*"\s*(viewBox="[^"]*")`)
	svgText   = regexp.MustCompile(`<text ([^>]*font-size:([0-9.]+)px[^>]*)>([^<]*)</text>`)
	darkBlue  = regexp.MustCompile(`(?i)#0072b2`)
	svgFamily = regexp.MustCompile(`font-family:Liberation Sans[^;"]*`)
)

// family names fonts of the same widths, the first one is what was measured.
const family = "font-family:'Liberation Sans',Arimo,Helvetica,Arial,sans-serif"

// texts states the family and the measured length of every text, so that a
// viewer with another font does not run it into its neighbours.
func texts(svg []byte) []byte {
	svg = bytes.ReplaceAll(svg, []byte("data:image/jpg;base64,"), []byte("data:image/png;base64,")) // what the images are
	return svgText.ReplaceAllFunc(svgFamily.ReplaceAll(svg, []byte(family)), func(b []byte) []byte {
		m := svgText.FindSubmatch(b)
		size, err := strconv.ParseFloat(string(m[2]), 64)
		if err != nil {
			return b
		}
		width := textStyle(vg.Length(size)).Width(html.UnescapeString(string(m[3])))
		return fmt.Appendf(nil, `<text textLength="%.4g" lengthAdjust="spacingAndGlyphs" %s>%s</text>`, width.Points(), m[1], m[3])
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
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"%s role="img" aria-label="%s" fill="currentColor">`, view, escape(alt))
	out.Write(rest)
	return bytes.TrimSpace(out.Bytes())
}

// panels draws plots in rows of the given number of columns, their axes
// aligned, below a legend. A nil plot leaves its place empty.
func panels(plots []*plot.Plot, columns int, key []entry) func(draw.Canvas) {
	return func(c draw.Canvas) {
		top := drawKey(c, key)
		c = draw.Crop(c, 0, 0, 0, -top)
		rows := (len(plots) + columns - 1) / columns
		grid := make([][]*plot.Plot, rows)
		for i := range grid {
			grid[i] = make([]*plot.Plot, columns)
			copy(grid[i], plots[i*columns:min(len(plots), (i+1)*columns)])
		}
		tiles := draw.Tiles{Rows: rows, Cols: columns, PadX: 10, PadY: 12}
		for i, row := range plot.Align(grid, tiles, c) {
			for j, canvas := range row {
				if grid[i][j] != nil {
					grid[i][j].Draw(canvas)
				}
			}
		}
	}
}
