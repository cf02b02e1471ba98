package pipeline

import (
	"context"
	"encoding/json"
	"fmt"

	"realnet/artifacts"
)

// ReportStage is the stage whose artifact fills a run's folder.
const ReportStage = "report"

// ReportOf returns the report among the outcomes, nil when there is none.
func ReportOf(outcomes []Outcome) *artifacts.Artifact {
	for i := len(outcomes) - 1; i >= 0; i-- {
		if outcomes[i].Stage == ReportStage {
			return outcomes[i].Artifact
		}
	}
	return nil
}

// PartialReport makes the report of a run in which nodes failed, from what was
// finished, and returns the outcomes with it. The report says at its top which
// nodes are missing. When even that fails the outcomes come back unchanged.
func (r *Runner) PartialReport(ctx context.Context, plan *Plan, outcomes []Outcome) []Outcome {
	made := map[string]*artifacts.Artifact{}
	var missing []string
	at := -1
	for i, o := range outcomes {
		switch {
		case o.Artifact != nil:
			made[o.ID] = o.Artifact
		case o.Stage == ReportStage:
			at = i
		case o.Phase == Failed:
			missing = append(missing, fmt.Sprintf("%s: %s", o.ID, o.Error))
		default:
			missing = append(missing, o.ID+": not run")
		}
	}
	if at < 0 || len(missing) == 0 {
		return outcomes
	}
	node := outcomes[at].Node
	keep := node.In[:0:0]
	for _, in := range node.In {
		if in.External != "" || made[in.Node] != nil {
			keep = append(keep, in)
		}
	}
	var params map[string]any
	if err := json.Unmarshal(node.Params, &params); err != nil {
		r.Log.Error().Err(err).Msg("no partial report")
		return outcomes
	}
	params["missing"] = missing
	partial := NewPlan(plan.Study+"-partial", r.Registry)
	partial.Externals = plan.Externals
	need := map[string]bool{}
	for _, in := range keep {
		need[in.Node] = true
	}
	for i := len(plan.Nodes) - 1; i >= 0; i-- {
		if need[plan.Nodes[i].ID] {
			for _, in := range plan.Nodes[i].In {
				need[in.Node] = true
			}
		}
	}
	for _, n := range plan.Nodes {
		if need[n.ID] {
			partial.index[n.ID] = len(partial.Nodes)
			partial.Nodes = append(partial.Nodes, n)
		}
	}
	if _, err := partial.Add(node.ID, node.Stage, params, keep...); err != nil {
		r.Log.Error().Err(err).Msg("no partial report")
		return outcomes
	}
	again := *r
	again.Events, again.Only, again.Cached = nil, "", false
	got, err := again.Run(ctx, partial)
	if err != nil {
		r.Log.Error().Err(err).Msg("no partial report")
		return outcomes
	}
	out := append([]Outcome(nil), outcomes...)
	out[at] = got[len(got)-1]
	return out
}
