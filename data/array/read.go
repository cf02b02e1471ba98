package array

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Float32 returns the values in C order. Wider floats and integers are rounded to
// the nearest float32; bool is 0 or 1. ErrType for strings and objects.
func (a *Array) Float32() ([]float32, error) { return read[float32](a) }

// Float64 returns the values in C order. Integers beyond 2^53 are rounded.
// ErrType for strings and objects.
func (a *Array) Float64() ([]float64, error) { return read[float64](a) }

// Int64 returns the values of a bool or integer array in C order. ErrType for
// other kinds and for unsigned values of 2^63 and more.
func (a *Array) Int64() ([]int64, error) {
	if a.DType.Kind > Uint {
		return nil, fmt.Errorf("%w: %s as int64", ErrType, a.DType)
	}
	v, err := read[int64](a)
	if err == nil && a.DType.Kind == Uint && a.DType.Size == 8 && slices.ContainsFunc(v, func(x int64) bool { return x < 0 }) {
		return nil, fmt.Errorf("%w: an unsigned value of 2^63 or more as int64", ErrType)
	}
	return v, err
}

// Strings returns the values of an S or U array in C order, without the zeros
// that pad them. S bytes are taken as UTF-8.
func (a *Array) Strings() ([]string, error) {
	if a.DType.Kind != Bytes && a.DType.Kind != Unicode {
		return nil, fmt.Errorf("%w: %s as strings", ErrType, a.DType)
	}
	n, size := a.Len(), a.DType.Size
	out := make([]string, n)
	if n == 0 || size == 0 {
		return out, nil
	}
	span, err := a.span()
	if err != nil {
		return nil, err
	}
	i := 0
	a.walk(func(at int) {
		out[i] = text(span[(at-a.offset)*size:][:size], a.DType)
		i++
	})
	return out, nil
}

// Bytes returns the values in C order as they are stored, little end first.
func (a *Array) Bytes() ([]byte, error) {
	if a.DType.Kind == Object {
		return nil, fmt.Errorf("%w: objects as bytes", ErrType)
	}
	n, size := a.Len(), a.DType.Size
	out := make([]byte, 0, n*size)
	if n == 0 || size == 0 {
		return out, nil
	}
	span, err := a.span()
	if err != nil {
		return nil, err
	}
	a.walk(func(at int) { out = append(out, span[(at-a.offset)*size:][:size]...) })
	if unit := a.DType.unit(); a.DType.Big {
		for i := 0; i < len(out); i += unit {
			slices.Reverse(out[i : i+unit])
		}
	}
	return out, nil
}

// Chunks calls fn with successive runs of the values as float64, in the order of
// the file when the array is stored without gaps, else in C order; at most
// bufferSize/8 values a call. fn must not keep the slice.
func (a *Array) Chunks(fn func([]float64) error) error {
	if !a.DType.Numeric() {
		return fmt.Errorf("%w: %s as float64", ErrType, a.DType)
	}
	if _, ok := a.storageOrder(); ok {
		buf := make([]float64, bufferSize/8)
		return stream64(a, a.Len(), func(raw []byte) error {
			v := buf[:len(raw)/a.DType.Size]
			decode(v, raw, a.DType)
			return fn(v)
		})
	}
	v, err := a.Float64()
	for len(v) > 0 && err == nil {
		k := min(len(v), bufferSize/8)
		err = fn(v[:k])
		v = v[k:]
	}
	return err
}

const bufferSize = 1 << 18

func read[T float32 | float64 | int64](a *Array) ([]T, error) {
	if !a.DType.Numeric() {
		return nil, fmt.Errorf("%w: %s as numbers", ErrType, a.DType)
	}
	n := a.Len()
	out := make([]T, n)
	if n == 0 {
		return out, nil
	}
	order, dense := a.storageOrder()
	if !dense {
		span, err := a.span()
		if err != nil {
			return nil, err
		}
		i, size := 0, a.DType.Size
		a.walk(func(at int) {
			decode(out[i:i+1], span[(at-a.offset)*size:][:size], a.DType)
			i++
		})
		return out, nil
	}
	if slices.IsSorted(order) {
		done := 0
		err := stream64(a, n, func(raw []byte) error {
			k := len(raw) / a.DType.Size
			decode(out[done:done+k], raw, a.DType)
			done += k
			return nil
		})
		return out, err
	}
	scatter := newOdometer(a.Shape, cStrides(a.Shape), order)
	buf := make([]T, min(n, bufferSize/8))
	err := stream64(a, n, func(raw []byte) error {
		v := buf[:len(raw)/a.DType.Size]
		decode(v, raw, a.DType)
		for _, x := range v {
			out[scatter.at] = x
			scatter.next()
		}
		return nil
	})
	return out, err
}

// stream64 hands out the bytes of n values from a's offset on, in whole values,
// at most bufferSize/8 of them at a time.
func stream64(a *Array, n int, fn func(raw []byte) error) (err error) {
	size := a.DType.Size
	rc, err := a.source.Open(int64(a.offset) * int64(size))
	if err != nil {
		return err
	}
	defer func() {
		if e := rc.Close(); err == nil {
			err = e
		}
	}()
	buf := make([]byte, min(n, bufferSize/8)*size)
	for n > 0 {
		k := min(n, len(buf)/size)
		if _, err := io.ReadFull(rc, buf[:k*size]); err != nil {
			return fmt.Errorf("array: %d values short: %w", n, err)
		}
		if err := fn(buf[:k*size]); err != nil {
			return err
		}
		n -= k
	}
	return nil
}

// span reads the stored bytes from the array's first value to its last.
func (a *Array) span() ([]byte, error) {
	last := 0
	for k, s := range a.strides {
		last += (a.Shape[k] - 1) * s
	}
	rc, err := a.source.Open(int64(a.offset) * int64(a.DType.Size))
	if err != nil {
		return nil, err
	}
	b := make([]byte, (last+1)*a.DType.Size)
	_, err = io.ReadFull(rc, b)
	if e := rc.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, fmt.Errorf("array: %w", err)
	}
	return b, nil
}

// walk calls fn with the storage element of each value in C order.
func (a *Array) walk(fn func(at int)) {
	order := make([]int, len(a.Shape))
	for k := range order {
		order[k] = k
	}
	o := newOdometer(a.Shape, a.strides, order)
	o.at = a.offset
	for range a.Len() {
		fn(o.at)
		o.next()
	}
}

// storageOrder returns the axes from slowest to fastest in storage, and whether
// the values fill their span without gap or overlap.
func (a *Array) storageOrder() ([]int, bool) {
	var order []int
	for k, d := range a.Shape {
		if d != 1 { // the stride of a single index says nothing
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return a.strides[j] - a.strides[i] })
	step := 1
	for _, k := range slices.Backward(order) {
		if a.strides[k] != step {
			return nil, false
		}
		step *= a.Shape[k]
	}
	return order, true
}

// odometer counts through a shape, the last axis of order fastest, and keeps the
// sum of index times stride.
type odometer struct {
	at                    int
	shape, strides, index []int
}

func newOdometer(shape, strides, order []int) *odometer {
	o := &odometer{index: make([]int, len(order))}
	for _, k := range order {
		o.shape = append(o.shape, shape[k])
		o.strides = append(o.strides, strides[k])
	}
	return o
}

func (o *odometer) next() {
	for k := len(o.shape) - 1; k >= 0; k-- {
		o.at += o.strides[k]
		if o.index[k]++; o.index[k] < o.shape[k] {
			return
		}
		o.at -= o.strides[k] * o.shape[k]
		o.index[k] = 0
	}
}

func text(raw []byte, dt DType) string {
	if dt.Kind == Bytes {
		return strings.TrimRight(string(raw), "\x00")
	}
	var b strings.Builder
	for ; len(raw) >= 4; raw = raw[4:] {
		b.WriteRune(rune(order(dt).Uint32(raw)))
	}
	return strings.TrimRight(b.String(), "\x00")
}

// Encode writes the values in C order, little end first, without holding them
// when they are stored so. ErrType for objects.
func (a *Array) Encode(w io.Writer) error {
	if order, dense := a.storageOrder(); dense && slices.IsSorted(order) && a.DType.Numeric() && !a.DType.Big {
		return stream64(a, a.Len(), func(raw []byte) error {
			_, err := w.Write(raw)
			return err
		})
	}
	b, err := a.Bytes()
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// At returns the value at position i of C order as float64. It opens the source
// anew: for a few values, not for a loop over all.
func (a *Array) At(i int) (float64, error) {
	if !a.DType.Numeric() {
		return 0, fmt.Errorf("%w: %s as float64", ErrType, a.DType)
	}
	if i < 0 || i >= a.Len() {
		return 0, fmt.Errorf("array: value %d of %d", i, a.Len())
	}
	one := *a
	one.Shape, one.strides = nil, nil
	for k, d := range slices.Backward(a.Shape) {
		one.offset += i % d * a.strides[k]
		i /= d
	}
	v, err := one.Float64()
	if err != nil {
		return 0, err
	}
	return v[0], nil
}
