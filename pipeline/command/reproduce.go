package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"realnet/artifacts"
	"realnet/pipeline"
	"realnet/pipeline/slurm"
	"realnet/pipeline/step"
	"realnet/pipeline/strict"
)

// StudyFlags are the flags of commands that make a plan.
type StudyFlags struct {
	Study string   `arg:"" optional:"" help:"A bundled study (see realnet studies) or a YAML file." default:"demo"`
	Data  string   `help:"Folder with the datasets, or with the only dataset." placeholder:"DIR" type:"path"`
	Set   []string `help:"Set one field of the study, such as fmri.recipe.detrend_order=2. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
	Swap  []string `help:"Replace a stage by a program that keeps the stage contract. May be repeated." placeholder:"STAGE=PROGRAM" sep:"none"`
	Until string   `help:"Run this stage and what it needs, nothing after it." placeholder:"STAGE"`
	Only  string   `help:"Run only this stage, on inputs that are already in the store." placeholder:"STAGE"`
	Reuse []string `help:"Use artifacts in this folder, made by another executor, if parameters, inputs and code match. May be repeated." placeholder:"DIR" sep:"none"`
	Jobs  int      `short:"j" help:"Cores to keep busy; 0 means all." default:"0"`
}

// ExecutorFlags say where stages run.
type ExecutorFlags struct {
	Executor string `help:"Where stages run: local (in this process), process (a child process each) or slurm (jobs of a cluster)." enum:"local,process,slurm" default:"local"`
	SlurmFlags
}

// executor is the one that the flags name.
func (f ExecutorFlags) executor(a *App) (pipeline.Executor, error) {
	switch {
	case f.Executor != "slurm" && len(f.Slurm) > 0:
		return nil, usagef("--slurm and --dry-run need --executor slurm")
	case f.Executor == "slurm":
		a.patience.Store(int64(cancelling))
		return f.SlurmFlags.executor(a)
	case f.Executor == "process":
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		return pipeline.Process{Command: []string{self, "stage"}}, nil
	}
	return pipeline.Local{}, nil
}

// Reproduce runs a study.
type Reproduce struct {
	StudyFlags
	Out string `short:"o" help:"Folder of the run: report.html, figures, tables, results.json. Default: runs/STUDY." placeholder:"DIR" type:"path"`
	ExecutorFlags
	DryRun bool `help:"With --executor slurm: print the batch scripts that would be submitted."`
	Cached bool `help:"Run nothing: write the run's folder from cached artifacts."`
	JSON   bool `help:"Print the run's record as JSON."`

	Failures string `hidden:"" help:"Nodes that failed elsewhere, a JSON object of node to error: they are not run, and the report says these errors." placeholder:"FILE" type:"path"`
}

// Examples of the command.
func (*Reproduce) Examples() string {
	return `realnet reproduce haxby --data ../data --out runs/haxby
realnet reproduce my-study.yaml --set seed=7 --jobs 2
realnet reproduce haxby --data ../data --swap rdm=./my-rdm
realnet reproduce demo --executor slurm --slurm partition=cpu --slurm time=1:00:00 --dry-run`
}

// load reads the study, with what the flags set in it.
func (f *StudyFlags) load() (pipeline.Study, []strict.Override, error) {
	set, err := strict.ParseOverrides(f.Set)
	if err != nil {
		return pipeline.Study{}, nil, usageError{err}
	}
	for i, o := range set {
		set[i] = fromHere(o)
	}
	study, err := pipeline.LoadStudy(f.Study, set)
	return study, set, usageErrorOf(err)
}

// runner collects what plans and runs share.
func (f *StudyFlags) runner(ctx context.Context, a *App) (pipeline.Study, *pipeline.Plan, *pipeline.Runner, error) {
	fail := func(err error) (pipeline.Study, *pipeline.Plan, *pipeline.Runner, error) {
		return pipeline.Study{}, nil, nil, err
	}
	if f.Until != "" && f.Only != "" {
		return fail(usagef("--until and --only exclude each other"))
	}
	if f.Jobs < 0 {
		return fail(usagef("--jobs %d: want a number of cores, or 0 for all", f.Jobs))
	}
	study, set, err := f.load()
	if err != nil {
		return fail(err)
	}
	store, err := a.OpenStore()
	if err != nil {
		return fail(err)
	}
	code, err := a.Code()
	if err != nil {
		return fail(err)
	}
	r := &pipeline.Runner{
		Registry: a.Registry, Code: code, Store: store, Executor: pipeline.Local{}, Jobs: f.Jobs, Only: f.Only,
		Swaps: map[string]step.Program{}, Log: a.Log,
	}
	for _, text := range f.Swap {
		name, program, err := step.ParseSwap(text)
		if err != nil {
			return fail(usageError{err})
		}
		r.Swaps[name] = program
	}
	fetched, err := dataDir(os.Getenv("REALNET_DATA"))
	if err != nil {
		a.Log.Debug().Err(err).Msg("no folder of fetched datasets")
	}
	opt := pipeline.PlanOptions{Registry: a.Registry, DataDir: f.Data, Fetched: fetched, CacheDir: filepath.Join(store.Dir(), "sources"), Swaps: r.Swaps}
	plan, err := pipeline.NewStudyPlan(ctx, study, opt)
	if err != nil {
		return fail(usageErrorOf(err))
	}
	if err := f.checkEffect(ctx, study, plan, set, opt); err != nil {
		return fail(usageError{err})
	}
	if stage := f.Until + f.Only; stage != "" {
		if plan, err = plan.Until(stage); err != nil {
			return fail(err)
		}
	}
	for _, dir := range f.Reuse {
		if err := pipeline.Reuse(ctx, r.Store, dir); err != nil {
			return fail(err)
		}
	}
	return study, plan, r, nil
}

// checkEffect reports a --set that changes the study but no step of its plan: its
// author believes that it changed the results.
func (f *StudyFlags) checkEffect(ctx context.Context, study pipeline.Study, plan *pipeline.Plan, set []strict.Override, opt pipeline.PlanOptions) error {
	for i, o := range set {
		before, err := pipeline.LoadStudy(f.Study, slices.Delete(slices.Clone(set), i, i+1))
		if err != nil || reflect.DeepEqual(before, study) {
			continue // needed by another one, or the value that the study has
		}
		without, err := pipeline.NewStudyPlan(ctx, before, opt)
		if err == nil && plan.Same(without) {
			return fmt.Errorf("--set %s=%s changes no step of study %s: nothing in it reads that field, or the plan sets it itself", o.Key, o.Value, study.Study)
		}
	}
	return nil
}

// fromHere makes a folder of --set, which is relative to where the command is typed, stay
// so: in the study it would be relative to the study's file.
func fromHere(o strict.Override) strict.Override {
	if strings.HasPrefix(o.Key, "data.") && strings.HasSuffix(o.Key, ".folder") {
		if abs, err := filepath.Abs(o.Value); err == nil {
			if _, err := os.Stat(abs); err == nil {
				o.Value = abs
			}
		}
	}
	return o
}

// usageErrorOf marks faults of a study file or a flag.
func usageErrorOf(err error) error {
	var fault *strict.Error
	var study pipeline.StudyError
	if errors.As(err, &fault) || errors.As(err, &study) {
		return usageError{err}
	}
	return err
}

// Run runs the study and writes the run's folder.
func (c *Reproduce) Run(ctx context.Context, a *App) error {
	started := time.Now()
	if c.DryRun && c.Executor != "slurm" {
		return usagef("--slurm and --dry-run need --executor slurm")
	}
	executor, err := c.ExecutorFlags.executor(a)
	if err != nil {
		return err
	}
	study, plan, r, err := c.runner(ctx, a)
	if err != nil {
		return err
	}
	if err := plan.Missing(); err != nil {
		return err
	}
	out := c.Out
	if out == "" {
		out = filepath.Join("runs", study.Study)
	}
	if err := pipeline.CheckRunFolder(out); err != nil {
		return err
	}
	r.Cached = c.Cached
	if r.Failures, err = readFailures(c.Failures, plan); err != nil {
		return err
	}
	if cluster, ok := executor.(*slurm.Slurm); ok && c.DryRun {
		a.patience.Store(0)
		return preview(ctx, a, cluster, r, plan)
	}
	r.Executor = executor
	rec, runErr, err := c.run(ctx, a, study, plan, r, out, started)
	if err != nil {
		return errors.Join(runErr, err)
	}
	if c.JSON {
		if err := printJSON(a.Stdout, rec); err != nil {
			return err
		}
	}
	if runErr != nil {
		return runErr
	}
	return c.summary(a, out, rec.Nodes, time.Since(started))
}

// run runs the plan and writes the run's folder out: its record, the error of the run and
// that of writing.
func (c *Reproduce) run(ctx context.Context, a *App, study pipeline.Study, plan *pipeline.Plan, r *pipeline.Runner, out string, started time.Time) (rec pipeline.RunRecord, runErr, err error) {
	code, err := r.CodeOf(plan)
	if err != nil {
		return rec, nil, err
	}
	show := newProgress(a, plan)
	r.Events = show.event
	outcomes, runErr := r.Run(ctx, plan)
	show.end()
	if runErr != nil && ctx.Err() == nil {
		outcomes = r.PartialReport(ctx, plan, outcomes)
	}
	rec = pipeline.RunRecord{
		Study: study, Command: a.Args, Started: started.UTC(), Wall: time.Since(started).Seconds(), Executor: c.Executor,
		Jobs: c.Jobs, Store: a.StoreDir, Nodes: outcomes, Externals: plan.Externals, Swaps: r.Swaps, Code: code,
		Missing: c.missing(ctx, runErr),
	}
	if cluster, ok := r.Executor.(*slurm.Slurm); ok {
		rec.Settings = cluster.Settings.Made
	}
	return rec, runErr, c.write(ctx, r.Store, out, rec, outcomes)
}

// readFailures reads the file of --failures: how nodes of the plan ended elsewhere.
func readFailures(file string, plan *pipeline.Plan) (map[string]string, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, usagef("--failures: %w", err)
	}
	var failures map[string]string
	if err := json.Unmarshal(text, &failures); err != nil {
		return nil, usagef("--failures %s: %w", file, err)
	}
	for id := range failures {
		if !slices.ContainsFunc(plan.Nodes, func(n pipeline.Node) bool { return n.ID == id }) {
			return nil, usagef("--failures %s: the study has no node %q", file, id)
		}
	}
	return failures, nil
}

// missing says why a run has no report, where it has none.
func (c *Reproduce) missing(ctx context.Context, err error) string {
	switch {
	case ctx.Err() != nil:
		return "the run was interrupted; run the same command again"
	case err != nil:
		return "the run failed: " + err.Error()
	case c.Until != "":
		return "the run was made with --until " + c.Until
	case c.Only != "":
		return "the run was made with --only " + c.Only
	}
	return ""
}

// write brings the run's folder up to date and notes in the store what it needs. An
// interrupted run leaves a folder that has a whole run as it is.
func (c *Reproduce) write(ctx context.Context, store *artifacts.Store, out string, rec pipeline.RunRecord, outcomes []pipeline.Outcome) error {
	var digests []artifacts.Digest
	for _, o := range outcomes {
		if o.Digest != "" {
			digests = append(digests, o.Digest)
		}
	}
	abs, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	before, err := pipeline.ReadRun(out)
	keep := ctx.Err() != nil && err == nil && before.Missing == ""
	if keep {
		runs, err := store.Runs()
		if err != nil {
			return err
		}
		digests = append(digests, runs[abs]...)
	}
	if err := store.Remember(abs, digests); err != nil {
		return err
	}
	if keep {
		return fmt.Errorf("%s still has the run of %s", out, before.Started.Local().Format(time.DateTime))
	}
	return pipeline.WriteRun(out, rec, pipeline.ReportOf(outcomes))
}

// summary says where the results are and which checks failed.
func (c *Reproduce) summary(a *App, out string, outcomes []pipeline.Outcome, wall time.Duration) error {
	counts := map[pipeline.Phase]int{}
	for _, o := range outcomes {
		counts[o.Phase]++
	}
	if !c.JSON {
		fmt.Fprintf(a.Stdout, "%d stages run, %d cached, %.1f s\n", counts[pipeline.Done], counts[pipeline.Cached], wall.Seconds())
	}
	results, err := pipeline.ReadResults(out)
	if errors.Is(err, pipeline.ErrNoResults) {
		return nil // the run ended before the report
	}
	if err != nil {
		return err
	}
	if !c.JSON {
		for _, line := range results.Headlines() {
			fmt.Fprintln(a.Stdout, line)
		}
		fmt.Fprintf(a.Stdout, "report: %s\n", filepath.Join(out, "report.html"))
	}
	return results.FailedChecks()
}
