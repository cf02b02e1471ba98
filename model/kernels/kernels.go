package kernels

// Backend is the arithmetic under the network. Every tensor is a dense slice,
// channels last: an image batch is N x H x W x C. All methods overwrite their
// destination (they never add to it) and panic when a slice is too short for
// the shape given, which is a programming error; the graph checks shapes first.
//
// Destinations must not overlap sources except where a method says so.
// A Backend owns scratch memory: it must not be used from two goroutines at a
// time. Results are bit-identical for any number of workers.
type Backend interface {
	// Name is the kind: "avx512", "avx2" or "generic".
	Name() string
	// Workers is the pool that the backend splits its work over.
	Workers() *Workers
	// ScratchBytes is the scratch memory held now; it only grows, up to the
	// largest need of one call.
	ScratchBytes() int

	Convolver[float32]
	Normalizer[float32]
	Pooler[float32]
	Linearer[float32]
	Pointwise[float32]
	Optimizer[float32]
}

// Float is the element type. Backends work in float32; the generic one can be
// instantiated in float64, which the tests use for finite differences.
type Float interface{ float32 | float64 }

// Convolver has the convolution and its two gradients.
// x is N x H x W x Cin, y is N x OutH x OutW x Cout and
// w is K x K x Cin x Cout (PyTorch's OIHW, axes 2 3 1 0).
type Convolver[T Float] interface {
	// ConvForward computes y = x * w (cross-correlation, as PyTorch's conv2d).
	ConvForward(y, x, w []T, c Conv)
	// ConvBackwardData computes the gradient with respect to x.
	ConvBackwardData(dx, dy, w []T, c Conv)
	// ConvBackwardWeights computes the gradient with respect to w.
	ConvBackwardWeights(dw, x, dy []T, c Conv)
}

// Normalizer has batch normalisation over the rows of a Rows x C matrix (Rows
// is N*H*W), fused with what follows it in CORnet-S:
//
//	y = f( gamma * (x-mean)/sqrt(variance+Eps) + beta + res )
//
// where f is the rectifier if Norm.ReLU is set and the identity if not, and
// res is a residual of x's shape, or nil. gamma, beta, mean and variance have
// length C.
type Normalizer[T Float] interface {
	// BatchNormTrain normalises by the statistics of the batch and writes them
	// to mean and variance (biased, divided by Rows); see UpdateRunning.
	BatchNormTrain(y, x, res, gamma, beta, mean, variance []T, b Norm)
	// BatchNormEval normalises by the mean and variance given. y may be x.
	BatchNormEval(y, x, res, gamma, beta, mean, variance []T, b Norm)
	// BatchNormBackward computes the gradients of BatchNormTrain from dy, its
	// output y (used for the rectifier's mask alone, may be nil without ReLU),
	// input x and the mean and variance that it wrote. dres, the gradient of
	// the residual, may be nil. Either dx or dres may be dy.
	BatchNormBackward(dx, dres, dgamma, dbeta, dy, y, x, gamma, mean, variance []T, b Norm)
}

// Pooler has the pooling layers. x is N x H x W x C.
type Pooler[T Float] interface {
	// MaxPoolForward takes the maximum of each window; padding never wins and
	// NaN does. y is N x OutH x OutW x C.
	MaxPoolForward(y, x []T, p Pool)
	// MaxPoolBackward sends each dy to the first maximum of its window in row
	// order, as PyTorch does. It needs the input x and the output y. Where the
	// maximum is NaN the gradient is lost or NaN.
	MaxPoolBackward(dx, dy, x, y []T, p Pool)
	// AvgPoolForward is the mean over H x W: y is N x C. K, Stride and Pad of p
	// are ignored.
	AvgPoolForward(y, x []T, p Pool)
	// AvgPoolBackward spreads dy (N x C) evenly over H x W.
	AvgPoolBackward(dx, dy []T, p Pool)
}

// Linearer has the fully connected layer. x is N x In, y is N x Out, w is
// Out x In (PyTorch's layout) and b has length Out or is nil.
type Linearer[T Float] interface {
	// LinearForward computes y = x w' + b.
	LinearForward(y, x, w, b []T, l Linear)
	// LinearBackwardData computes dx = dy w.
	LinearBackwardData(dx, dy, w []T, l Linear)
	// LinearBackwardWeights computes dw = dy' x and, unless db is nil, db, the
	// sum of dy over the batch.
	LinearBackwardWeights(dw, db, x, dy []T, l Linear)
}

// Pointwise has the elementwise operations. Any destination may be a source.
type Pointwise[T Float] interface {
	// Add computes y = a + b.
	Add(y, a, b []T)
	// ReLUForward computes y = max(x, 0).
	ReLUForward(y, x []T)
	// AddReLUForward computes y = max(a+b, 0); ReLUBackward gives the gradient
	// of both terms.
	AddReLUForward(y, a, b []T)
	// ReLUBackward computes dx = dy where y > 0 and 0 elsewhere, y being the
	// rectifier's output.
	ReLUBackward(dx, dy, y []T)
}

// Optimizer has the parameter update.
type Optimizer[T Float] interface {
	// AdamStep updates parameters p and moments m, v in place from gradient g.
	AdamStep(p, m, v, g []T, a Adam)
}

// UpdateRunning folds one batch into the running statistics as PyTorch does:
// running = (1-momentum) running + momentum batch, with the unbiased variance.
// rows is Norm.Rows; with a single row the unbiased variance does not exist
// and the biased one (zero) is used.
func UpdateRunning(runningMean, runningVar, mean, variance []float32, rows int, momentum float64) {
	unbiased := 1.0
	if rows > 1 {
		unbiased = float64(rows) / float64(rows-1)
	}
	for c := range runningMean {
		runningMean[c] = float32((1-momentum)*float64(runningMean[c]) + momentum*float64(mean[c]))
		runningVar[c] = float32((1-momentum)*float64(runningVar[c]) + momentum*unbiased*float64(variance[c]))
	}
}
