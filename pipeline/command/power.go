package command

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"realnet/artifacts"
	"realnet/pipeline"
	"realnet/pipeline/arrays"
	"realnet/pipeline/strict"
)

// Power repeats a study in synthetic worlds and counts what its reports find.
type Power struct {
	Study string   `arg:"" optional:"" help:"A bundled study on synthetic data, or a YAML file of one." default:"demo"`
	Vary  []string `help:"A setting and the values that it takes, such as subjects=3,5,10. May be repeated: every combination is run." placeholder:"KEY=V1,V2,..." sep:"none"`
	Seeds int      `help:"Worlds of each combination: seeds 1 to N." default:"10"`
	Null  bool     `help:"Also worlds with nothing planted in the brains (synth.planted=0), where everything found is false."`
	Out   string   `short:"o" help:"Folder of the campaign: report.html, power.csv, power.parquet, worlds.csv and the runs. The same command resumes there." placeholder:"DIR" required:"" type:"path"`
	Set   []string `help:"Set one field of the study in every run. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
	Swap  []string `help:"Replace a stage by a program that keeps the stage contract. May be repeated." placeholder:"STAGE=PROGRAM" sep:"none"`
	Jobs  int      `short:"j" help:"Cores to keep busy; 0 means all." default:"0"`
	ExecutorFlags
	Keep bool `help:"Keep the artifacts of finished runs (about 1 GB for each run of the demo), in the folder store below --out."`
	JSON bool `help:"Print the table as JSON."`
}

// Examples of the command.
func (*Power) Examples() string {
	return `realnet power demo --vary subjects=3,5,10 --vary synth.images.test=50,100,200 --seeds 20 --out power
realnet power demo --seeds 30 --null --out seeds
realnet power demo --vary synth.fmri.reliability=0.1,0.3,0.9 --out noise --json`
}

// campaign is what a command line of Power asks for.
type campaign struct {
	*Power
	vary     []pipeline.Vary
	cells    []pipeline.Cell
	worlds   []pipeline.World
	claims   [][]pipeline.Claim // by world; nil: has not run
	executor pipeline.Executor
}

// Run runs the worlds that have not run yet and writes the tables.
func (c *Power) Run(ctx context.Context, a *App) error {
	p := campaign{Power: c}
	if c.Seeds < 1 || c.Seeds > 10000 {
		return usagef("--seeds %d: want 1 to 10000", c.Seeds)
	}
	for _, text := range c.Vary {
		v, err := pipeline.ParseVary(text)
		if err != nil {
			return usageError{err}
		}
		p.vary = append(p.vary, v)
	}
	var err error
	if p.cells, err = pipeline.Cells(p.vary); err != nil {
		return usageError{err}
	}
	p.worlds = pipeline.Worlds(len(p.cells), c.Seeds, c.Null)
	p.claims = make([][]pipeline.Claim, len(p.worlds))
	planted := make([]bool, len(p.cells))
	for i, cell := range p.cells { // a mistake in the last cell is found before the first run
		if planted[i], err = p.check(ctx, a, cell); err != nil {
			return err
		}
	}
	for i, w := range p.worlds {
		p.worlds[i].Planted = w.Planted && planted[w.Cell]
	}
	if p.executor, err = c.ExecutorFlags.executor(a); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	a.StoreDir = filepath.Join(c.Out, "store") // emptied as the campaign proceeds: nobody else's
	runErr := p.run(ctx, a)
	if runErr != nil && !slices.ContainsFunc(p.claims, func(l []pipeline.Claim) bool { return l != nil }) {
		return runErr
	}
	return errors.Join(runErr, p.write(a))
}

// check makes the plan of a cell, and says whether its settings plant anything.
func (p *campaign) check(ctx context.Context, a *App, cell pipeline.Cell) (planted bool, err error) {
	study, err := p.study(pipeline.World{Seed: 1, Planted: true}, cell)
	if err != nil {
		return false, err
	}
	if study.Kind != "alignment" || study.Data.FMRI.Dataset != pipeline.Synthetic {
		return false, usagef("%s does not make its data: power repeats studies of kind alignment whose data.fmri is {dataset: %s}, as demo has", study.Study, pipeline.Synthetic)
	}
	_, err = pipeline.NewStudyPlan(ctx, study, pipeline.PlanOptions{Registry: a.Registry})
	return study.Synth.Planted != 0, usageErrorOf(err)
}

// overrides are what a world sets in the study.
func (p *campaign) overrides(w pipeline.World, cell pipeline.Cell) ([]strict.Override, error) {
	set, err := strict.ParseOverrides(p.Set)
	if err != nil {
		return nil, usageError{err}
	}
	for _, o := range append(slices.Clone(set), cell.Set...) {
		if o.Key == "seed" || o.Key == "synth.planted" && p.Null {
			return nil, usagef("%s: --seeds and --null set it", o.Key)
		}
	}
	set = append(append(set, cell.Set...), strict.Override{Key: "seed", Value: strconv.FormatUint(w.Seed, 10)})
	if !w.Planted && p.Null {
		set = append(set, strict.Override{Key: "synth.planted", Value: "0"})
	}
	return set, nil
}

func (p *campaign) study(w pipeline.World, cell pipeline.Cell) (pipeline.Study, error) {
	set, err := p.overrides(w, cell)
	if err != nil {
		return pipeline.Study{}, err
	}
	study, err := pipeline.LoadStudy(p.Study, set)
	return study, usageErrorOf(err)
}

// folder is where the run of a world is.
func (p *campaign) folder(w pipeline.World) string {
	world := "planted"
	if !w.Planted {
		world = "null"
	}
	cell := strings.NewReplacer(" ", "_", "/", "_", "\\", "_").Replace(p.cells[w.Cell].Name)
	return filepath.Join(p.Out, "runs", cmp.Or(cell, "study"), fmt.Sprintf("%s-seed-%d", world, w.Seed))
}

// run brings every world to its results.
func (p *campaign) run(ctx context.Context, a *App) error {
	started, made := time.Now(), 0
	for i, w := range p.worlds {
		if err := ctx.Err(); err != nil {
			return err
		}
		fresh, err := p.world(ctx, a, i)
		if err != nil {
			return fmt.Errorf("%s: %w", p.folder(w), err)
		}
		if fresh {
			made++
			left := time.Duration(len(p.worlds)-i-1) * time.Since(started) / time.Duration(made)
			a.Log.Info().Str("run", p.folder(w)).Int("done", i+1).Int("of", len(p.worlds)).Str("left", left.Round(time.Minute).String()).Msg("world")
		}
		if last := i == len(p.worlds)-1 || p.worlds[i+1].Seed != w.Seed; last && !p.Keep {
			if err := p.tidy(a, w.Seed); err != nil {
				return err
			}
		}
	}
	return nil
}

// world runs one world, unless its folder has the results of this study by this code.
func (p *campaign) world(ctx context.Context, a *App, i int) (fresh bool, err error) {
	w, dir := p.worlds[i], p.folder(p.worlds[i])
	set, err := p.overrides(w, p.cells[w.Cell])
	if err != nil {
		return false, err
	}
	one := Reproduce{StudyFlags: StudyFlags{Study: p.Study, Swap: p.Swap, Jobs: p.Jobs}, Out: dir, ExecutorFlags: p.ExecutorFlags}
	for _, o := range set {
		one.Set = append(one.Set, o.Key+"="+o.Value)
	}
	study, plan, r, err := one.runner(ctx, a)
	if err != nil {
		return false, err
	}
	code, err := r.CodeOf(plan)
	if err != nil {
		return false, err
	}
	if !finished(dir, study, code) {
		if err := pipeline.CheckRunFolder(dir); err != nil {
			return false, err
		}
		r.Executor = p.executor
		_, runErr, err := one.run(ctx, a, study, plan, r, dir, time.Now())
		if err := errors.Join(runErr, err); err != nil {
			return false, err
		}
		fresh = true
	}
	results, err := pipeline.ReadResults(dir)
	if err != nil {
		return fresh, err
	}
	if len(results.Partial) > 0 {
		return fresh, fmt.Errorf("the run is partial: %s", strings.Join(results.Partial, ", "))
	}
	p.claims[i] = pipeline.ClaimsOf(study, results.Results)
	return fresh, nil
}

// finished says whether a folder has the results of this study by this code.
func finished(dir string, study pipeline.Study, code string) bool {
	rec, err := pipeline.ReadRun(dir)
	if err != nil || rec.Missing != "" || rec.Code != code {
		return false
	}
	before, err1 := json.Marshal(rec.Study)
	now, err2 := json.Marshal(study)
	if err1 != nil || err2 != nil || string(before) != string(now) {
		return false
	}
	results, err := pipeline.ReadResults(dir)
	return err == nil && len(results.Partial) == 0
}

// tidy removes the artifacts of a seed's worlds: their results are in their folders. Worlds
// of an earlier command may have been tidied before, or may have been cut short of it.
func (p *campaign) tidy(a *App, seed uint64) error {
	store, err := a.OpenStore()
	if err != nil {
		return err
	}
	kept, err := store.Runs()
	if err != nil {
		return err
	}
	forgotten := false
	for _, w := range p.worlds {
		if w.Seed != seed {
			continue
		}
		abs, err := filepath.Abs(p.folder(w))
		if err != nil {
			return err
		}
		if _, ok := kept[abs]; !ok {
			continue
		}
		if err := store.Forget(abs); err != nil && !errors.Is(err, artifacts.ErrNotFound) { // another command was quicker
			return err
		}
		forgotten = true
	}
	if forgotten {
		_, _, err = store.GC(false)
	}
	return err
}

// powerRow is a row of power.parquet and power.csv.
type powerRow struct {
	Settings string  `col:"settings" json:"settings" doc:"what the cell sets, as KEY=VALUE separated by spaces; empty: the study as it is"`
	World    string  `col:"world" json:"world" doc:"planted or null"`
	Effect   string  `col:"effect" json:"effect" doc:"claim of the report; any: at least one claim that is false"`
	Text     string  `col:"text" json:"text"`
	Truth    string  `col:"truth" json:"truth" doc:"planted: there; false: not there; open: training may cause it in either case"`
	Runs     int64   `col:"runs" json:"runs" doc:"worlds that have run"`
	Times    int64   `col:"times" json:"times" doc:"worlds in which it was found: above 0, corrected p below the study's level"`
	Found    float64 `col:"found" json:"found" doc:"share of worlds in which it was found"`
	CILow    float64 `col:"ci_low" json:"ci_low" doc:"Wilson's 95 % interval of the share"`
	CIHigh   float64 `col:"ci_high" json:"ci_high"`
	Value    float64 `col:"value" json:"value" doc:"mean over worlds; of clusters the mean mass where there is one"`
}

func (p *campaign) rows() []powerRow {
	var out []powerRow
	for _, t := range pipeline.Tallies(p.worlds, p.claims) {
		out = append(out, powerRow{
			Settings: p.cells[t.Cell].Name, World: worldName(t.Planted), Effect: t.Effect, Text: t.Text, Truth: t.Truth, Runs: int64(t.Runs),
			Times: int64(t.Times), Found: t.Share, CILow: t.Interval.Low, CIHigh: t.Interval.High, Value: t.MeanValue,
		})
	}
	return out
}

func worldName(planted bool) string {
	if planted {
		return "planted"
	}
	return "null"
}

// write writes tables and page, and prints the table.
func (p *campaign) write(a *App) error {
	rows := p.rows()
	if err := arrays.WriteParquet(filepath.Join(p.Out, "power.parquet"), slices.Values(rows)); err != nil {
		return err
	}
	if err := writeCSV(filepath.Join(p.Out, "power.csv"), p.table(rows)); err != nil {
		return err
	}
	if err := writeCSV(filepath.Join(p.Out, "worlds.csv"), p.worldTable()); err != nil {
		return err
	}
	page, err := p.page(rows)
	if err != nil {
		return err
	}
	file := filepath.Join(p.Out, "report.html")
	if err := artifacts.ReplaceFile(file, page); err != nil {
		return err
	}
	if p.JSON {
		return printJSON(a.Stdout, map[string]any{"study": p.Study, "interval": "Wilson, 95 %", "rows": rows})
	}
	for _, r := range rows {
		if r.Effect == pipeline.AnyEffect || r.Truth == pipeline.TruthPlanted {
			fmt.Fprintf(a.Stdout, "%s  %-8s %-70s found in %d of %d  [%.2f, %.2f]\n", cmp.Or(r.Settings, p.Study), r.World, r.Text, r.Times, r.Runs, r.CILow, r.CIHigh)
		}
	}
	fmt.Fprintf(a.Stdout, "report: %s\n", file)
	return nil
}

// table has a column for each varied setting beside those of the rows.
func (p *campaign) table(rows []powerRow) iter.Seq[[]string] {
	values := map[string][]string{}
	for _, c := range p.cells {
		values[c.Name] = c.Values
	}
	return func(yield func([]string) bool) {
		if !yield(append(p.keys(), "world", "effect", "text", "truth", "runs", "times", "found", "ci_low", "ci_high", "value")) {
			return
		}
		for _, r := range rows {
			line := append(slices.Clone(values[r.Settings]), r.World, r.Effect, r.Text, r.Truth, strconv.FormatInt(r.Runs, 10), strconv.FormatInt(r.Times, 10))
			for _, v := range []float64{r.Found, r.CILow, r.CIHigh, r.Value} {
				line = append(line, strconv.FormatFloat(v, 'g', -1, 64))
			}
			if !yield(line) {
				return
			}
		}
	}
}

func (p *campaign) keys() []string {
	var keys []string
	for _, v := range p.vary {
		keys = append(keys, v.Key)
	}
	return keys
}

// worldTable has a line for each world and claim.
func (p *campaign) worldTable() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		if !yield(append(p.keys(), "world", "seed", "effect", "text", "truth", "value", "p_corrected", "found")) {
			return
		}
		for i, w := range p.worlds {
			for _, c := range p.claims[i] {
				line := append(slices.Clone(p.cells[w.Cell].Values), worldName(w.Planted), strconv.FormatUint(w.Seed, 10), c.Effect, c.Text, c.Truth,
					strconv.FormatFloat(c.Value, 'g', -1, 64), strconv.FormatFloat(c.P, 'g', -1, 64), strconv.FormatBool(c.Found))
				if !yield(line) {
					return
				}
			}
		}
	}
}

func writeCSV(file string, lines iter.Seq[[]string]) error {
	var text strings.Builder
	w := csv.NewWriter(&text)
	for line := range lines {
		if err := w.Write(line); err != nil {
			return err
		}
	}
	w.Flush()
	return errors.Join(w.Error(), artifacts.ReplaceFile(file, []byte(text.String())))
}
