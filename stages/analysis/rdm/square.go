package rdm

import (
	"fmt"
	"math"
)

// Square takes a square matrix row by row, and keeps its upper triangle and what tells
// whether it is an RDM. It holds n(n-1)/2 values and, until the rows below have come, no more.
type Square struct {
	n, rows  int
	values   []float64 // upper triangle
	scale    float64   // largest finite magnitude
	fromOne  float64   // largest finite distance from 1
	zeros    int       // on the diagonal
	missing  int       // NaN on the diagonal
	diagonal element   // the farthest from 0, or the first NaN
	notOne   float64   // the farthest of the diagonal from 1
	off      element   // of the pair that differs most from its mirror image
	mirror   float64   // its mirror image
}

// element is a value of the matrix and how far it is from what it should be.
type element struct {
	row, column int
	value, by   float64
}

// NewSquare starts a matrix of n x n. Memory is taken when its first row comes.
func NewSquare(n int) *Square {
	return &Square{n: n, diagonal: element{by: -1}, off: element{by: -1}}
}

// Add takes the next row, of n values.
func (s *Square) Add(row []float64) error {
	if len(row) != s.n || s.rows == s.n {
		return fmt.Errorf("rdm: row %d of %d values for %d x %d: %w", s.rows, len(row), s.n, s.n, ErrShape)
	}
	i := s.rows
	if i == 0 {
		s.values = make([]float64, 0, s.n*(s.n-1)/2)
	}
	for j, v := range row {
		if a := math.Abs(v); a > s.scale && !math.IsInf(a, 0) {
			s.scale = a
		}
		if a := math.Abs(1 - v); a > s.fromOne && !math.IsInf(a, 0) {
			s.fromOne = a
		}
		if j < i {
			s.compare(i, j, v)
		}
	}
	switch d := row[i]; {
	case math.IsNaN(d):
		if s.missing == 0 {
			s.diagonal = element{i, i, d, math.Inf(1)}
		}
		s.missing++
	default:
		if d == 0 {
			s.zeros++
		}
		if a := math.Abs(d); a > s.diagonal.by {
			s.diagonal = element{i, i, d, a}
		}
		s.notOne = max(s.notOne, math.Abs(1-d))
	}
	s.values = append(s.values, row[i+1:]...)
	s.rows++
	return nil
}

// compare looks at an element below the diagonal and its mirror image.
func (s *Square) compare(i, j int, v float64) {
	u := s.values[j*s.n-j*(j+1)/2+i-j-1]
	by := math.Abs(u - v)
	if math.IsNaN(u) != math.IsNaN(v) {
		by = math.Inf(1)
	}
	if by > s.off.by {
		s.off, s.mirror = element{j, i, u, by}, v
	}
}

// rounding is how far, relative to the largest value, float32 leaves elements from where
// they should be.
const rounding = 1e-6

// ZeroDiagonal says that the diagonal is zero, or NaN everywhere: the dissimilarity of a
// condition with itself says nothing.
func (s *Square) ZeroDiagonal() bool { return s.zeros == s.n || s.missing == s.n }

// Similarity says that the matrix is symmetric with ones on its diagonal.
func (s *Square) Similarity() bool {
	return s.n > 1 && s.rows == s.n && s.missing == 0 && s.notOne <= rounding*s.fromOne && !(s.off.by > rounding*s.fromOne)
}

// RDM is the RDM of the matrix: symmetric, with a diagonal of zeros or one of NaN, but for rounding
// of float32 values relative to the largest. NaN stays where both halves have it.
func (s *Square) RDM(metric string, names []string) (*RDM, error) {
	if s.n < 2 {
		return nil, fmt.Errorf("rdm: %d: %w", s.n, ErrConditions)
	}
	if s.rows != s.n {
		return nil, fmt.Errorf("rdm: %d rows for %d x %d: %w", s.rows, s.n, s.n, ErrShape)
	}
	if d := s.diagonal; s.missing != s.n && !(d.by <= rounding*s.scale) {
		return nil, fmt.Errorf("rdm: diagonal element %d is %v, not 0 (a similarity matrix?): %w", d.row, d.value, ErrShape)
	}
	if o := s.off; o.by > rounding*s.scale {
		return nil, fmt.Errorf("rdm: (%d,%d) is %v but (%d,%d) is %v, not symmetric: %w", o.row, o.column, o.value, o.column, o.row, s.mirror, ErrShape)
	}
	return New(metric, s.values, names)
}
