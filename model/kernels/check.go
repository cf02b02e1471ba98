package kernels

import "fmt"

// need panics unless a slice holds at least n values. It guards the assembly,
// which checks nothing.
func need[T Float](op, name string, s []T, n int) {
	if len(s) < n {
		panic(fmt.Sprintf("kernels: %s: %s holds %d values, the shape needs %d", op, name, len(s), n))
	}
}

func checkConv[T Float](op string, x, y, w []T, c Conv) {
	if err := c.Validate(); err != nil {
		panic("kernels: " + op + ": " + err.Error())
	}
	need(op, "the input side", x, c.InLen())
	need(op, "the output side", y, c.OutLen())
	need(op, "the weights", w, c.WeightLen())
}

// checkNorm checks full (Rows x C) and channel (C) operands; nil is absent.
func checkNorm[T Float](op string, b Norm, full [][]T, channel [][]T) {
	if b.Rows < 1 || b.C < 1 {
		panic(fmt.Sprintf("kernels: %s: shape %d x %d", op, b.Rows, b.C))
	}
	for _, s := range full {
		if s != nil {
			need(op, "a Rows x C operand", s, b.Rows*b.C)
		}
	}
	for _, s := range channel {
		need(op, "a channel operand", s, b.C)
	}
}

func checkPool[T Float](op string, x, y []T, p Pool, out int) {
	if p.N < 1 || p.H < 1 || p.W < 1 || p.C < 1 {
		panic(fmt.Sprintf("kernels: %s: shape %+v", op, p))
	}
	need(op, "the input side", x, p.InLen())
	need(op, "the output side", y, out)
}

func checkMaxPool[T Float](op string, x, y []T, p Pool) {
	if p.K < 1 || p.Stride < 1 || p.Pad < 0 || 2*p.Pad > p.K || p.H+2*p.Pad < p.K || p.W+2*p.Pad < p.K {
		panic(fmt.Sprintf("kernels: %s: window %+v", op, p))
	}
	checkPool(op, x, y, p, p.OutLen())
}

func checkLinear[T Float](op string, x, y, w []T, l Linear) {
	if l.N < 1 || l.In < 1 || l.Out < 1 {
		panic(fmt.Sprintf("kernels: %s: shape %+v", op, l))
	}
	need(op, "the input side", x, l.N*l.In)
	need(op, "the output side", y, l.N*l.Out)
	need(op, "the weights", w, l.In*l.Out)
}
