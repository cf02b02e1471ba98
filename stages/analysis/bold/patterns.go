package bold

import (
	"fmt"
	"slices"
)

// Patterns is a matrix with one row per estimate and one column per voxel.
type Patterns struct {
	Data   []float32 // len(Labels) x Voxels, row-major
	Voxels int
	Labels []Label

	// Unusable are the voxels, ascending, without usable signal in some run; their
	// patterns of that run are 0.
	Unusable []int

	// Lost are the events that no kept volume is left of; they have no pattern.
	Lost []Label
}

// Label says what a pattern is of.
type Label struct {
	Condition   string
	Run         int     // of the run; -1 when runs were averaged
	Subset      string  // of the run; "" when subsets were averaged
	Onset       float64 // s, of the first event
	Duration    float64 // s, of the first event
	Repeat      bool    // a one-back repeat
	Repetitions int     // events that the pattern is an average or a fit of
}

// Row is the pattern number i.
func (p *Patterns) Row(i int) []float32 { return p.Data[i*p.Voxels : (i+1)*p.Voxels] }

// Concat joins the patterns of runs over the same voxels, in order.
func Concat(runs ...*Patterns) (*Patterns, error) {
	all := &Patterns{}
	for i, p := range runs {
		if i > 0 && p.Voxels != all.Voxels {
			return nil, fmt.Errorf("bold: %w: runs with %d and %d voxels", ErrShape, all.Voxels, p.Voxels)
		}
		all.Voxels = p.Voxels
		all.Data = append(all.Data, p.Data...)
		all.Labels = append(all.Labels, p.Labels...)
		all.Unusable = append(all.Unusable, p.Unusable...)
		all.Lost = append(all.Lost, p.Lost...)
	}
	all.Unusable = sortedSet(all.Unusable)
	return all, nil
}

func sortedSet(voxels []int) []int {
	slices.Sort(voxels)
	return slices.Compact(voxels)
}

// Usable drops the unusable voxels and returns the columns that stay.
func (p *Patterns) Usable() (*Patterns, []int) {
	columns := make([]int, 0, p.Voxels-len(p.Unusable))
	for v := range p.Voxels {
		if _, bad := slices.BinarySearch(p.Unusable, v); !bad {
			columns = append(columns, v)
		}
	}
	out := &Patterns{Voxels: len(columns), Labels: slices.Clone(p.Labels), Data: make([]float32, len(p.Labels)*len(columns))}
	for i := range p.Labels {
		row := p.Row(i)
		for j, v := range columns {
			out.Data[i*len(columns)+j] = row[v]
		}
	}
	return out, columns
}

// ByCondition and ByConditionAndRun are keys for AverageBy. A condition of the training
// set and one of the test set stay apart even when they bear the same name.
func ByCondition(l Label) string { return l.Subset + "\x00" + l.Condition }

// ByConditionAndRun keeps runs apart.
func ByConditionAndRun(l Label) string { return fmt.Sprintf("%s\x00%d", ByCondition(l), l.Run) }

// AverageBy averages, in float64, the patterns with equal keys, in order of first
// appearance. What differs within a group (run, subset, repeat) is cleared in its label.
func AverageBy(p *Patterns, key func(Label) string) *Patterns {
	groups := map[string]int{}
	out := &Patterns{Voxels: p.Voxels, Unusable: slices.Clone(p.Unusable)}
	var sums [][]float64
	var counts []int
	for i, l := range p.Labels {
		k := key(l)
		g, ok := groups[k]
		if !ok {
			g = len(sums)
			groups[k] = g
			sums, counts = append(sums, make([]float64, p.Voxels)), append(counts, 0)
			out.Labels = append(out.Labels, l)
			out.Labels[g].Repetitions = 0
		}
		to := &out.Labels[g]
		to.Repetitions += l.Repetitions
		if to.Run != l.Run {
			to.Run = -1
		}
		if to.Subset != l.Subset {
			to.Subset = ""
		}
		to.Repeat = to.Repeat && l.Repeat
		counts[g]++
		for v, x := range p.Row(i) {
			sums[g][v] += float64(x)
		}
	}
	out.Data = make([]float32, len(sums)*p.Voxels)
	for g, sum := range sums {
		for v, x := range sum {
			out.Data[g*p.Voxels+v] = float32(x / float64(counts[g]))
		}
	}
	return out
}
