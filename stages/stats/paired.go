package stats

import (
	"math"

	"realnet/artifacts"
	"realnet/artifacts/schemas/accuracies"
)

// answers are those of one network, right or wrong by image.
type answers map[string]bool

// answersOf reads the answers of every network of a variant; a network without any
// is nil.
func answersOf(list []*artifacts.Artifact) (map[string][]answers, error) {
	out := map[string][]answers{}
	for _, a := range list {
		rows, err := artifacts.ReadTable[accuracies.Row](a, accuracies.Table)
		if err != nil {
			return nil, err
		}
		var all []accuracies.Answer
		if a.Has(accuracies.AnswersTable) {
			if all, err = artifacts.ReadTable[accuracies.Answer](a, accuracies.AnswersTable); err != nil {
				return nil, err
			}
		}
		for _, r := range rows {
			var of answers
			for _, x := range all {
				if x.Model == r.Model && x.Trained == r.Trained && x.Subset == r.Subset {
					if of == nil {
						of = answers{}
					}
					of[x.Image] = x.Right
				}
			}
			if int64(len(of)) != r.N {
				of = nil // two images share a name
			}
			out[r.Model] = append(out[r.Model], of)
		}
	}
	return out, nil
}

// pairs are the answers of the networks of a variant and of one reference to the same
// images: their 2 x 2 tables added up (both right, only the variant, only the reference,
// neither), and how many images have which difference: the number of networks that are
// right minus as often the reference.
type pairs struct {
	networks                    int
	both, gained, lost, neither int
	differences                 map[int]int
}

// newPairs matches answers by image. ok is false where a network has none or other images.
func newPairs(variant, reference []answers) (p pairs, ok bool) {
	if len(reference) != 1 || len(reference[0]) == 0 || len(variant) == 0 {
		return p, false
	}
	for _, v := range variant {
		if len(v) != len(reference[0]) {
			return p, false
		}
	}
	p.networks, p.differences = len(variant), map[int]int{}
	for image, was := range reference[0] {
		difference := 0
		for _, v := range variant {
			is, known := v[image]
			if !known {
				return p, false
			}
			switch {
			case is && was:
				p.both++
			case is:
				p.gained++
				difference++
			case was:
				p.lost++
				difference--
			default:
				p.neither++
			}
		}
		p.differences[difference]++
	}
	return p, true
}

// interval is the 95 % interval of the change in accuracy, which is that of the mean over
// the networks. For one network it is Newcombe's, for several the adjusted Wald interval.
func (p pairs) interval() (low, high float64) {
	if p.networks == 1 {
		return p.newcombe()
	}
	return p.adjustedWald()
}

// newcombe is the interval of the difference of two paired proportions (Newcombe 1998,
// Statistics in Medicine 17:2635, method 10): the score intervals of both, joined with the
// correlation of the answers, which is corrected for continuity.
func (p pairs) newcombe() (low, high float64) {
	both, gained, lost, neither := float64(p.both), float64(p.gained), float64(p.lost), float64(p.neither)
	n := both + gained + lost + neither
	p1, p2 := (both+gained)/n, (both+lost)/n
	low1, high1 := wilson(p1, n)
	low2, high2 := wilson(p2, n)
	phi := 0.0
	if margins := (both + gained) * (lost + neither) * (both + lost) * (gained + neither); margins > 0 {
		excess := both*neither - gained*lost
		if excess > 0 {
			excess = max(0, excess-n/2)
		}
		phi = excess / math.Sqrt(margins)
	}
	join := func(a, b float64) float64 { return math.Sqrt(max(0, a*a-2*phi*a*b+b*b)) }
	return p1 - p2 - join(p1-low1, high2-p2), p1 - p2 + join(high1-p1, p2-low2)
}

// adjustedWald is the interval of the mean over images of the mean difference of the
// networks: that of a mean, with one image more that all networks gain and one that all
// lose. For one network it is that of Bonett and Price (2012), Journal of Educational and
// Behavioral Statistics 37:479.
func (p pairs) adjustedWald() (low, high float64) {
	images, sum, squares := 2, 0, 2*p.networks*p.networks // whole numbers, whose sum has no order
	for difference, count := range p.differences {
		images += count
		sum += difference * count
		squares += difference * difference * count
	}
	n, k := float64(images), float64(p.networks)
	mean := float64(sum) / k / n
	half := z95 * math.Sqrt((float64(squares)/(k*k)/n-mean*mean)/n)
	return max(-1, mean-half), min(1, mean+half)
}

// z95 is the quantile of the normal distribution for two-sided 95 % intervals.
const z95 = 1.959963984540054

// wilson is the 95 % score interval of a proportion of n (Wilson 1927).
func wilson(share, n float64) (low, high float64) {
	const z = z95
	centre := (share + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return centre - half, centre + half
}

// p is the two-sided p of the sum of differences when each may as well have the other
// sign, from the exact distribution. For one network it is McNemar's exact test.
func (p pairs) p() float64 {
	observed, most := 0, 0
	chances := []float64{1} // of sums -most, -most+1, ..., most
	for size := 1; size <= p.networks; size++ {
		above, below := p.differences[size], p.differences[-size]
		n := above + below
		observed += size * (above - below)
		next := make([]float64, len(chances)+2*size*n)
		for k, chance := range binomialHalf(n) {
			if chance == 0 {
				continue
			}
			for i, c := range chances {
				next[i+2*size*k] += c * chance
			}
		}
		chances, most = next, most+size*n
	}
	var total float64
	for i, c := range chances {
		if sum := i - most; max(sum, -sum) >= max(observed, -observed) {
			total += c
		}
	}
	return min(1, total)
}

// binomialHalf are the chances of 0 to n heads in n fair throws; those below 1e-20 are 0.
func binomialHalf(n int) []float64 {
	out := make([]float64, n+1)
	whole, _ := math.Lgamma(float64(n + 1))
	for k := range out {
		a, _ := math.Lgamma(float64(k + 1))
		b, _ := math.Lgamma(float64(n - k + 1))
		if chance := math.Exp(whole - a - b - float64(n)*math.Ln2); chance > 1e-20 {
			out[k] = chance
		}
	}
	return out
}
