package kernels

// gather reads the rows of the implicit matrix of a convolution ("im2col")
// from a channels-last image: row (n, i, j) holds, for every run of taps, the
// values at (i*step+dh, j*step+dw .. ), zero outside the image.
type gather struct {
	src     []float32
	h, w, c int // source image
	gh, gw  int // rows of the matrix per image: gh x gw
	step    int
	runs    []run
	width   int // columns of the matrix
}

// run is a stretch of taps side by side in one row of the filter; in memory
// their values follow each other.
type run struct{ dh, dw, taps int }

// newGather adds the taps in order.
func newGather(src []float32, h, w, c, gh, gw, step int, runs []run) gather {
	g := gather{src: src, h: h, w: w, c: c, gh: gh, gw: gw, step: step, runs: runs}
	for _, r := range runs {
		g.width += r.taps * c
	}
	return g
}

// plain reports that the matrix is the source itself, row by row.
func (g *gather) plain() bool {
	return g.step == 1 && g.gh == g.h && g.gw == g.w && len(g.runs) == 1 && g.runs[0] == run{0, 0, 1}
}

// fill copies rows r0..r1, columns k0..k1 to dst, rows ld apart.
func (g *gather) fill(dst []float32, ld, r0, r1, k0, k1 int) {
	n, i, j := r0/(g.gh*g.gw), r0/g.gw%g.gh, r0%g.gw
	for r := r0; r < r1; r++ {
		row := dst[(r-r0)*ld:][:k1-k0]
		start := 0 // column at which the run starts
		for _, t := range g.runs {
			size := t.taps * g.c
			lo, hi := max(k0-start, 0), min(k1-start, size)
			if lo < hi {
				g.fillRun(row[start+lo-k0:][:hi-lo], n, i*g.step+t.dh, j*g.step+t.dw, lo, hi)
			}
			start += size
		}
		if j++; j == g.gw {
			j = 0
			if i++; i == g.gh {
				i = 0
				n++
			}
		}
	}
}

// fillRun copies values lo..hi of the run that starts at pixel (h, w).
func (g *gather) fillRun(dst []float32, n, h, w, lo, hi int) {
	if h < 0 || h >= g.h {
		clear(dst)
		return
	}
	left, right := max(lo, -w*g.c), min(hi, (g.w-w)*g.c)
	if left >= right {
		clear(dst)
		return
	}
	clear(dst[:left-lo])
	at := ((n*g.h+h)*g.w+w)*g.c + left
	copy(dst[left-lo:right-lo], g.src[at:])
	clear(dst[right-lo:])
}

// forwardGather is the matrix N*OutH*OutW x K*K*Cin of a convolution's input.
func forwardGather(x []float32, c Conv) gather {
	runs := make([]run, c.K)
	for a := range runs {
		runs[a] = run{a - c.Pad, -c.Pad, c.K}
	}
	return newGather(x, c.H, c.W, c.Cin, c.OutH(), c.OutW(), c.Stride, runs)
}
