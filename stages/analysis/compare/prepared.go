package compare

import (
	"fmt"
	"math"
	"slices"
)

// Prepared is an RDM made ready to be compared with many others: what a method
// does to one RDM alone (ranks, centring, whitening) is done once. Comparing two
// gives the bits of [Vectors].
type Prepared struct {
	method Method
	values []float64 // what a product takes, the dissimilarities themselves for Kendall's
	square float64   // values·values
	order  *kendall
}

// Prepare makes a condensed upper triangle ready. Errors: ErrMethod, ErrShape,
// ErrNotFinite, ErrConstant.
func Prepare(x []float64, opts Options) (*Prepared, error) {
	if !slices.Contains(Methods(), opts.Method) {
		return nil, fmt.Errorf("compare: %q: %w (one of %v)", opts.Method, ErrMethod, Methods())
	}
	opts.OmitNaN = false
	x, _, err := clean(x, x, opts)
	if err != nil {
		return nil, err
	}
	p := &Prepared{method: opts.Method}
	switch opts.Method {
	case Kendall, TauA:
		p.values, p.order = x, newKendall(x)
		if opts.Method == Kendall && p.order.ties == choose2(len(x)) {
			return nil, fmt.Errorf("compare: %w", ErrConstant)
		}
		return p, nil
	case WhitenedCosine, WhitenedCorrelation:
		w, err := newWhitener(len(x), opts)
		if err != nil {
			return nil, err
		}
		p.values = w.of(x)
	default:
		p.values = prepare(opts.Method, x)
	}
	if p.square = dot(p.values, p.values); p.square == 0 && opts.Method != RhoA {
		return nil, fmt.Errorf("compare: %w", ErrConstant)
	}
	return p, nil
}

// With is the similarity of two RDMs that were prepared with the same method,
// over the same pairs in the same order. Several goroutines may compare the same
// RDM at the same time.
func (p *Prepared) With(q *Prepared) (float64, error) {
	if p.method != q.method {
		return 0, fmt.Errorf("compare: one RDM is prepared for %s, the other for %s: %w", p.method, q.method, ErrMethod)
	}
	if len(p.values) != len(q.values) {
		return 0, fmt.Errorf("compare: %d and %d pairs: %w", len(p.values), len(q.values), ErrShape)
	}
	switch p.method {
	case Kendall, TauA:
		return q.order.fork().tau(p.values, p.method == TauA)
	case RhoA:
		return product(RhoA, p.values, q.values)
	}
	return min(max(dot(p.values, q.values)/math.Sqrt(p.square*q.square), -1), 1), nil
}

// OfSubsets reports whether a method is defined over any subset of an RDM's
// pairs. The whitened methods need all pairs of their conditions.
func (m Method) OfSubsets() bool { return !m.whitened() }
