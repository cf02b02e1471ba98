package gram

import "fmt"

// Float is the element type of a block.
type Float interface{ float32 | float64 }

// Source is a rows x columns matrix that is read in blocks.
type Source[T Float] interface {
	Dims() (rows, cols int)
	// Block copies rows [r0,r1) and columns [c0,c1) to dst, row by row, stride
	// values apart. It is called from several goroutines at once.
	Block(dst []T, stride, r0, r1, c0, c1 int) error
}

// Dense is a matrix of In in memory, row-major, given out in blocks of Out.
type Dense[In, Out Float] struct {
	Data       []In // rows x cols
	Rows, Cols int
	Shift      []float64 // nil, or what is subtracted from each row, in float64
}

// Dims gives the shape.
func (d *Dense[In, Out]) Dims() (rows, cols int) { return d.Rows, d.Cols }

// Block implements Source.
func (d *Dense[In, Out]) Block(dst []Out, stride, r0, r1, c0, c1 int) error {
	if len(d.Data) != d.Rows*d.Cols {
		return fmt.Errorf("gram: %d values for %d x %d", len(d.Data), d.Rows, d.Cols)
	}
	for r := r0; r < r1; r++ {
		shift := 0.0
		if d.Shift != nil {
			shift = d.Shift[r]
		}
		Convert(dst[(r-r0)*stride:][:c1-c0], d.Data[r*d.Cols+c0:r*d.Cols+c1], shift)
	}
	return nil
}

// Convert sets dst[i] = src[i] - shift. From float32 to float32 the shift is
// taken in two float32 parts, which rounds at most once more than a subtraction
// in float64 does and takes a third of the time.
func Convert[In, Out Float](dst []Out, src []In, shift float64) {
	dst = dst[:len(src)]
	in, single := any(src).([]float32)
	if out, ok := any(dst).([]float32); ok && single {
		subtract(out, in, shift)
		return
	}
	n := 0
	if out, ok := any(dst).([]float64); ok && single && vectors && len(src) >= 8 {
		n = len(src) / 8 * 8
		widen8(&out[0], &in[0], n, shift)
	}
	for i, v := range src[n:] {
		dst[n+i] = Out(float64(v) - shift)
	}
}

// Centre sets dst[i] = src[i] - mean[i], in float64.
func Centre[In Float](dst []float64, src []In, mean []float64) {
	n := 0
	if in, ok := any(src).([]float32); ok && vectors && len(src) >= 8 {
		n = len(src) / 8 * 8
		centre8(&dst[:len(src)][0], &in[0], n, &mean[:len(src)][0])
	}
	for i, v := range src[n:] {
		dst[n+i] = float64(v) - mean[n+i]
	}
}

func subtract(dst, src []float32, shift float64) {
	high := float32(shift)
	low := float32(shift - float64(high))
	n := 0
	if vectors && len(src) >= 16 {
		n = len(src) / 16 * 16
		shift16(&dst[0], &src[0], n, high, low)
	}
	for i, v := range src[n:] {
		d := v - high
		dst[n+i] = d - low
	}
}

// Sum adds the values in float64.
func Sum[T Float](x []T) float64 {
	n, s := 0, 0.0
	if in, ok := any(x).([]float32); ok && vectors && len(x) >= 16 {
		n = len(x) / 16 * 16
		s = total16(&in[0], n)
	}
	for _, v := range x[n:] {
		s += float64(v)
	}
	return s
}
