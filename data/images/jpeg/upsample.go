package jpeg

// upsampler hands out the rows of a component at the size of the image.
//
// Halved axes are interpolated with the triangle filter of libjpeg (each new sample
// is 3/4 of the nearer and 1/4 of the further one, rounded alternately up and
// down); other ratios, and very narrow planes, are replicated, as libjpeg does.
type upsampler struct {
	c      *component
	h, v   int // how many times narrower and lower than the image
	smooth bool
	out    []byte
	sums   []int32
}

func newUpsampler(c *component, hMax, vMax int) upsampler {
	u := upsampler{c: c, h: hMax / c.h, v: vMax / c.v}
	switch {
	case u.h == 2 && u.v <= 2:
		u.smooth = c.width > 2
	case u.h == 1 && u.v == 2:
		u.smooth = true
	}
	if u.h > 1 || u.v > 1 {
		u.out = make([]byte, u.h*c.width)
		u.sums = make([]int32, c.width)
	}
	return u
}

// row returns row y of the image; it is valid until the next call.
func (u *upsampler) row(y int) []byte {
	c := u.c
	line := func(r int) []byte {
		r = min(max(r, 0), c.height-1)
		return c.plane[r*c.stride:][:c.width]
	}
	near := line(y / u.v)
	further := near
	if u.v == 2 {
		further = line(y/2 - 1 + y%2*2)
	}
	switch {
	case u.h == 1 && u.v == 1:
		return near
	case !u.smooth:
		for x, v := range near {
			for i := range u.h {
				u.out[x*u.h+i] = v
			}
		}
	case u.h == 1:
		bias := int32(1 + y%2)
		for x, v := range near {
			u.out[x] = byte((3*int32(v) + int32(further[x]) + bias) >> 2)
		}
	case u.v == 1:
		for x, v := range near {
			u.sums[x] = int32(v)
		}
		widen(u.out, u.sums, 1, 2, 2)
	default:
		for x, v := range near {
			u.sums[x] = 3*int32(v) + int32(further[x])
		}
		widen(u.out, u.sums, 8, 7, 4)
	}
	return u.out
}

// widen doubles a row of at least two sums: left samples are rounded with the bias
// left, right ones with right, and divided by 2^shift.
func widen(out []byte, sums []int32, left, right int32, shift uint) {
	n := len(sums)
	out = out[:2*n]
	out[0] = byte((4*sums[0] + left) >> shift)
	out[2*n-1] = byte((4*sums[n-1] + right) >> shift)
	prev := sums[0]
	for x := 1; x < n; x++ {
		s := sums[x]
		out[2*x-1] = byte((3*prev + s + right) >> shift)
		out[2*x] = byte((3*s + prev + left) >> shift)
		prev = s
	}
}
