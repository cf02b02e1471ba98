package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"realnet/pipeline"
	"realnet/pipeline/step"
)

// Plan shows what a study would run.
type Plan struct {
	StudyFlags
	JSON  bool `help:"Print the plan as JSON: nodes, inputs, parameters, what is cached."`
	Dot   bool `help:"Print the plan as a Graphviz graph."`
	Files bool `help:"Print patterns of the files that the study may read below the folder of --data, without looking for them."`
}

// Examples of the command.
func (*Plan) Examples() string {
	return `realnet plan haxby --data ../data
realnet plan haxby --dot | dot -Tsvg > plan.svg
realnet plan haxby --json | jq '.nodes[] | select(.state=="run")'`
}

// PlannedStudy is what `realnet plan --json` prints.
type PlannedStudy struct {
	Study     string            `json:"study"`
	Nodes     []pipeline.Status `json:"nodes"`
	Externals []step.External   `json:"externals,omitempty"`
	Missing   string            `json:"missing,omitempty"` // what has to be got first, in words
}

// Run prints the plan.
func (c *Plan) Run(ctx context.Context, a *App) error {
	if c.Files {
		study, _, err := c.load()
		if err != nil {
			return err
		}
		for _, pattern := range study.Wanted() {
			fmt.Fprintln(a.Stdout, pattern)
		}
		return nil
	}
	_, plan, r, err := c.runner(ctx, a)
	if err != nil {
		return err
	}
	status, err := r.Status(plan)
	if err != nil {
		return err
	}
	switch {
	case c.JSON:
		p := PlannedStudy{Study: plan.Study, Nodes: status, Externals: plan.Externals}
		if err := plan.Missing(); err != nil {
			p.Missing = err.Error()
		}
		return printJSON(a.Stdout, p)
	case c.Dot:
		return writeDot(a.Stdout, plan, status)
	}
	counts := map[string]int{}
	width := 0
	for _, s := range status {
		width = max(width, len(s.ID))
	}
	for _, s := range status {
		counts[s.State]++
		fmt.Fprintf(a.Stdout, "%-6s  %-*s  %s\n", s.State, width, s.ID, s.Reason)
	}
	fmt.Fprintf(a.Stdout, "%d cached, %d to run, %d after them\n", counts["cached"], counts["run"], counts["waits"])
	return nil
}

func writeDot(w io.Writer, plan *pipeline.Plan, status []pipeline.Status) error {
	colour := map[string]string{"cached": "#dddddd", "run": "#ffd37f", "waits": "#fff2cc"}
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %q {\n  rankdir=LR;\n  node [shape=box, style=filled, fontname=\"sans-serif\"];\n", plan.Study)
	for i, n := range plan.Nodes {
		fmt.Fprintf(&b, "  %q [fillcolor=%q, tooltip=%q];\n", n.ID, colour[status[i].State], status[i].State+" "+status[i].Reason)
		for _, in := range n.In {
			from := in.Node
			if from == "" {
				from = "folder " + in.External
			}
			fmt.Fprintf(&b, "  %q -> %q [label=%q];\n", from, n.ID, in.Port)
		}
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
