package stats

import (
	"fmt"
	"math"
	"testing"
)

// tableOf makes the answers of a variant and of its reference from a 2 x 2 table.
func tableOf(both, gained, lost, neither int) (variant, reference answers) {
	variant, reference = answers{}, answers{}
	for i, n := range []int{both, gained, lost, neither} {
		for k := range n {
			name := fmt.Sprint(i, "-", k)
			variant[name], reference[name] = i == 0 || i == 1, i == 0 || i == 2
		}
	}
	return variant, reference
}

// Intervals: Newcombe (1998), Statistics in Medicine 17:2635, examples of table II, method
// 10 (four digits), and Fagerland, Lydersen and Laake (2014), Statistics in Medicine 33:2850,
// Newcombe's interval of the data of Bentur et al. (three digits). p: mcnemar(exact=True) of
// statsmodels 0.14 (ci/reference/paired.py prints all of them).
func TestPairedProportions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		both, gained, lost, neither int
		low, high, p, within        float64
	}{
		{36, 12, 2, 0, 0.0569, 0.3404, 0.012939453125, 6e-5},
		{20, 12, 2, 16, 0.0562, 0.3292, 0.012939453125, 6e-5},
		{0, 12, 2, 36, 0.0569, 0.3404, 0.012939453125, 6e-5},
		{1, 1, 7, 12, -0.507, -0.026, 0.0703125, 6e-4},
		{14, 5, 0, 22, 0.0114832414, 0.2264926844, 0.0625, 1e-9},
		{59, 6, 16, 80, -0.1186211956, -0.0046251139, 0.0524787903, 1e-9},
		{30, 4, 4, 2, -0.1532215955, 0.1532215955, 1, 1e-9},
	} {
		v, r := tableOf(c.both, c.gained, c.lost, c.neither)
		p, ok := newPairs([]answers{v}, []answers{r})
		if !ok {
			t.Fatal("the answers do not match")
		}
		low, high := p.interval()
		if math.Abs(low-c.low) > c.within || math.Abs(high-c.high) > c.within || math.Abs(p.p()-c.p) > 1e-9 {
			t.Errorf("%+v: %.10f to %.10f, p %.10f", c, low, high, p.p())
		}
	}
}

// Of several networks the p value is that of flipping the sign of each image's
// difference, here by all 2^n flips.
func TestPairedMean(t *testing.T) {
	t.Parallel()
	reference := answers{"a": true, "b": false, "c": false, "d": true, "e": false, "f": false, "g": true}
	networks := []answers{
		{"a": true, "b": true, "c": true, "d": false, "e": true, "f": true, "g": true},
		{"a": true, "b": true, "c": false, "d": true, "e": true, "f": false, "g": false},
		{"a": false, "b": true, "c": false, "d": true, "e": true, "f": true, "g": true},
	}
	p, ok := newPairs(networks, []answers{reference})
	if !ok {
		t.Fatal("the answers do not match")
	}
	var d []int
	for image, was := range reference {
		sum := 0
		for _, n := range networks {
			switch {
			case n[image] && !was:
				sum++
			case !n[image] && was:
				sum--
			}
		}
		d = append(d, sum)
	}
	observed, as := 0, 0
	for _, v := range d {
		observed += v
	}
	for flips := range 1 << len(d) {
		sum := 0
		for i, v := range d {
			if flips>>i&1 == 1 {
				v = -v
			}
			sum += v
		}
		if max(sum, -sum) >= max(observed, -observed) {
			as++
		}
	}
	if want := float64(as) / float64(int(1)<<len(d)); math.Abs(p.p()-want) > 1e-12 {
		t.Errorf("p %v, want %v", p.p(), want)
	}
	if low, high := p.interval(); !(low < high) {
		t.Errorf("interval %v to %v", low, high)
	}
	delete(networks[1], "c")
	if _, ok := newPairs(networks, []answers{reference}); ok {
		t.Error("networks that saw other images count as paired")
	}
}
