package compare

import (
	"math"
	"slices"
)

// Subsets prepares parts of one RDM, again and again. Ranks within a part follow from the
// order of all pairs, which is sorted once: a part takes time in proportion to the pairs.
// Several goroutines may use it at the same time.
type Subsets struct {
	values []float64
	opts   Options
	ranks  bool    // follow from order
	order  ordered // of the pairs that are not NaN
}

// NewSubsets takes a condensed upper triangle, which must not change. Pairs that are NaN or
// infinite may be in no part.
func NewSubsets(values []float64, opts Options) *Subsets {
	infinite := slices.ContainsFunc(values, func(v float64) bool { return math.IsInf(v, 0) })
	s := &Subsets{values: values, opts: opts, ranks: opts.Method.ofRanks() && !infinite}
	if s.ranks {
		s.order = order(values)
	}
	return s
}

// Subset is some of the pairs of an RDM.
type Subset struct {
	pairs []int
	at    []int32 // of each pair of the RDM: its number among pairs, or -1
}

// NewSubset takes the numbers of pairs, ascending, of RDMs that have total pairs.
func NewSubset(pairs []int, total int) *Subset {
	s := &Subset{pairs: pairs, at: slices.Repeat([]int32{-1}, total)}
	for i, k := range pairs {
		s.at[k] = int32(i)
	}
	return s
}

// Of gives the bits of Prepare of these pairs of the RDM, and its errors.
func (s *Subsets) Of(part *Subset) (*Prepared, error) {
	if s.ranks && len(part.pairs) > 1 {
		if ranks, whole := s.order.within(part); whole {
			p := &Prepared{method: s.opts.Method, pairs: len(ranks), ranks: ranks, square: dotRanks(ranks, ranks)}
			if err := p.check(); err != nil {
				return nil, err
			}
			return p, nil
		}
	}
	some := make([]float64, len(part.pairs))
	for i, k := range part.pairs {
		some[i] = s.values[k]
	}
	return Prepare(some, s.opts)
}

// within gives the centred ranks among the pairs of a part, unless some of them are NaN.
func (o ordered) within(part *Subset) (ranks []int32, whole bool) {
	ranks = make([]int32, len(part.pairs))
	before, ranked := int32(-len(ranks)), 0
	lo := int32(0)
	for _, hi := range o.ends {
		run := o.pairs[lo:hi]
		lo = hi
		if len(run) == 1 { // as most are
			if i := part.at[run[0]]; i >= 0 {
				ranks[i] = before + 1
				before += 2
				ranked++
			}
			continue
		}
		group := int32(0)
		for _, k := range run {
			if part.at[k] >= 0 {
				group++
			}
		}
		for _, k := range run {
			if i := part.at[k]; i >= 0 {
				ranks[i] = before + group
			}
		}
		before += 2 * group
		ranked += int(group)
	}
	return ranks, ranked == len(ranks)
}
