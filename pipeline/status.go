package pipeline

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"realnet/artifacts"
	"realnet/stages/stage"
)

// Status is a node and what a run would do with it: what `realnet plan --json`
// prints of a node.
type Status struct {
	Node
	Name   string           `json:"node"`  // its ID again
	State  string           `json:"state"` // cached, run, or waits (an input runs first)
	Reason string           `json:"reason,omitempty"`
	Key    string           `json:"key,omitempty"` // empty while an input has to run first
	Digest artifacts.Digest `json:"digest,omitempty"`
	Made   string           `json:"made,omitempty"` // folder of its artifact, when it is cached
	Need   stage.Need       `json:"need"`           // what a run of it asks of a machine
}

// Status looks at every node without running any, in the order of the plan.
func (r *Runner) Status(plan *Plan) ([]Status, error) {
	past := newHistory(r.Store.Dir(), plan.Study)
	out := make([]Status, len(plan.Nodes))
	found := map[string]artifacts.Digest{}
	for i, n := range plan.Nodes {
		var err error
		s := Status{Node: n, Name: n.ID}
		st, ok := r.Registry.Get(n.Stage)
		if !ok {
			return nil, fmt.Errorf("node %s: %w %q", n.ID, ErrUnknownStage, n.Stage)
		}
		if s.Need, err = st.Need(n.Params, nil); err != nil {
			return nil, fmt.Errorf("node %s: %w", n.ID, err)
		}
		ingredients, err := r.ingredients(n, st)
		if err != nil {
			return nil, err
		}
		var waits []string
		for _, in := range n.In {
			d, ok := found[in.Node]
			if in.Node == "" {
				e, _ := plan.external(in.External)
				d, ok = artifacts.Digest(e.Digest), true
			}
			if !ok {
				waits = append(waits, in.Node)
				continue
			}
			ingredients.Inputs[in.Port] = append(ingredients.Inputs[in.Port], d)
		}
		if len(waits) > 0 {
			s.State, s.Reason = "waits", "runs after "+strings.Join(firstFew(waits, 3), ", ")
			out[i] = s
			continue
		}
		if s.Key, err = ingredients.Key(); err != nil {
			return nil, err
		}
		a, ok, err := r.lookup(s.Key)
		switch {
		case errors.Is(err, artifacts.ErrDamaged):
			s.State, s.Reason = "run", "damaged in the store: "+err.Error()
		case err != nil:
			return nil, err
		case ok:
			s.State, s.Digest = "cached", a.Digest()
			if s.Made, err = filepath.EvalSymlinks(a.Dir()); err != nil { // a reused one is elsewhere
				return nil, err
			}
			found[n.ID] = a.Digest()
		default:
			s.State, s.Reason = "run", past.why(n.ID, ingredients)
		}
		out[i] = s
	}
	return out, nil
}

func firstFew(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(append([]string{}, list[:n]...), fmt.Sprintf("and %d more", len(list)-n))
}
