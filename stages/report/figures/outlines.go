package figures

import (
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// outlined is a PDF that draws text which is not plain ASCII, such as ρ or −, as outlines:
// vgpdf writes its bytes as if they were Latin letters.
type outlined struct{ *vgpdf.Canvas }

// FillString implements vg.Canvas.
func (c outlined) FillString(face plotfont.Face, at vg.Point, text string) {
	ascii := true
	for i := range len(text) {
		ascii = ascii && text[i] < 0x80
	}
	if ascii {
		c.Canvas.FillString(face, at, text)
		return
	}
	c.Fill(outlines(face, at, text))
}

// outlines are those of a text that begins at a point; a letter that the font lacks is
// its empty box.
func outlines(face plotfont.Face, at vg.Point, text string) vg.Path {
	var path vg.Path
	var buffer sfnt.Buffer
	em := fixed.I(int(face.Face.UnitsPerEm()))
	unit := face.Font.Size / vg.Length(face.Face.UnitsPerEm()) / 64 // a fixed number has 64 parts
	x := fixed.Int26_6(0)
	var before sfnt.GlyphIndex
	for i, r := range []rune(text) {
		glyph, err := face.Face.GlyphIndex(&buffer, r)
		if err != nil {
			continue
		}
		if i > 0 {
			if kern, err := face.Face.Kern(&buffer, before, glyph, em, font.HintingNone); err == nil {
				x += kern
			}
		}
		place := func(p fixed.Point26_6) vg.Point {
			return vg.Point{X: at.X + vg.Length(x+p.X)*unit, Y: at.Y - vg.Length(p.Y)*unit}
		}
		segments, err := face.Face.LoadGlyph(&buffer, glyph, em, nil)
		if err != nil {
			continue
		}
		for k, s := range segments {
			switch s.Op {
			case sfnt.SegmentOpMoveTo:
				if k > 0 {
					path.Close()
				}
				path.Move(place(s.Args[0]))
			case sfnt.SegmentOpLineTo:
				path.Line(place(s.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(place(s.Args[0]), place(s.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubeTo(place(s.Args[0]), place(s.Args[1]), place(s.Args[2]))
			}
		}
		if len(segments) > 0 {
			path.Close()
		}
		if advance, err := face.Face.GlyphAdvance(&buffer, glyph, em, font.HintingNone); err == nil {
			x += advance
		}
		before = glyph
	}
	return path
}
