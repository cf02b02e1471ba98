package stats

import "math"

// cell is a place in the cells: a row of a network, a column of a brain.
type cell struct{ n, b int }

// statistic is a number of each of some subjects; what is asked for is their mean.
type statistic []unit

// unit is the statistic of one subject.
type unit struct {
	subject string
	of      func(cells) float64
}

// less is the difference from another statistic, for the subjects of both. Where no
// subject is in both (networks taught by fMRI and networks taught by EEG), each is compared
// with the other's mean.
func (m statistic) less(reference statistic) statistic {
	return m.with(reference, func(u, r unit) func(cells) float64 {
		return func(c cells) float64 { return u.of(c) - r.of(c) }
	})
}

// ratio is the improvement ratio R = (u - b) / |b| of the means of m and base. Its units
// are R and what each subject adds to it at first order, so that their mean is R.
func (m statistic) ratio(base statistic) statistic {
	return m.with(base, func(u, b unit) func(cells) float64 {
		return func(c cells) float64 {
			mean := base.mean(c)
			r := (m.mean(c) - mean) / math.Abs(mean)
			return r + (u.of(c)-b.of(c)-r*b.of(c)*math.Copysign(1, mean))/math.Abs(mean)
		}
	})
}

func (m statistic) with(other statistic, join func(a, b unit) func(cells) float64) statistic {
	var out statistic
	for _, a := range m {
		for _, b := range other {
			if a.subject == b.subject {
				out = append(out, unit{a.subject, join(a, b)})
			}
		}
	}
	if len(out) == 0 && len(other) > 0 {
		for _, a := range m {
			out = append(out, unit{a.subject, join(a, unit{of: other.mean})})
		}
	}
	return out
}

func (m statistic) mean(c cells) float64 {
	var sum float64
	for _, u := range m {
		sum += u.of(c)
	}
	return sum / float64(len(m))
}

// meanOf is the mean of statistics of the same subjects.
func meanOf(list []statistic) statistic {
	var out statistic
	for i, u := range list[0] {
		out = append(out, unit{u.subject, func(c cells) float64 {
			var sum float64
			for _, m := range list {
				sum += m[i].of(c)
			}
			return sum / float64(len(list))
		}})
	}
	return out
}
