package synth

import (
	"math"
	"math/rand/v2"

	"realnet/data/images"
)

// scene is an object ready to be drawn. Lengths are in half sides of the image, from
// -1 at the left and top to 1.
type scene struct {
	x, y, cos, sin  float64 // centre and tilt
	radius, squeeze float64
	lobes, depth    float64
	colour          [3]float64
	kx, ky          float64 // wave vector of the texture
	contrast        float64
	background      float64
	behind          []disc
	upon            []disc // in the object's frame
}

// disc is a soft-edged spot of one grey or colour.
type disc struct {
	x, y, radius float64
	colour       [3]float64
	opacity      float64
}

func newScene(o object, jitter float64, r *rand.Rand) scene {
	a := o.attributes
	s := scene{x: (a[positionX] - 0.5) * 2 * jitter, y: (a[positionY] - 0.5) * 2 * jitter, lobes: float64(o.lobes), depth: o.depth / 2}
	s.sin, s.cos = math.Sincos((a[tilt] - 0.5) * math.Pi / 2)
	s.squeeze = 1 + 0.4*a[elongation]
	// The area depends on size alone: not on the outline, not on the elongation.
	s.radius = (0.36 + 0.22*a[size]) * math.Sqrt(s.squeeze/(1+s.depth*s.depth/2))
	h := a[hue] * 1.5 * math.Pi // not the full circle: distances in hue grow with differences
	for c := range s.colour {
		s.colour[c] = 0.5 + (0.05+0.15*a[saturation])*math.Cos(h-float64(c)*2*math.Pi/3)
	}
	k := 4 + 20*a[textureFrequency]
	s.ky, s.kx = math.Sincos(a[textureOrientation] * math.Pi / 2)
	s.kx, s.ky = s.kx*k, s.ky*k
	s.contrast, s.background = 0.7*a[textureContrast], 0.2+0.6*a[background]
	for range 8 {
		grey := r.Float64()
		s.behind = append(s.behind, disc{2*r.Float64() - 1, 2*r.Float64() - 1, 0.1 + 0.25*r.Float64(), [3]float64{grey, grey, grey}, 0.6 * a[clutter]})
	}
	s.dress(a)
	return s
}

// dress puts highlight, seeds and eyes upon the object.
func (s *scene) dress(a [attributeCount]float64) {
	u := s.radius
	s.upon = append(s.upon, disc{-0.3 * u, -0.42 * u, 0.2 * u, [3]float64{1, 1, 1}, 0.9 * a[gloss]})
	const seeds = 9
	for i := range seeds {
		sin, cos := math.Sincos(2.4 * float64(i)) // the golden angle
		d := 0.75 * u * math.Sqrt((float64(i)+0.5)/seeds)
		s.upon = append(s.upon, disc{d * cos, d * sin, 0.12 * u, [3]float64{0.95, 0.85, 0.3}, a[food]})
	}
	for _, side := range []float64{-1, 1} {
		x, y := side*0.26*u, -0.08*u
		s.upon = append(s.upon,
			disc{x, y, 0.23 * u, [3]float64{1, 1, 1}, a[animacy]},
			disc{x, y, 0.13 * u, [3]float64{0, 0, 0}, a[animacy]})
	}
}

// render draws the scene. Edges are as soft as a pixel is wide.
func (s scene) render(side int) images.RGB {
	im := images.New(side, side)
	pixel := 2 / float64(side)
	for row := range side {
		y := (float64(row)+0.5)*pixel - 1
		for column := range side {
			x := (float64(column)+0.5)*pixel - 1
			colour := s.at(x, y, pixel)
			for c, v := range colour {
				im.Pix[3*(row*side+column)+c] = byte(math.Round(255 * min(max(v, 0), 1)))
			}
		}
	}
	return im
}

func (s scene) at(x, y, pixel float64) [3]float64 {
	colour := [3]float64{s.background, s.background, s.background}
	dx, dy := x-s.x, y-s.y
	u, v := dx*s.cos+dy*s.sin, (dy*s.cos-dx*s.sin)*s.squeeze
	inside := s.cover(u, v, pixel)
	if inside < 1 {
		for _, d := range s.behind {
			d.paint(&colour, x, y, pixel)
		}
	}
	if inside == 0 {
		return colour
	}
	wave := 1 - s.contrast*(0.5+0.5*math.Sin(dx*s.kx+dy*s.ky))
	var object [3]float64
	for c := range object {
		object[c] = s.colour[c] * wave * (1 + s.contrast/2) // as bright as without texture
	}
	for _, d := range s.upon {
		d.paint(&object, u, v, pixel)
	}
	for c := range colour {
		colour[c] += inside * (object[c] - colour[c])
	}
	return colour
}

// cover is the share of a pixel at (u, v) of the object's frame that is within the
// outline, r = radius (1 + depth cos(lobes angle)).
func (s scene) cover(u, v, pixel float64) float64 {
	r := math.Hypot(u, v)
	if r >= s.radius*(1+s.depth)+2*pixel {
		return 0
	}
	if r <= s.radius*(1-s.depth)-2*pixel {
		return 1
	}
	sin, cos := math.Sincos(s.lobes * math.Atan2(v, u))
	edge := s.radius * (1 + s.depth*cos)
	slope := s.radius * s.depth * s.lobes * sin / max(r, pixel)
	return min(max(0.5+(edge-r)/(pixel*math.Sqrt(1+slope*slope)), 0), 1)
}

func (d disc) paint(colour *[3]float64, x, y, pixel float64) {
	dx, dy := x-d.x, y-d.y
	limit := d.radius + pixel
	square := dx*dx + dy*dy
	if square >= limit*limit || d.opacity == 0 {
		return
	}
	a := d.opacity * min(max(0.5+(d.radius-math.Sqrt(square))/pixel, 0), 1)
	for c := range colour {
		colour[c] += a * (d.colour[c] - colour[c])
	}
}
