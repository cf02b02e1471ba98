package command

import (
	"fmt"
	"text/tabwriter"

	"realnet/pipeline"
)

// Compare shows two runs side by side.
type Compare struct {
	A    string `arg:"" help:"Folder of the first run." type:"path"`
	B    string `arg:"" help:"Folder of the second run." type:"path"`
	JSON bool   `help:"Print JSON."`
}

// Examples of the command.
func (*Compare) Examples() string {
	return "realnet compare runs/haxby runs/haxby-detrend2"
}

// Run prints the comparison.
func (c *Compare) Run(a *App) error {
	diff, err := pipeline.CompareRuns(c.A, c.B)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.Stdout, diff)
	}
	if len(diff.Study) == 0 {
		fmt.Fprintln(a.Stdout, "study: the same")
	}
	for _, line := range diff.Study {
		fmt.Fprintf(a.Stdout, "study: %s\n", line)
	}
	fmt.Fprintf(a.Stdout, "nodes: %d the same, %d differ\n", diff.Same, len(diff.Nodes))
	for _, n := range diff.Nodes {
		fmt.Fprintf(a.Stdout, "  %s: %s\n", n.Node, n.Reason)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "result\tfirst\tcheck\tsecond\tcheck\tchange")
	for _, r := range diff.Results {
		change := ""
		if d, ok := r.Change(); ok && d != 0 {
			change = fmt.Sprintf("%+.4g", d) // of a number that is not zero
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.A, r.A.Verdict(), r.B, r.B.Verdict(), change)
	}
	return w.Flush()
}
