// Package magnitude keeps squares and products of values within the range of
// float64. A statistic that does not depend on the unit of its input must not
// change when volts are given for microvolts, nor when the squares of the values
// would overflow or vanish: the values are multiplied by a power of two, which
// loses nothing, before they are squared. Values of ordinary size stay as they are.
package magnitude

import "math"

// limit is the exponent up to which values are left alone: products of four of
// them, summed over any number of values that fits into memory, stay in range.
const limit = 120

// DifferenceRounding bounds the rounding of a difference relative to the larger of its
// operands: half an ulp each for the operands and the difference, with room for operands
// that are means of a few numbers.
const DifferenceRounding = 0x1p-48

// Exponent gives the e for which x times 2^-e has magnitudes of about 1 at most,
// or 0 where the largest magnitude of x is within 2^±120, or is 0, NaN or infinite.
func Exponent(x ...float64) int { return ExponentOf(Largest(x)) }

// ExponentOf is Exponent of values whose largest magnitude is given.
func ExponentOf(largest float64) int {
	if largest == 0 || largest-largest != 0 {
		return 0
	}
	_, e := math.Frexp(largest)
	if e >= -limit && e <= limit {
		return 0
	}
	return e
}

// Largest is the largest magnitude of x, NaN left out; 0 for none.
func Largest[F float32 | float64](x []F) float64 {
	largest := 0.0
	for _, v := range x {
		if a := math.Abs(float64(v)); a > largest {
			largest = a
		}
	}
	return largest
}

// Scale multiplies x by 2^e in place.
func Scale(x []float64, e int) {
	if e == 0 {
		return
	}
	// Either factor is within range where their product may not be.
	first, second := math.Ldexp(1, e/2), math.Ldexp(1, e-e/2)
	for i, v := range x {
		x[i] = v * first * second
	}
}

// Unit returns x, or a copy of it times 2^-e, and e = Exponent(x).
func Unit(x []float64) (unit []float64, e int) {
	if e = Exponent(x...); e == 0 {
		return x, 0
	}
	unit = append([]float64(nil), x...)
	Scale(unit, -e)
	return unit, e
}
