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
	sums   []uint16 // of the samples, with a copy of the first before and of the last after
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
		u.sums = make([]uint16, c.width+2)
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
			u.sums[1+x] = uint16(v)
		}
		widen(u.out, u.sums, 1, 2, 2)
	default:
		blend(u.sums[1:], near, further)
		widen(u.out, u.sums, 8, 7, 4)
	}
	return u.out
}

// lanes is the number of samples that vector code takes at a time. A row that is no
// multiple of it ends with a vector that overlaps the one before.
const lanes = 16

// blend sets sums[i] = 3*near[i] + further[i].
func blend(sums []uint16, near, further []byte) {
	n := len(near)
	sums, further = sums[:n], further[:n]
	if vectors && n >= lanes {
		blendAVX2(&sums[0], &near[0], &further[0], n&^(lanes-1))
		if at := n - lanes; n%lanes > 0 {
			blendAVX2(&sums[at], &near[at], &further[at], lanes)
		}
		return
	}
	for x, v := range near {
		sums[x] = 3*uint16(v) + uint16(further[x])
	}
}

// widen doubles a row of sums, the first and the last of which are overwritten: left
// samples are rounded with the bias left, right ones with right, and divided by
// 2^shift.
func widen(out []byte, sums []uint16, left, right uint16, shift uint) {
	n := len(sums) - 2
	sums[0], sums[n+1] = sums[1], sums[n]
	out = out[:2*n]
	if vectors && n >= lanes {
		l, r, s := uint64(left), uint64(right), uint64(shift)
		widenAVX2(&out[0], &sums[1], n&^(lanes-1), l, r, s)
		if at := n - lanes; n%lanes > 0 {
			widenAVX2(&out[2*at], &sums[1+at], lanes, l, r, s)
		}
		return
	}
	prev, s := sums[0], sums[1]
	for x := range n {
		next := sums[x+2]
		out[2*x] = byte((3*s + prev + left) >> shift)
		out[2*x+1] = byte((3*s + next + right) >> shift)
		prev, s = s, next
	}
}
