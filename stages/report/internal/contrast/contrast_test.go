package contrast

import (
	"math"
	"testing"
)

// Black on white has 21 by definition, #767676 on white 4.54 and #949494 3.03: the
// lightest greys that pass as text and as marks (WebAIM's contrast checker).
func TestRatio(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000", "#fff", 21}, {"#767676", "#ffffff", 4.54}, {"#fff", "#949494", 3.03}} {
		a, err := Parse(c.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Parse(c.b)
		if err != nil {
			t.Fatal(err)
		}
		if got := Ratio(a, b); math.Abs(got-c.want) > 0.005 {
			t.Errorf("%s on %s: %.3f, want %.2f", c.a, c.b, got, c.want)
		}
		if a.A = 0; Over(a, b) != b {
			t.Errorf("nothing over %s is %v", c.b, Over(a, b))
		}
	}
	if _, err := Parse("red"); err == nil {
		t.Error("a name is read as a colour")
	}
}
