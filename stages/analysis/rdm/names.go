package rdm

import (
	"fmt"
	"math"
)

// Arrange gives the RDM of the named conditions in the given order: a
// rearrangement, or a subset.
func (r *RDM) Arrange(names []string) (*RDM, error) {
	if r.Names == nil {
		return nil, fmt.Errorf("rdm: the conditions have no names to arrange them by: %w", ErrNames)
	}
	at := make(map[string]int, r.N)
	for i, name := range r.Names {
		at[name] = i
	}
	index := make([]int, len(names))
	for i, name := range names {
		j, ok := at[name]
		if !ok {
			return nil, fmt.Errorf("rdm: no condition is named %q: %w", name, ErrNames)
		}
		index[i] = j
	}
	if err := checkNames(names, len(names)); err != nil {
		return nil, err
	}
	return r.Subset(index)
}

// Subset gives the RDM of the conditions with the given indices. An index that
// appears twice gives NaN between its two copies, which are one condition, and
// drops the names.
func (r *RDM) Subset(index []int) (*RDM, error) {
	n := len(index)
	if n < 2 {
		return nil, fmt.Errorf("rdm: subset of %d: %w", n, ErrConditions)
	}
	out := &RDM{Metric: r.Metric, N: n, Values: make([]float64, 0, n*(n-1)/2)}
	seen := make(map[int]bool, n)
	twice := false
	for a, i := range index {
		if i < 0 || i >= r.N {
			return nil, fmt.Errorf("rdm: index %d of %d conditions: %w", i, r.N, ErrShape)
		}
		twice = twice || seen[i]
		seen[i] = true
		for _, j := range index[a+1:] {
			switch {
			case j < 0 || j >= r.N:
				return nil, fmt.Errorf("rdm: index %d of %d conditions: %w", j, r.N, ErrShape)
			case i == j:
				out.Values = append(out.Values, math.NaN())
			default:
				out.Values = append(out.Values, r.At(i, j))
			}
		}
	}
	if r.Names != nil && !twice {
		out.Names = make([]string, n)
		for a, i := range index {
			out.Names[a] = r.Names[i]
		}
	}
	return out, nil
}

// Align gives b with its conditions in the order of a. Both have the same
// names, or neither has names and both have as many conditions; anything else
// is an [ErrNames]: conditions are never matched by position when names could
// say otherwise.
func Align(a, b *RDM) (*RDM, error) {
	if a.N != b.N {
		return nil, fmt.Errorf("rdm: %d and %d conditions%s: %w", a.N, b.N, difference(a.Names, b.Names), ErrNames)
	}
	if (a.Names == nil) != (b.Names == nil) {
		return nil, fmt.Errorf("rdm: only one of the two RDMs has condition names: %w", ErrNames)
	}
	same := true
	for i := range a.Names {
		same = same && a.Names[i] == b.Names[i]
	}
	if same {
		return b, nil
	}
	out, err := b.Arrange(a.Names)
	if err != nil {
		return nil, fmt.Errorf("rdm: align%s: %w", difference(a.Names, b.Names), err)
	}
	return out, nil
}

// difference names one condition that only one of the lists has.
func difference(a, b []string) string {
	only := func(x, y []string, which string) string {
		have := make(map[string]bool, len(y))
		for _, name := range y {
			have[name] = true
		}
		for _, name := range x {
			if !have[name] {
				return fmt.Sprintf(" (%q is only in the %s)", name, which)
			}
		}
		return ""
	}
	if a == nil || b == nil {
		return ""
	}
	if s := only(a, b, "first"); s != "" {
		return s
	}
	return only(b, a, "second")
}
