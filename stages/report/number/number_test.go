package number_test

import (
	"math"
	"testing"

	"realnet/stages/report/number"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	negative := math.Copysign(0, -1)
	for _, c := range []struct{ got, want string }{
		{number.Fixed(-0.0004, 3), "0.000"},
		{number.Fixed(-0.0006, 3), "-0.001"},
		{number.Fixed(negative, 0), "0"},
		{number.Fixed(12.3456, 2), "12.35"},
		{number.Fixed(math.NaN(), 2), "NaN"},
		{number.Signed(-0.0004, 3), "0.000"},
		{number.Signed(0.0004, 3), "0.000"},
		{number.Signed(0.0006, 3), "+0.001"},
		{number.Signed(-1.5, 1), "-1.5"},
		{number.Signed(math.NaN(), 2), "NaN"},
		{number.Signed(math.Inf(1), 2), "+Inf"},
		{number.Short(negative, 4), "0"},
		{number.Short(-0.00012345, 2), "-0.00012"},
		{number.Typeset(number.Fixed(-1.5, 1)), "−1.5"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
