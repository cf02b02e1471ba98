package slurm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"realnet/pipeline/step"
	"realnet/stages/stage"
)

// Planned is a node that would run, for a preview.
type Planned struct {
	Node   string
	Stage  stage.Stage
	Params json.RawMessage
	Swap   *step.Program
	In     []string // PORT=DIR, or PORT=(output of NODE)
}

// Preview prints the scripts that a run would submit: one array for nodes that ask for the
// same, as far as they become ready together. It needs no cluster; one that answers says
// how many cores its nodes have.
func (s *Slurm) Preview(ctx context.Context, w io.Writer, storeDir string, nodes []Planned) error {
	setup, err := s.Settings.setupOf()
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	s.client.settings = s.Settings
	known, err := s.client.describe(ctx)
	if err != nil {
		s.Log.Debug().Err(err).Msg("no cluster responds: its nodes are taken to be large enough")
	}
	base := filepath.Join(storeDir, "slurm")
	program := append([]string{filepath.Join(base, "programs", "DIGEST", "realnet")}, s.Program[1:]...)
	type array struct {
		request
		nodes []Planned
	}
	arrays := map[string]*array{}
	var order []string
	for _, n := range nodes {
		need, err := n.Stage.Need(n.Params, nil)
		if err != nil {
			return err
		}
		r := s.Settings.requestOf(n.Stage.Name, need, known.maxCPUs)
		key := strings.Join(r.flags(s.Settings), "\x00")
		if arrays[key] == nil {
			arrays[key] = &array{request: r}
			order = append(order, key)
		}
		arrays[key].nodes = append(arrays[key].nodes, n)
	}
	for i, key := range order {
		a := arrays[key]
		dir := filepath.Join(base, "batches", fmt.Sprintf("TOKEN%d", i+1))
		args := batchArgs(s.Settings, a.flags(s.Settings), dir, fmt.Sprintf("TOKEN%d", i+1), fmt.Sprintf("0-%d", len(a.nodes)-1))
		fmt.Fprintf(w, "# %d of %d: %d nodes, as far as they become ready together\nsbatch %s\n", i+1, len(order), len(a.nodes), words(args))
		if i == 0 {
			fmt.Fprintf(w, "\n# %s/job.sh, the same in every batch but for the folder\n%s", dir, jobScript(dir, setup))
		}
		for k, n := range a.nodes {
			task := step.NewTask(n.Stage, n.Params)
			task.Program = n.Swap
			attempt := filepath.Join(base, "jobs", "KEY-OF-"+strings.ReplaceAll(n.Node, "/", "-"), "1")
			run := runScript(task, program, attempt, filepath.Join(storeDir, "scratch", "KEY"), a.request, s.Settings.kernelOf())
			var in strings.Builder
			for _, text := range n.In {
				in.WriteString(" --in " + quote(text))
			}
			run = strings.Replace(run, " "+quote("--out"), in.String()+" "+quote("--out"), 1)
			fmt.Fprintf(w, "\n# task %d, %s: %s/run\n%s", k, n.Node, attempt, run)
		}
		fmt.Fprintln(w)
	}
	return nil
}

// words writes arguments as a shell takes them, quoted where need be.
func words(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		if out[i] = a; strings.ContainsAny(a, " '\"$`\\*?[#&;()<>|~!{}\t") || a == "" {
			out[i] = quote(a)
		}
	}
	return strings.Join(out, " ")
}
