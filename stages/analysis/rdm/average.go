package rdm

import (
	"fmt"
	"math"
)

// Average gives one pattern per name, the mean of the observations of that name, and
// the names in their order of first appearance.
func Average(src Source, names []string) (*Matrix[float64], []string, error) {
	n, features := src.Dims()
	m, err := NewMeans(names, n, features)
	if err != nil {
		return nil, nil, err
	}
	row := make([]float64, features)
	for i := range n {
		if err := src.Block(row, features, i, i+1, 0, features); err != nil {
			return nil, nil, err
		}
		m.Add(row)
	}
	means, unique := m.Patterns()
	return means, unique, nil
}

// Means is Average of observations that come one by one.
type Means struct {
	sums   *Matrix[float64]
	names  []string
	of     []int // name of each observation
	counts []float64
	seen   int
}

// NewMeans starts the means of n observations with these names.
func NewMeans(names []string, n, features int) (*Means, error) {
	if len(names) != n {
		return nil, fmt.Errorf("rdm: %d names for %d observations: %w", len(names), n, ErrNames)
	}
	unique, of := group(names)
	return &Means{
		sums:  &Matrix[float64]{Data: make([]float64, len(unique)*features), Conditions: len(unique), Features: features},
		names: unique, of: of, counts: make([]float64, len(unique)),
	}, nil
}

// Add takes the next observation.
func (m *Means) Add(row []float64) {
	k := m.of[m.seen]
	m.seen++
	m.counts[k]++
	sum := m.sums.Data[k*m.sums.Features:]
	for c, v := range row {
		sum[c] += v
	}
}

// Patterns gives one pattern per name, and the names in their order of first appearance.
func (m *Means) Patterns() (*Matrix[float64], []string) {
	for k, count := range m.counts {
		row := m.sums.Data[k*m.sums.Features:][:m.sums.Features]
		for c := range row {
			row[c] /= count
		}
	}
	return m.sums, m.names
}

// Residuals gives the observations less the mean pattern of their name, and
// the degrees of freedom that are left: observations - names.
func Residuals(src Source, names []string) (residuals *Matrix[float64], dof int, err error) {
	mean, unique, err := Average(src, names)
	if err != nil {
		return nil, 0, err
	}
	n, features := src.Dims()
	_, of := group(names)
	out := &Matrix[float64]{Data: make([]float64, n*features), Conditions: n, Features: features}
	if err := src.Block(out.Data, features, 0, n, 0, features); err != nil {
		return nil, 0, err
	}
	size, left := make([]float64, features), make([]float64, features)
	for i := range n {
		for c := range features {
			v := &out.Data[i*features+c]
			size[c] = max(size[c], math.Abs(*v))
			*v -= mean.Data[of[i]*features+c]
			left[c] = max(left[c], math.Abs(*v))
		}
	}
	for c := range features {
		if left[c] <= constantSpread*size[c] { // what rounding leaves of a constant
			for i := range n {
				out.Data[i*features+c] = 0
			}
		}
	}
	return out, n - len(unique), nil
}

// group gives the unique names in order of appearance and of which each is.
func group(names []string) (unique []string, of []int) {
	at := map[string]int{}
	of = make([]int, len(names))
	for i, name := range names {
		k, ok := at[name]
		if !ok {
			k = len(unique)
			at[name] = k
			unique = append(unique, name)
		}
		of[i] = k
	}
	return unique, of
}
