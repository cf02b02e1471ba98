package main

import (
	"context"
	"math"
	"math/rand/v2"

	"realnet/ci/rdms"
	"realnet/stages/analysis/inference"
)

// spread is how far curves of EEG similarity deviate by training, by EEG subject and by
// pair of these.
type spread struct{ training, subject, pair float64 }

// demoSpread is that of the demo's networks of shuffled pairs less the control, 80 to 560 ms, in
// deviations by EEG subject.
var demoSpread = spread{1.2, 1, 2}

// demoMove makes the variance between trainings twice that over images, as of the demo's gain over
// pairs shuffled within classes, the largest of its gains; over shuffled pairs it is a third.
const demoMove = 0.12

// differences draws trainings x 10 EEG subjects x 50 times without an effect; curves are
// AR(1) with 0.9, those of trainings, which a network has at all times, with 0.95.
func (s spread) differences(seed uint64, trainings int) inference.Crossed {
	const subjects, times = 10, 50
	rng := rand.New(rand.NewPCG(seed, 31))
	curve := func(sd, rho float64) []float64 {
		x, out := rng.NormFloat64(), make([]float64, times)
		for t := range out {
			out[t] = sd * x
			x = rho*x + math.Sqrt(1-rho*rho)*rng.NormFloat64()
		}
		return out
	}
	common := make([][]float64, subjects)
	for e := range common {
		common[e] = curve(s.subject, 0.9)
	}
	out := inference.Crossed{Trainings: trainings, Subjects: subjects, Points: times}
	for range trainings {
		own := curve(s.training, 0.95)
		for e := range subjects {
			for t, v := range curve(s.pair, 0.9) {
				out.Values = append(out.Values, v+own[t]+common[e][t])
			}
		}
	}
	return out
}

// bySubjects tests the mean over trainings by flipping EEG subjects alone.
func (s spread) bySubjects(trainings int) func(uint64) (bool, error) {
	return func(seed uint64) (bool, error) {
		d := s.differences(seed, trainings)
		mean := inference.Sample{Values: make([]float64, d.Subjects*d.Points), Subjects: d.Subjects, Points: d.Points}
		for i, v := range d.Values {
			mean.Values[i%len(mean.Values)] += v / float64(trainings)
		}
		r, err := cluster(499, inference.TwoSided, nil)(mean, seed)
		return rejects(r), err
	}
}

// larger takes the larger p of flips by EEG subjects and flips by trainings.
func (s spread) larger(trainings int) func(uint64) (bool, error) {
	return func(seed uint64) (bool, error) {
		d := s.differences(seed, trainings)
		bySubject := inference.Sample{Values: make([]float64, d.Subjects*d.Points), Subjects: d.Subjects, Points: d.Points}
		byTraining := inference.Sample{Values: make([]float64, d.Trainings*d.Points), Subjects: d.Trainings, Points: d.Points}
		for i, v := range d.Values {
			bySubject.Values[i%len(bySubject.Values)] += v
			byTraining.Values[i/(d.Subjects*d.Points)*d.Points+i%d.Points] += v
		}
		for _, sample := range []inference.Sample{bySubject, byTraining} {
			if r, err := cluster(499, inference.TwoSided, nil)(sample, seed); err != nil || !rejects(r) {
				return false, err
			}
		}
		return true, nil
	}
}

// crossed tests over trainings and EEG subjects; with a gate, a cluster counts only where
// the mean of the middle 30 times differs from 0 in its direction, by a t test over
// trainings: how stage stats makes claims, but for the images.
func (s spread) crossed(trainings int, gate bool) func(uint64) (bool, error) {
	return func(seed uint64) (bool, error) {
		d := s.differences(seed, trainings)
		r, err := inference.CrossedClusters(context.Background(), d, inference.ClusterOptions{Options: options(499, seed, inference.TwoSided), ThresholdP: 0.05})
		if err != nil || !gate || !rejects(r) {
			return rejects(r), err
		}
		window := inference.Sample{Values: make([]float64, trainings), Subjects: trainings, Points: 1}
		for i, v := range d.Values {
			if t := i % d.Points; t >= 10 && t < 40 {
				window.Values[i/(d.Subjects*d.Points)] += v
			}
		}
		w, err := ttest(window, seed)
		for _, c := range r.Clusters {
			if c.P <= alpha && w.P[0] <= alpha && c.Mass*w.Statistic[0] > 0 {
				return true, err
			}
		}
		return false, err
	}
}

// family rejects if a study without an effect claims any gain of one relation: three
// subjects each trained an aligned network, a control and one on shuffled pairs, all moved
// from a base by chance. Aligned is compared with base, control and shuffled pairs in this
// fixed order, or (controls) the other two with the base, corrected by Holm; all over images
// and trainings. Within, networks meet the brain of
// their own subject; across, those of the others.
func family(images int, move float64, across, controls bool) func(uint64) (bool, error) {
	const subjects, variants = 3, 3
	return func(seed uint64) (bool, error) {
		rng := rand.New(rand.NewPCG(seed, 43))
		axis := make([]float64, images)
		for i := range axis {
			axis[i] = rng.Float64()
		}
		base := points(rng, images)
		orders := [][]int{order(base, axis, 1)} // base, networks by subject and variant, brains
		for range subjects * variants {
			moved := points(rng, images)
			for i, p := range base {
				for c := range p {
					moved[i][c] = 0.95*p[c] + 0.3122*moved[i][c] // of variance 1 again
				}
			}
			orders = append(orders, order(moved, axis, 1+move*rng.NormFloat64()))
		}
		for range subjects {
			orders = append(orders, order(points(rng, images), axis, 2))
		}
		l, err := inference.NewLeaveOut(images, seed)
		if err != nil {
			return false, err
		}
		contrasts, adjust := [][2]int{{1, 0}, {1, 2}, {1, 3}}, inference.FixedSequence // of variants; 0 is the base
		if controls {
			contrasts, adjust = [][2]int{{2, 0}, {3, 0}}, inference.Holm
		}
		units, kept := make([][]float64, len(contrasts)), make([][][]float64, len(contrasts))
		for c := range contrasts {
			units[c], kept[c] = make([]float64, subjects), make([][]float64, subjects)
		}
		evaluate := func(pairs []int, take func(contrast, subject int, v float64)) {
			ranks := rdms.Ranks(orders, pairs)
			brains := ranks[1+subjects*variants:]
			for i := range subjects {
				var similar [variants + 1]float64
				for v := range similar {
					net := ranks[0]
					if v > 0 {
						net = ranks[1+i*variants+v-1]
					}
					n := 0.0
					for j, b := range brains {
						if (i == j) != across {
							similar[v], n = similar[v]+rdms.Dot(net, b), n+1
						}
					}
					similar[v] /= n
				}
				for c, pair := range contrasts {
					take(c, i, similar[pair[0]]-similar[pair[1]])
				}
			}
		}
		evaluate(nil, func(c, i int, v float64) { units[c][i] = v })
		for _, pairs := range l.Kept {
			evaluate(pairs, func(c, i int, v float64) { kept[c][i] = append(kept[c][i], v) })
		}
		p := make([]float64, len(contrasts))
		for c := range contrasts {
			e, err := l.EstimateMean(units[c], kept[c], 1-alpha)
			if err != nil {
				return false, err
			}
			p[c] = e.P
		}
		adjusted, err := adjust(p)
		for _, v := range adjusted {
			if v < alpha {
				return true, err
			}
		}
		return false, err
	}
}

// trainingCalibrations are those of tests over trainings.
func trainingCalibrations() []calibration {
	little, equal, much := spread{0.3, 1, 1}, spread{1, 1, 1}, spread{3, 1, 1}
	const few = "three trainings are too few where they make most of the variance: the test is never a claim by itself"
	return []calibration{
		{"EEG clusters, flips of EEG subjects alone", "3 trainings that vary as in the demo", "for comparison: takes for an effect what three trainings happened to have", demoSpread.bySubjects(3)},
		{"EEG clusters, the larger p of flips of trainings and of subjects", "6 trainings that vary as in the demo", "for comparison: holds, and with fewer than six trainings can never reach 5 %", demoSpread.larger(6)},
		{"EEG clusters, the larger p of flips of trainings and of subjects", "6 trainings that vary as much as subjects", "for comparison: holds", equal.larger(6)},
		{"EEG clusters, flips of trainings and subjects", "3 trainings that do not vary", "conservative: counts the noise of pairs twice", spread{0, 1, 1}.crossed(3, false)},
		{"EEG clusters, flips of trainings and subjects", "3 trainings that vary little", "conservative", little.crossed(3, false)},
		{"EEG clusters, flips of trainings and subjects", "3 trainings that vary as in the demo", few, demoSpread.crossed(3, false)},
		{"EEG clusters, flips of trainings and subjects", "3 trainings that vary three times as much as subjects", few, much.crossed(3, false)},
		{"EEG clusters, flips of trainings and subjects", "6 trainings that vary as much as subjects", "", equal.crossed(6, false)},
		{"EEG clusters, flips of trainings and subjects, only with a gain in the window", "3 trainings that vary as in the demo", "as stage `stats` claims clusters", demoSpread.crossed(3, true)},
		{"EEG clusters, flips of trainings and subjects, only with a gain in the window", "3 trainings that vary three times as much as subjects", "as stage `stats` claims clusters", much.crossed(3, true)},
		{"any gain of a variant that must gain, in fixed order", "30 images, 3 subjects with 3 networks each, the same but for noise; within subject", "a study's whole family", family(30, 0, false, false)},
		{"any gain of a variant that must gain, in fixed order", "30 images, 3 subjects with 3 networks each, moved as the demo's most variable; within subject", "a study's whole family", family(30, demoMove, false, false)},
		{"any gain of a variant that must gain, in fixed order", "30 images, 3 subjects with 3 networks each, moved as the demo's most variable; across subjects", "a study's whole family", family(30, demoMove, true, false)},
		{"any gain of a variant that must gain, in fixed order", "30 images, 3 subjects with 3 networks each, moved so that trainings make ten times the variance of images", "a study's whole family", family(30, 0.3, false, false)},
		{"any gain of the two controls over the base, corrected by Holm", "30 images, 3 subjects with 3 networks each, the same but for noise; within subject", "a study's whole family", family(30, 0, false, true)},
		{"any gain of the two controls over the base, corrected by Holm", "30 images, 3 subjects with 3 networks each, moved as the demo's most variable; within subject", "a study's whole family", family(30, demoMove, false, true)},
		{"any gain of the two controls over the base, corrected by Holm", "30 images, 3 subjects with 3 networks each, moved as the demo's most variable; across subjects", "a study's whole family", family(30, demoMove, true, true)},
		{"any gain of the two controls over the base, corrected by Holm", "30 images, 3 subjects with 3 networks each, moved so that trainings make ten times the variance of images", "slightly too often: the fixed order is for the claims", family(30, 0.3, false, true)},
	}
}
