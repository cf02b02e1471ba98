package stats

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/inference"
)

// rdmReliability takes the similarities of RDMs of two halves of the data. They
// are results and no checks: few conditions give them little power.
func rdmReliability(sims []similarities.Row) []statistics.Row {
	var rows []statistics.Row
	for _, s := range sims {
		if s.Split == "" {
			continue
		}
		row := ofSimilarity(s, statistics.Reliability, "reliability/rdm/"+s.Subject+"/"+region(s.ROI), "reliability/rdm")
		row.Relation, row.Unit = statistics.RDM, "conditions"
		row.Text = meaning("reliability-rdm", row, words{"Region": regionText([2]string{s.Kind, s.ROI})})
		rows = append(rows, row)
	}
	return rows
}

// patternReliability is the split-half measure of Haxby et al. (2001): the mean
// correlation of a condition's pattern in odd runs with its own pattern in even
// runs, less that with the other conditions' patterns. Patterns are centred on
// the mean of their half first, so that what all conditions share does not
// count. The test permutes the labels of one half.
func patternReliability(ctx context.Context, pats patterns.Patterns, p Params, workers int) ([]statistics.Row, error) {
	regions := p.ROIs
	if len(regions) == 0 {
		seen := map[string]bool{}
		for _, m := range pats.Members {
			if !seen[m.ROI] {
				seen[m.ROI] = true
				regions = append(regions, m.ROI)
			}
		}
	}
	var rows []statistics.Row
	for _, roi := range regions {
		columns, err := pats.ROI(roi)
		if err != nil {
			return nil, err
		}
		names, r, err := halves(pats, columns, 0)
		if err != nil {
			return nil, fmt.Errorf("pattern reliability, ROI %s: %w", roi, err)
		}
		n := len(names)
		test, err := inference.Labels(ctx, n, inference.Options{
			Alternative: inference.TwoSided, Permutations: p.Permutations, Seed: p.Seed, Workers: workers,
		}, func(perm []int) float64 { return within(r, perm) })
		if err != nil {
			return nil, fmt.Errorf("pattern reliability, ROI %s: %w", roi, err)
		}
		interval, how := overRuns(pats, columns, test.Observed)
		subject := pats.Samples[0].Subject
		row := statistics.New(statistics.Reliability, "reliability/patterns/"+subject+"/"+region(roi), "reliability/patterns")
		row.Value, row.CILow, row.CIHigh, row.P, row.N, row.Unit = test.Observed, interval.Low, interval.High, test.P, int64(n), "conditions"
		row.Relation, row.Subject, row.ROI, row.Check = statistics.Patterns, subject, roi, pending
		row.Test = say("test-patterns", words{"Permutations": test.Permutations, "Exact": test.Exact, "Smallest": fmt.Sprintf("%.2g", test.SmallestP), "Interval": how})
		row.Text = meaning("reliability-patterns", row, words{"Region": regionText([2]string{"fmri", roi}), "Voxels": len(columns)})
		rows = append(rows, row)
	}
	return rows, nil
}

// overRuns is the 95 % interval over the runs, each left out once; how says what it
// is, or why there is none. The runs are what was measured again, so they are what
// can be drawn again: with other conditions the measure is another, and a subject's
// value is no sample of people.
func overRuns(pats patterns.Patterns, columns []int, value float64) (interval inference.Interval, how string) {
	left := make([][]float64, 2)
	seen := map[int32]bool{}
	for _, s := range pats.Samples {
		if seen[s.Run] {
			continue
		}
		seen[s.Run] = true
		names, r, err := halves(pats, columns, s.Run)
		if err != nil {
			return noInterval, say("test-no-runs", words{"Run": s.Run, "Error": err})
		}
		left[s.Run&1] = append(left[s.Run&1], within(r, identity(len(names))))
	}
	e, err := inference.Jackknife(value, left, 0.95)
	if err != nil {
		return noInterval, say("test-no-runs", words{"Run": int32(0), "Error": err})
	}
	return e.Interval, say("test-runs", words{"Runs": len(seen)})
}

var noInterval = inference.Interval{Low: math.NaN(), High: math.NaN()}

// halves correlates the mean patterns of odd with those of even runs, one run
// left out (0: none): conditions x conditions.
func halves(pats patterns.Patterns, columns []int, without int32) (names []string, r [][]float64, err error) {
	at := map[string]int{}
	var half [2][][]float64
	var count [2][]int
	for i, s := range pats.Samples {
		if s.Run == 0 {
			return nil, nil, fmt.Errorf("sample %d is averaged over runs: give patterns per run (fmri.average=run)", i)
		}
		if s.Run == without {
			continue
		}
		c, ok := at[s.Condition]
		if !ok {
			c = len(names)
			at[s.Condition] = c
			names = append(names, s.Condition)
			for h := range half {
				half[h] = append(half[h], make([]float64, len(columns)))
				count[h] = append(count[h], 0)
			}
		}
		h := int(s.Run & 1)
		count[h][c]++
		for k, v := range columns {
			half[h][c][k] += float64(pats.Values[i*len(pats.Voxels)+v])
		}
	}
	if len(names) < 2 {
		return nil, nil, fmt.Errorf("%d conditions: 2 or more are needed", len(names))
	}
	for h := range half {
		for c := range half[h] {
			if count[h][c] == 0 {
				return nil, nil, fmt.Errorf("condition %s is in no %s run", names[c], [...]string{"even", "odd"}[h])
			}
			for k := range columns {
				half[h][c][k] /= float64(count[h][c])
			}
		}
		centre(half[h])
	}
	r = make([][]float64, len(names))
	for i := range r {
		r[i] = make([]float64, len(names))
		for j := range r[i] {
			if r[i][j] = stat.Correlation(half[1][i], half[0][j], nil); math.IsNaN(r[i][j]) {
				return nil, nil, fmt.Errorf("the pattern of %s or %s is constant", names[i], names[j])
			}
		}
	}
	return names, r, nil
}

// centre subtracts the mean pattern.
func centre(rows [][]float64) {
	for k := range rows[0] {
		var mean float64
		for _, row := range rows {
			mean += row[k]
		}
		mean /= float64(len(rows))
		for _, row := range rows {
			row[k] -= mean
		}
	}
}

// within is the mean of r at (i, perm[i]) less the mean of all other entries.
func within(r [][]float64, perm []int) float64 {
	var same, all float64
	for i := range r {
		same += r[i][perm[i]]
		for _, v := range r[i] {
			all += v
		}
	}
	n := float64(len(r))
	return same/n - (all-same)/(n*n-n)
}

func identity(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func region(roi string) string {
	if roi == "" {
		return "all"
	}
	return roi
}
