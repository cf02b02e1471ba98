package rdmfile

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"realnet/artifacts/schemas/rdms"
	"realnet/data/csvtable"
	"realnet/stages/analysis/rdm"
)

// Pair is one dissimilarity of a table of pairs.
type Pair struct {
	RDM   string  `col:"rdm"`
	First string  `col:"first" doc:"condition"`
	Other string  `col:"second" doc:"condition"`
	Value float64 `col:"value"`
}

func isPairs(t *csvtable.Table) bool {
	for _, name := range []string{"first", "second", "value"} {
		if !slices.Contains(t.Columns, name) {
			return false
		}
	}
	return true
}

// ofPairs reads a table of pairs: RDM by RDM, each pair once, in any order.
func ofPairs(t *csvtable.Table, base string) ([]RDM, error) {
	first, _ := t.Column("first")
	second, _ := t.Column("second")
	texts, _ := t.Column("value")
	of, several := t.Column("rdm")
	if !several {
		of = make([]string, len(first))
	}
	var labels, names []string
	rdmAt, nameAt := map[string]int{}, map[string]int{}
	index := func(at map[string]int, list *[]string, name string) {
		if _, ok := at[name]; !ok {
			at[name] = len(*list)
			*list = append(*list, name)
		}
	}
	for i := range first {
		index(rdmAt, &labels, of[i])
		index(nameAt, &names, first[i])
	}
	for _, name := range second { // the last condition is never first
		index(nameAt, &names, name)
	}
	n := len(names)
	if pairs := len(labels) * rdms.Pairs(n); len(first) != pairs {
		return nil, fmt.Errorf("%w: %d pairs of %d RDMs of %d conditions: want every pair once (%d)", ErrShape, len(first), len(labels), n, pairs)
	}
	values := make([][]float64, len(labels))
	for i := range values {
		values[i] = make([]float64, rdms.Pairs(n))
		for k := range values[i] {
			values[i][k] = math.Inf(-1) // not there yet
		}
	}
	for row := range first {
		i, j := nameAt[first[row]], nameAt[second[row]]
		if i == j {
			return nil, fmt.Errorf("%w: line %d pairs %q with itself", ErrShape, t.Lines[row], first[row])
		}
		i, j = min(i, j), max(i, j)
		place := &values[rdmAt[of[row]]][i*n-i*(i+1)/2+j-i-1]
		if !math.IsInf(*place, -1) {
			return nil, fmt.Errorf("%w: line %d has the pair %q and %q again", ErrShape, t.Lines[row], first[row], second[row])
		}
		*place = math.NaN()
		if texts[row] != "" {
			v, err := strconv.ParseFloat(texts[row], 64)
			if err != nil {
				return nil, fmt.Errorf("%w: line %d: value %q is no number", ErrShape, t.Lines[row], texts[row])
			}
			*place = v
		}
	}
	out := make([]RDM, len(labels))
	for i, label := range labels {
		r, err := rdm.New("", values[i], names)
		if err != nil {
			return nil, err
		}
		out[i] = RDM{RDM: r, Label: base, Row: rdms.Row{Time: math.NaN()}}
		if len(labels) > 1 {
			out[i].Label = base + "/" + label
		}
	}
	return out, nil
}
