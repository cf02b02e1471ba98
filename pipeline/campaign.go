package pipeline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"realnet/pipeline/strict"
	"realnet/stages/analysis/inference"
)

// mostCells bounds what --vary expands into.
const mostCells = 1000

// Vary is one setting of a study and the values that a campaign gives it.
type Vary struct {
	Key    string
	Values []string
}

// ParseVary reads KEY=V1,V2,...; a value that is a list is in brackets, and 1..5 stands
// for five whole numbers.
func ParseVary(text string) (Vary, error) {
	key, rest, ok := strings.Cut(text, "=")
	if !ok || key == "" || rest == "" {
		return Vary{}, fmt.Errorf("--vary %s: want KEY=V1,V2,... as in subjects=3,5", text)
	}
	v := Vary{Key: key}
	depth, from := 0, 0
	for i, c := range rest + "," {
		switch {
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == ',' && depth <= 0:
			value := strings.TrimSpace(rest[from:i])
			if value == "" {
				return v, fmt.Errorf("--vary %s: value %d is empty", text, len(v.Values)+1)
			}
			v.Values, from = append(v.Values, value), i+1
		}
	}
	if depth != 0 {
		return v, fmt.Errorf("--vary %s: brackets do not match", text)
	}
	var err error
	if v.Values, err = expandRanges(v.Values); err != nil {
		return v, fmt.Errorf("--vary %s: %w", text, err)
	}
	for i, value := range v.Values {
		if slices.Contains(v.Values[:i], value) {
			return v, fmt.Errorf("--vary %s: %s comes twice", text, value)
		}
	}
	return v, nil
}

// Cell is one combination of varied values.
type Cell struct {
	Values []string          // by key, in the order of the keys
	Name   string            // for readers and folders: subjects=3 synth.images.test=50
	Set    []strict.Override // what it sets in the study
}

// Cells are all combinations of the values; without any key there is one cell.
func Cells(vary []Vary) ([]Cell, error) {
	cells := []Cell{{}}
	for i, v := range vary {
		if slices.ContainsFunc(vary[:i], func(o Vary) bool { return o.Key == v.Key }) {
			return nil, fmt.Errorf("--vary %s comes twice", v.Key)
		}
		if len(cells)*len(v.Values) > mostCells {
			return nil, fmt.Errorf("--vary: more than %d combinations", mostCells)
		}
		var next []Cell
		for _, c := range cells {
			for _, value := range v.Values {
				set, err := overridesOf(v.Key, value)
				if err != nil {
					return nil, err
				}
				next = append(next, Cell{
					Values: append(slices.Clone(c.Values), value), Name: strings.TrimSpace(c.Name + " " + v.Key + "=" + value),
					Set: append(slices.Clone(c.Set), set...),
				})
			}
		}
		cells = next
	}
	return cells, nil
}

// peopleOf are the settings of a synthetic world that follow a number of people.
var peopleOf = map[string]string{"subjects": "synth.fmri.subjects", "eeg_subjects": "synth.eeg.subjects"}

// overridesOf are the settings of one varied value. A number of subjects is a list of them
// and that of the world's people.
func overridesOf(key, value string) ([]strict.Override, error) {
	world, people := peopleOf[key]
	n, err := strconv.Atoi(value)
	if !people || err != nil {
		return []strict.Override{{Key: key, Value: value}}, nil
	}
	if n < 1 || n > 99 {
		return nil, fmt.Errorf("--vary %s=%s: want 1 to 99 people", key, value)
	}
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%q", fmt.Sprintf("%02d", i+1))
	}
	return []strict.Override{{Key: key, Value: "[" + strings.Join(list, ", ") + "]"}, {Key: world, Value: value}}, nil
}

// World is one run of a campaign: a cell with a seed, with the effects planted or without.
type World struct {
	Cell    int
	Seed    uint64
	Planted bool
}

// Worlds are the runs of a campaign, seed after seed, so that one that is cut short has
// as many seeds of each cell.
func Worlds(cells, seeds int, null bool) []World {
	var out []World
	for seed := range seeds {
		for _, planted := range []bool{true, false} {
			if !planted && !null {
				continue
			}
			for cell := range cells {
				out = append(out, World{cell, uint64(seed) + 1, planted})
			}
		}
	}
	return out
}

// Tally is how often an effect was found in the worlds of a cell.
type Tally struct {
	Cell      int
	Planted   bool // worlds with planted effects, else without
	Claim          // of the last world; its value and p are not the tally's
	Runs      int
	Times     int     // in which it was found
	MeanValue float64 // over the runs
	Share     float64
	Interval  inference.Interval // Wilson's, 95 %
}

// AnyEffect is the tally of worlds whose report makes a claim that is false.
const AnyEffect = "any"

// Tallies counts claims by cell and kind of world, in the order in which they come, and
// after them the worlds with any false claim. claims[i] are those of worlds[i]; nil where
// the world has not run.
func Tallies(worlds []World, claims [][]Claim) []Tally {
	var out []Tally
	type group struct {
		cell    int
		planted bool
	}
	at := map[group]map[string]int{}
	add := func(w World, c Claim) {
		g := group{w.Cell, w.Planted}
		if at[g] == nil {
			at[g] = map[string]int{}
		}
		i, ok := at[g][c.Effect]
		if !ok {
			i = len(out)
			at[g][c.Effect] = i
			out = append(out, Tally{Cell: w.Cell, Planted: w.Planted, Claim: c})
		}
		t := &out[i]
		t.Runs++
		t.MeanValue += c.Value
		if c.Found {
			t.Times++
		}
	}
	runs := map[group]int{}
	for i, w := range worlds {
		if claims[i] == nil {
			continue
		}
		runs[group{w.Cell, w.Planted}]++
		any := Claim{Effect: AnyEffect, Text: "any claim that is false", Truth: TruthFalse}
		for _, c := range claims[i] {
			add(w, c)
			if c.Truth == TruthFalse && c.Found {
				any.Found = true
				any.Value++
			}
		}
		add(w, any)
	}
	for i := range out {
		t := &out[i]
		t.MeanValue /= float64(t.Runs)
		t.Runs = runs[group{t.Cell, t.Planted}] // a report without a cluster has not found one
		t.Share = float64(t.Times) / float64(t.Runs)
		t.Interval = inference.Wilson(t.Share, t.Runs, 0.95)
	}
	slices.SortStableFunc(out, func(a, b Tally) int {
		if a.Cell != b.Cell {
			return a.Cell - b.Cell
		}
		if a.Planted != b.Planted {
			return boolOrder(b.Planted) - boolOrder(a.Planted)
		}
		return boolOrder(a.Effect == AnyEffect) - boolOrder(b.Effect == AnyEffect)
	})
	return out
}
