package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
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
	// From Python: n = 7 images, differences (-1/3, 1, 1/3, -1/3, 1, 2/3, -1/3) and 1, -1.
	if low, high := p.interval(); math.Abs(low+0.2368852091) > 1e-9 || math.Abs(high-0.6813296536) > 1e-9 {
		t.Errorf("interval %.10f to %.10f", low, high)
	}
	low, high := p.interval()
	for range 50 { // no order of a map is in the bits
		if l, h := p.interval(); l != low || h != high {
			t.Fatalf("interval %v to %v, then %v to %v", low, high, l, h)
		}
	}
	delete(networks[1], "c")
	if _, ok := newPairs(networks, []answers{reference}); ok {
		t.Error("networks that saw other images count as paired")
	}
}

// One network's: Bonett and Price (2012) from the 2 x 2 table (ci/reference/paired.py).
func TestAdjustedWald(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		both, gained, lost, neither int
		low, high                   float64
	}{
		{36, 12, 2, 0, 0.0508916704, 0.3337237142},
		{1, 1, 7, 12, -0.5083593067, -0.0133798238},
		{59, 6, 16, 80, -0.1194988111, -0.0032005754},
		{30, 0, 0, 2, -0.0815237544, 0.0815237544},
	} {
		v, r := tableOf(c.both, c.gained, c.lost, c.neither)
		p, _ := newPairs([]answers{v}, []answers{r})
		if low, high := p.adjustedWald(); math.Abs(low-c.low) > 1e-9 || math.Abs(high-c.high) > 1e-9 {
			t.Errorf("%+v: %.10f to %.10f", c, low, high)
		}
	}
}

// How often the interval of several networks holds the true change: images differ in
// how hard they are, networks in what they get right by chance.
func TestAdjustedWaldCoverage(t *testing.T) {
	t.Parallel()
	const worlds = 2000
	for _, c := range []struct {
		images, networks int
		was, is, shared  float64 // accuracies and the images' share of the variance
	}{
		{20, 3, 0.5, 0.5, 0.3},
		{20, 3, 0.9, 0.8, 0.8},
		{100, 2, 0.8, 0.7, 0.3},
		{100, 3, 0.5, 0.5, 0.3},
		{100, 3, 0.95, 0.95, 0.8},
		{100, 10, 0.1, 0.15, 0.3},
		{400, 5, 0.5, 0.6, 0.8},
	} {
		rng := rand.New(rand.NewPCG(1, uint64(c.images)))
		easy := func(accuracy float64) float64 { return math.Sqrt2 * math.Erfinv(2*accuracy-1) }
		var held, conflicts int
		for range worlds {
			reference, networks := answers{}, make([]answers, c.networks)
			for i := range c.images {
				name, image := fmt.Sprint(i), rng.NormFloat64()
				answer := func(accuracy float64) bool {
					return math.Sqrt(c.shared)*image+math.Sqrt(1-c.shared)*rng.NormFloat64() < easy(accuracy)
				}
				reference[name] = answer(c.was)
				for k := range networks {
					if networks[k] == nil {
						networks[k] = answers{}
					}
					networks[k][name] = answer(c.is)
				}
			}
			p, _ := newPairs(networks, []answers{reference})
			low, high := p.interval()
			if low <= c.is-c.was && c.is-c.was <= high {
				held++
			}
			if (low > 0 || high < 0) != (p.p() < 0.05) {
				conflicts++
			}
		}
		t.Logf("%+v: holds in %.1f %%, says other than p in %.1f %%", c, 100*float64(held)/worlds, 100*float64(conflicts)/worlds)
		if held < worlds*938/1000 { // 95 % less 2.5 standard errors
			t.Errorf("%+v: holds in %d of %d", c, held, worlds)
		}
	}
}
