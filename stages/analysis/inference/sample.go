package inference

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"realnet/stages/analysis/internal/magnitude"
)

var (
	// ErrTooFew is returned when there are fewer observations than a method needs.
	ErrTooFew = errors.New("inference: too few observations")
	// ErrNotFinite is returned when a value is NaN or infinite.
	ErrNotFinite = errors.New("inference: a value is not finite")
	// ErrShape is returned when lengths do not fit together.
	ErrShape = errors.New("inference: shapes do not fit")
	// ErrNoVariance is returned when a statistic is undefined because all values
	// of a point are the same.
	ErrNoVariance = errors.New("inference: no variance")
)

// Sample is subjects x points, row-major.
type Sample struct {
	Values           []float64
	Subjects, Points int

	// rounding is what values of each point may differ by and be equal but for the
	// rounding of the numbers that they are the differences of; nil: 0.
	rounding []float64
}

// Paired returns the differences x - y, subject by subject.
func Paired(x, y Sample) (Sample, error) {
	if x.Subjects != y.Subjects || x.Points != y.Points || len(x.Values) != len(y.Values) {
		return Sample{}, fmt.Errorf("%w: paired samples of %d x %d and %d x %d; each subject needs both",
			ErrShape, x.Subjects, x.Points, y.Subjects, y.Points)
	}
	d := x.clone()
	d.Subtract(0, y.Values)
	return d, nil
}

// Minus returns the sample with a constant, such as the chance level, subtracted.
func (s Sample) Minus(level float64) Sample {
	if level == 0 {
		return s
	}
	d := s.clone()
	for i := range d.Values {
		d.subtract(i, level)
	}
	return d
}

// Subtract subtracts other values from the sample's own, in place, from number from on.
func (s *Sample) Subtract(from int, other []float64) {
	for i, v := range other {
		s.subtract(from+i, v)
	}
}

func (s Sample) clone() Sample {
	return Sample{Values: slices.Clone(s.Values), Subjects: s.Subjects, Points: s.Points, rounding: slices.Clone(s.rounding)}
}

func (s *Sample) subtract(i int, v float64) {
	if s.rounding == nil {
		s.rounding = make([]float64, max(0, s.Points))
	}
	p, own := i%s.Points, s.Values[i]
	s.rounding[p] = max(s.rounding[p], magnitude.DifferenceRounding*max(math.Abs(own), math.Abs(v)))
	s.Values[i] = own - v
}

// Row is the map of one subject.
func (s Sample) Row(subject int) []float64 { return s.Values[subject*s.Points:][:s.Points] }

// Column copies the values of one point.
func (s Sample) Column(point int) []float64 {
	c := make([]float64, s.Subjects)
	for i := range c {
		c[i] = s.Values[i*s.Points+point]
	}
	return c
}

func (s Sample) check() error {
	if s.Subjects < 0 || s.Points < 1 || len(s.Values) != s.Subjects*s.Points {
		return fmt.Errorf("%w: %d values are not %d subjects x %d points", ErrShape, len(s.Values), s.Subjects, s.Points)
	}
	if s.Subjects < 2 {
		return fmt.Errorf("%w: %d subject; a variance needs at least 2", ErrTooFew, s.Subjects)
	}
	for i, v := range s.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: subject %d, point %d is %v; leave the subject or the point out", ErrNotFinite, i/s.Points, i%s.Points, v)
		}
	}
	return nil
}

// Alternative is the side on which an effect is looked for.
type Alternative int

// The alternatives.
const (
	TwoSided Alternative = iota
	Greater              // above 0
	Less                 // below 0
)

// String returns scipy's name.
func (a Alternative) String() string {
	switch a {
	case Greater:
		return "greater"
	case Less:
		return "less"
	}
	return "two-sided"
}

// ParseAlternative reads scipy's names.
func ParseAlternative(s string) (Alternative, error) {
	for _, a := range []Alternative{TwoSided, Greater, Less} {
		if s == a.String() {
			return a, nil
		}
	}
	return 0, fmt.Errorf("inference: alternative %q is not two-sided, greater or less", s)
}

// MarshalText makes JSON carry the name.
func (a Alternative) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// checkValues refuses too few or non-finite values.
func checkValues(name string, x []float64, atLeast int) error {
	if len(x) < atLeast {
		return fmt.Errorf("%w: %s of %d values needs at least %d", ErrTooFew, name, len(x), atLeast)
	}
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: %s, value %d is %v", ErrNotFinite, name, i, v)
		}
	}
	return nil
}
