package jpeg

// space is how the components are coded.
type space int

const (
	asIs space = iota
	ycc        // YCbCr, to RGB
	ycck       // YCbCr of inverted CMY, and K
)

// space decides as libjpeg does: by the JFIF marker, the Adobe marker, and the
// names of the components.
func (d *decoder) space() space {
	switch len(d.comps) {
	case 3:
		switch {
		case d.jfif:
			return ycc
		case d.adobe:
			if d.transform == 0 {
				return asIs
			}
			return ycc
		case d.comps[0].id == 'R' && d.comps[1].id == 'G' && d.comps[2].id == 'B':
			return asIs
		}
		return ycc
	case 4:
		if d.adobe && d.transform != 0 {
			return ycck
		}
	}
	return asIs
}

// The colour conversion of JFIF in fixed point with 16 bits; the tables of Cb and
// Cr are indexed by the sample.
var crR, cbB, crG, cbG = func() (crR, cbB, crG, cbG [256]int32) {
	const half = 1 << 15
	for i := range int32(256) {
		x := i - 128
		crR[i] = (91881*x + half) >> 16  // 1.40200
		cbB[i] = (116130*x + half) >> 16 // 1.77200
		crG[i] = -46802 * x              // 0.71414
		cbG[i] = -22554*x + half         // 0.34414
	}
	return
}()

// convert upsamples the planes and converts them, row by row.
func (d *decoder) convert() (*Image, error) {
	n := len(d.comps)
	img := &Image{Width: d.width, Height: d.height, Channels: n, Pix: make([]byte, d.width*d.height*n)}
	up := make([]upsampler, n)
	for i := range d.comps {
		up[i] = newUpsampler(&d.comps[i], d.hMax, d.vMax)
	}
	kind := d.space()
	var rows [4][]byte
	for y := range d.height {
		for i := range up {
			rows[i] = up[i].row(y)[:d.width]
		}
		out := img.Pix[y*d.width*n : (y+1)*d.width*n]
		switch {
		case kind != asIs:
			convertRow(out, rows[0], rows[1], rows[2], n)
			if kind == ycck {
				for x, k := range rows[3] {
					o := out[4*x : 4*x+4]
					o[0], o[1], o[2], o[3] = 255-o[0], 255-o[1], 255-o[2], k
				}
			}
		default:
			for i := range n {
				for x, v := range rows[i] {
					out[x*n+i] = v
				}
			}
		}
	}
	return img, nil
}

// convertRow turns YCbCr into RGB, step bytes a pixel.
func convertRow(out, ys, cbs, crs []byte, step int) {
	n := len(ys)
	cbs, crs, out = cbs[:n], crs[:n], out[:n*step]
	if vectors && step == 3 && n >= lanes {
		convertAVX2(&out[0], &ys[0], &cbs[0], &crs[0], n&^(lanes-1))
		if at := n - lanes; n%lanes > 0 {
			convertAVX2(&out[3*at], &ys[at], &cbs[at], &crs[at], lanes)
		}
		return
	}
	at := 0
	for x, c := range ys {
		y, cb, cr := int32(c), cbs[x], crs[x]
		o := (*[3]byte)(out[at:])
		o[0] = clamp(y + crR[cr])
		o[1] = clamp(y + (cbG[cb]+crG[cr])>>16)
		o[2] = clamp(y + cbB[cb])
		at += step
	}
}
