package kernels

import (
	"fmt"
	"math"
)

// Conv is the shape of a convolution with a square filter, without bias.
type Conv struct {
	N, H, W   int // batch, input height and width
	Cin, Cout int // channels
	K         int // filter height and width
	Stride    int
	Pad       int // zeros on every side
}

// OutH is the height of the output.
func (c Conv) OutH() int { return (c.H+2*c.Pad-c.K)/c.Stride + 1 }

// OutW is the width of the output.
func (c Conv) OutW() int { return (c.W+2*c.Pad-c.K)/c.Stride + 1 }

// InLen is the number of values of the input.
func (c Conv) InLen() int { return c.N * c.H * c.W * c.Cin }

// OutLen is the number of values of the output.
func (c Conv) OutLen() int { return c.N * c.OutH() * c.OutW() * c.Cout }

// WeightLen is the number of weights.
func (c Conv) WeightLen() int { return c.K * c.K * c.Cin * c.Cout }

// FLOPs is the work of one of the three passes computed directly, two for each
// multiply-add, the ones with padding included.
func (c Conv) FLOPs() float64 {
	return 2 * float64(c.N*c.OutH()*c.OutW()) * float64(c.WeightLen())
}

// Validate reports a shape that no kernel can run.
func (c Conv) Validate() error {
	if c.N < 1 || c.H < 1 || c.W < 1 || c.Cin < 1 || c.Cout < 1 || c.K < 1 || c.Stride < 1 || c.Pad < 0 {
		return fmt.Errorf("convolution %+v: sizes must be positive", c)
	}
	if c.H+2*c.Pad < c.K || c.W+2*c.Pad < c.K {
		return fmt.Errorf("convolution %+v: the filter is larger than the padded input", c)
	}
	return nil
}

// Norm is the shape of a batch normalisation.
type Norm struct {
	Rows, C int     // Rows is N*H*W
	Eps     float64 // PyTorch: 1e-5
	ReLU    bool    // rectify the output
}

// Pool is the shape of a pooling layer with a square window.
type Pool struct {
	N, H, W, C     int
	K, Stride, Pad int
}

// OutH is the height of the output.
func (p Pool) OutH() int { return (p.H+2*p.Pad-p.K)/p.Stride + 1 }

// OutW is the width of the output.
func (p Pool) OutW() int { return (p.W+2*p.Pad-p.K)/p.Stride + 1 }

// InLen is the number of values of the input.
func (p Pool) InLen() int { return p.N * p.H * p.W * p.C }

// OutLen is the number of values of the output of a maximum pooling.
func (p Pool) OutLen() int { return p.N * p.OutH() * p.OutW() * p.C }

// Linear is the shape of a fully connected layer.
type Linear struct{ N, In, Out int }

// Adam is one update of the Adam optimiser (Kingma & Ba 2015, algorithm 1) in
// the order of PyTorch's torch.optim.Adam without weight decay:
//
//	m = Beta1 m + (1-Beta1) g
//	v = Beta2 v + (1-Beta2) g g
//	p = p - LR/(1-Beta1^Step) * m / (sqrt(v)/sqrt(1-Beta2^Step) + Eps)
type Adam struct {
	LR, Beta1, Beta2, Eps float64
	Step                  int // counts from 1
}

// DefaultAdam is PyTorch's default but for the learning rate, which has none.
func DefaultAdam(lr float64) Adam { return Adam{LR: lr, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8} }

// adamScalars are the constants of one update in the element type.
type adamScalars[T Float] struct {
	beta1, alpha1, beta2, alpha2, rootCorrection, eps, step T
}

func scalars[T Float](a Adam) adamScalars[T] {
	if a.Step < 1 {
		panic(fmt.Sprintf("kernels: Adam step %d: steps count from 1", a.Step))
	}
	c1 := 1 - math.Pow(a.Beta1, float64(a.Step))
	c2 := 1 - math.Pow(a.Beta2, float64(a.Step))
	return adamScalars[T]{
		beta1: T(a.Beta1), alpha1: T(1 - a.Beta1), beta2: T(a.Beta2), alpha2: T(1 - a.Beta2),
		rootCorrection: T(math.Sqrt(c2)), eps: T(a.Eps), step: T(a.LR / c1),
	}
}
