// Package contrast measures how far colours stand out, for the tests of the report
// (WCAG 2.2: 4.5 for text, 1.4.3, and 3 for marks, 1.4.11).
package contrast

import (
	"fmt"
	"image/color"
	"math"
)

// Parse reads a colour as CSS writes it: #rgb or #rrggbb.
func Parse(hex string) (color.NRGBA, error) {
	c := color.NRGBA{A: 255}
	form, scale := "#%02x%02x%02x", uint8(1)
	if len(hex) == 4 {
		form, scale = "#%1x%1x%1x", 17
	}
	if _, err := fmt.Sscanf(hex, form, &c.R, &c.G, &c.B); err != nil {
		return c, fmt.Errorf("colour %q: %w", hex, err)
	}
	c.R, c.G, c.B = c.R*scale, c.G*scale, c.B*scale
	return c, nil
}

// Over is what one sees of c on an opaque ground.
func Over(c, ground color.NRGBA) color.NRGBA {
	mix := func(a, b uint8) uint8 {
		return uint8(math.Round((float64(a)*float64(c.A) + float64(b)*(255-float64(c.A))) / 255))
	}
	return color.NRGBA{mix(c.R, ground.R), mix(c.G, ground.G), mix(c.B, ground.B), 255}
}

// Ratio is the contrast of two opaque colours, from 1 to 21.
func Ratio(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is relative luminance as WCAG 2.2 defines it.
func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}
