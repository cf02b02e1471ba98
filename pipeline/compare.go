package pipeline

import (
	"encoding/json"
	"maps"
	"slices"
	"sort"
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
	byName := map[string]*ResultDifference{}
	at := func(name string) *ResultDifference {
		if byName[name] == nil {
			byName[name] = &ResultDifference{Name: name}
		}
		return byName[name]
	}
	for i := range a.Results {
		at(a.Results[i].Name).A = &a.Results[i]
	}
	for i := range b.Results {
		at(b.Results[i].Name).B = &b.Results[i]
	}
	for _, d := range byName {
		c.Results = append(c.Results, *d)
	}
	sort.Slice(c.Results, func(i, j int) bool { return c.Results[i].Name < c.Results[j].Name })
	return nil
}
