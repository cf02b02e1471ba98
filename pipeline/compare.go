package pipeline

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"realnet/pipeline/step"
)

// Comparison is what differs between two runs.
type Comparison struct {
	A, B    string
	Study   []string           `json:"study"`   // fields of the study that differ, "field a -> b"
	Nodes   []NodeDifference   `json:"nodes"`   // nodes whose artifact differs
	Same    int                `json:"same"`    // nodes with the same digest
	Results []ResultDifference `json:"results"` // every result of either
}

// NodeDifference is one node that differs.
type NodeDifference struct {
	Node   string `json:"node"`
	Reason string `json:"reason"`
}

// ResultDifference is one result in both runs; a side that lacks it is nil.
type ResultDifference struct {
	Name string  `json:"name"`
	A    *Result `json:"a"`
	B    *Result `json:"b"`
}

// Change is B - A where both have a value.
func (d ResultDifference) Change() (float64, bool) {
	if d.A == nil || d.B == nil || d.A.Value == nil || d.B.Value == nil {
		return 0, false
	}
	return *d.B.Value - *d.A.Value, true
}

// CompareRuns reads two runs' folders and says what differed in parameters and
// what that changed in the results.
func CompareRuns(dirA, dirB string) (Comparison, error) {
	c := Comparison{A: dirA, B: dirB}
	a, err := ReadRun(dirA)
	if err != nil {
		return c, err
	}
	b, err := ReadRun(dirB)
	if err != nil {
		return c, err
	}
	textA, err := json.Marshal(a.Study)
	if err != nil {
		return c, err
	}
	textB, err := json.Marshal(b.Study)
	if err != nil {
		return c, err
	}
	c.Study = step.ChangedParams(textA, textB)
	c.compareNodes(a, b)
	return c, c.compareResults(dirA, dirB)
}

func (c *Comparison) compareNodes(a, b RunRecord) {
	inA := map[string]Outcome{}
	for _, n := range a.Nodes {
		inA[n.ID] = n
	}
	for _, n := range b.Nodes {
		before, ok := inA[n.ID]
		delete(inA, n.ID)
		switch {
		case !ok:
			c.Nodes = append(c.Nodes, NodeDifference{n.ID, "only in the second run"})
		case n.Digest == before.Digest && n.Digest != "":
			c.Same++
		default:
			reason := "made of other inputs or code"
			if diff := step.ChangedParams(before.Params, n.Params); len(diff) > 0 {
				reason = strings.Join(diff, ", ")
			} else if n.Digest == "" || before.Digest == "" {
				reason = "not finished in one of the runs"
			}
			c.Nodes = append(c.Nodes, NodeDifference{n.ID, reason})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(inA)) {
		c.Nodes = append(c.Nodes, NodeDifference{id, "only in the first run"})
	}
}

func (c *Comparison) compareResults(dirA, dirB string) error {
	a, err := ReadResults(dirA)
	if err != nil {
		return err
	}
	b, err := ReadResults(dirB)
	if err != nil {
		return err
	}
	for _, r := range SideBySide(a, b) {
		c.Results = append(c.Results, ResultDifference{r.Name, r.Of[0], r.Of[1]})
	}
	return nil
}

// Compared is one result in several runs; those that lack it have nil.
type Compared struct {
	Name string
	Of   []*Result
}

// SideBySide pairs the results of runs by name, in the order of the first run; those
// that it lacks follow.
func SideBySide(runs ...Results) []Compared {
	var out []Compared
	at := map[string]int{}
	for k, run := range runs {
		for i := range run.Results {
			r := &run.Results[i]
			row, ok := at[r.Name]
			if !ok {
				row = len(out)
				at[r.Name] = row
				out = append(out, Compared{r.Name, make([]*Result, len(runs))})
			}
			out[row].Of[k] = r
		}
	}
	return out
}

// Change is the value in a run less that in the first, where both have one.
func (c Compared) Change(run int) (float64, bool) {
	return ResultDifference{A: c.Of[0], B: c.Of[run]}.Change()
}

// Verdict is that of a check: pass, fail, or "" for a result that is none.
func (r *Result) Verdict() string {
	switch {
	case r == nil || r.Pass == nil:
		return ""
	case *r.Pass:
		return "pass"
	}
	return "fail"
}
