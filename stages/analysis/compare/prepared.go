package compare

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"realnet/stages/analysis/rdm"
)

// Prepared is an RDM made ready to be compared with many others: what a method
// does to one RDM alone (ranks, centring, whitening) is done once. Comparing two
// gives the bits of [Vectors].
type Prepared struct {
	method Method
	pairs  int
	values []float64       // what a product takes, the dissimilarities themselves for Kendall's
	ranks  []int32         // the same for methods of ranks, centred and doubled
	square float64         // of either, with itself
	order  func() *kendall // sorted once, when asked for
	raw    []float64       // the dissimilarities, for whitened methods
}

// Prepare makes a condensed upper triangle ready. x must not change while the result is
// used. Errors: ErrMethod, ErrShape, ErrNotFinite, ErrConstant.
func Prepare(x []float64, opts Options) (*Prepared, error) {
	if !slices.Contains(Methods(), opts.Method) {
		return nil, fmt.Errorf("compare: %q: %w (one of %v)", opts.Method, ErrMethod, Methods())
	}
	opts.OmitNaN = false
	x, _, err := clean(x, x, opts)
	if err != nil {
		return nil, err
	}
	p, err := prepared(x, opts)
	if err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return p, nil
}

// check returns ErrConstant for an RDM that has no similarity by its method.
func (p *Prepared) check() error {
	if p.constant() {
		return fmt.Errorf("compare: %w", ErrConstant)
	}
	return nil
}

// prepared is Prepare without checks of the values.
func prepared(x []float64, opts Options) (*Prepared, error) {
	p := &Prepared{method: opts.Method, pairs: len(x)}
	switch {
	case opts.Method == Kendall || opts.Method == TauA:
		p.values, p.order = x, sync.OnceValue(func() *kendall { return newKendall(x) })
		return p, nil
	case opts.Method.whitened():
		w, err := newWhitener(len(x), opts)
		if err != nil {
			return nil, err
		}
		p.raw, p.values = x, w.of(x)
	case opts.Method.ofRanks():
		p.ranks = rdm.CentredRanks(x, opts.Workers)
		p.square = dotRanks(p.ranks, p.ranks)
		return p, nil
	default:
		p.values = prepare(opts.Method, x)
	}
	p.square = dot(p.values, p.values)
	return p, nil
}

// constant says that an RDM has no similarity by its method.
func (p *Prepared) constant() bool {
	switch p.method {
	case Kendall:
		return p.order().ties == choose2(p.pairs)
	case TauA, RhoA:
		return false
	}
	return p.square == 0
}

// With is the similarity of two RDMs that were prepared with the same method,
// over the same pairs in the same order. Several goroutines may compare the same
// RDM at the same time.
func (p *Prepared) With(q *Prepared) (float64, error) {
	if p.method != q.method {
		return 0, fmt.Errorf("compare: one RDM is prepared for %s, the other for %s: %w", p.method, q.method, ErrMethod)
	}
	if p.pairs != q.pairs {
		return 0, fmt.Errorf("compare: %d and %d pairs: %w", p.pairs, q.pairs, ErrShape)
	}
	if p.order != nil {
		return q.order().fork().tau(p.values, p.method == TauA)
	}
	var product float64
	if p.ranks != nil {
		product = dotRanks(p.ranks, q.ranks)
	} else {
		product = dot(p.values, q.values)
	}
	if p.method == RhoA { // the product is of doubled ranks
		n := float64(p.pairs)
		return 3 * product / (n*n*n - n), nil
	}
	if p.constant() || q.constant() {
		which := "first"
		if !p.constant() {
			which = "second"
		}
		return 0, fmt.Errorf("compare: the %s RDM: %w", which, ErrConstant)
	}
	return min(max(product/math.Sqrt(p.square*q.square), -1), 1), nil
}

// OfSubsets reports whether a method is defined over any subset of an RDM's
// pairs. The whitened methods need all pairs of their conditions.
func (m Method) OfSubsets() bool { return !m.whitened() }
