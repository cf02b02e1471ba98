package decoding

import (
	"math"
	"math/rand/v2"
)

// split is one train/test division of a pair: the pseudo-trials [a0, a1) of the
// first condition and [b0, b1) of the second are tested, the others train.
type split struct{ a0, a1, b0, b1 int }

// layout is how many patterns a condition has and how pairs divide them.
type layout struct {
	points int // patterns per condition: pseudo-trials, and the test average of HalfSplit
	groups int // pseudo-trials
	splits []split
}

// layout divides stratified folds as scikit-learn's StratifiedKFold sizes them:
// patterns are dealt to the folds in turn, and the second condition continues where
// the first ended, so that fold sizes differ by one at most.
func (r Recipe) layout(repetitions int) layout {
	if r.Split == HalfSplit {
		m := (repetitions - repetitions/2) / r.Average
		return layout{points: m + 1, groups: m, splits: []split{{m, m + 1, m, m + 1}}}
	}
	m := repetitions / r.Average
	l := layout{points: m, groups: m}
	var a, b int
	for f := range r.Folds {
		// Of the positions f, f+folds, ... below 2m, those below m are the first's.
		na := (m - f + r.Folds - 1) / r.Folds
		nb := (2*m-f+r.Folds-1)/r.Folds - na
		l.splits = append(l.splits, split{a, a + na, b, b + nb})
		a, b = a+na, b+nb
	}
	return l
}

// decisions is a number that makes whole numbers of all accuracies when they are multiplied
// by it: right and half right test patterns of each split, in each repeat.
func (l layout) decisions(repeats int) float64 {
	common := 1
	for _, s := range l.splits {
		tests := s.a1 - s.a0 + s.b1 - s.b0
		a, b := common, tests
		for b > 0 {
			a, b = b, a%b
		}
		common *= tests / a
	}
	return 2 * float64(common) * float64(len(l.splits)) * float64(repeats)
}

// inParts gives the multiple of 1/parts that is nearest to a sum of fractions:
// accuracies that are equal stay so, in whatever order their parts were added.
func inParts(sum, parts float64) float64 {
	if parts > 1<<40 {
		return sum // finer than rounding can tell
	}
	return math.Round(sum*parts) / parts
}

// draws of different purpose never share a stream.
const (
	drawGroups = iota + 1
	drawFolds
	drawHalves
)

// draw returns the permutation of n that belongs to a purpose and a place.
func draw(seed uint64, n, purpose, repeat, condition, time int) []int {
	key := uint64(purpose)<<56 ^ uint64(repeat)<<40 ^ uint64(condition)<<20 ^ uint64(time)
	// One round of splitmix64, so that neighbouring places are unrelated.
	key += 0x9E3779B97F4A7C15
	key = (key ^ key>>30) * 0xBF58476D1CE4E5B9
	key = (key ^ key>>27) * 0x94D049BB133111EB
	return rand.New(rand.NewPCG(seed, key^key>>31)).Perm(n)
}

// patterns writes the patterns of one condition at one time in one repeat,
// points x channels. foldTime tells which time point's folds are used.
func (r Recipe) patterns(out []float64, e Epochs, l layout, repeat, cond, time, foldTime int) {
	d := e.Channels
	clear(out[:l.points*d])
	add := func(point, rep int) {
		row := out[point*d:][:d]
		at := ((cond*e.Repetitions+rep)*d)*e.Times + time
		for c := range row {
			row[c] += e.Data[at+c*e.Times]
		}
	}
	mean := func(point int, reps []int) {
		for _, rep := range reps {
			add(point, rep)
		}
		row := out[point*d:][:d]
		for c := range row {
			row[c] /= float64(len(reps))
		}
	}
	if r.Split == HalfSplit {
		tested := make([]bool, e.Repetitions)
		half := draw(r.Seed, e.Repetitions, drawHalves, repeat, 0, 0)[:e.Repetitions/2]
		for _, rep := range half {
			tested[rep] = true
		}
		var kept []int
		for rep, t := range tested {
			if !t {
				kept = append(kept, rep)
			}
		}
		for g := range l.groups {
			mean(g, kept[g*r.Average:][:r.Average])
		}
		mean(l.groups, half)
		return
	}
	order := draw(r.Seed, e.Repetitions, drawGroups, repeat, cond, 0)
	place := draw(r.Seed, l.groups, drawFolds, repeat, cond, foldTime)
	for g := range l.groups {
		mean(place[g], order[g*r.Average:][:r.Average])
	}
}
