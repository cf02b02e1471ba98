package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"realnet/artifacts"
	"realnet/pipeline"
)

// Artifacts works on the store.
type Artifacts struct {
	List   ArtifactsList   `cmd:"" help:"List the artifacts of the store."`
	Show   ArtifactsShow   `cmd:"" help:"Print an artifact's manifest: files, schema, provenance."`
	Verify ArtifactsVerify `cmd:"" help:"Check runs, artifacts or the whole store: every file against its digest, every run against its artifacts."`
	Import ArtifactsImport `cmd:"" help:"Make an artifact of your own arrays."`
	Export ArtifactsExport `cmd:"" help:"Write an artifact as .npy, .csv, .parquet or .pth for other programs."`
	GC     ArtifactsGC     `cmd:"" name:"gc" help:"Remove artifacts that no run needs."`
}

// Examples of the commands.
func (*Artifacts) Examples() string {
	return "realnet artifacts list\nrealnet artifacts verify          # the whole store\nrealnet artifacts show 3fa2c1"
}

// ArtifactsList lists the store.
type ArtifactsList struct {
	JSON bool `help:"Print JSON."`
}

// Run prints a line per artifact, and then what is wrong with the others.
func (c *ArtifactsList) Run(a *App) error {
	store, err := a.OpenStore()
	if err != nil {
		return err
	}
	list, damage := store.List()
	if c.JSON {
		all := []artifacts.Manifest{}
		for _, art := range list {
			all = append(all, art.Manifest())
		}
		return errors.Join(printJSON(a.Stdout, all), damage)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	for _, art := range list {
		m := art.Manifest()
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d files\t%s\n", m.Digest.Short(), m.Schema, m.Provenance.Stage,
			m.Provenance.Started.Format("2006-01-02 15:04"), len(m.Files), bytesText(art.Size()))
	}
	return errors.Join(w.Flush(), damage)
}

// ArtifactsShow prints one manifest.
type ArtifactsShow struct {
	Artifact string `arg:"" help:"A digest (or its first digits) in the store, or a folder."`
}

// Examples of the command.
func (*ArtifactsShow) Examples() string {
	return "realnet artifacts show 3fa2c1\nrealnet artifacts show ./rdm"
}

// Run prints the manifest.
func (c *ArtifactsShow) Run(a *App) error {
	art, err := a.find(c.Artifact)
	if err != nil {
		return err
	}
	return printJSON(a.Stdout, art.Manifest())
}

// ArtifactsVerify checks digests.
type ArtifactsVerify struct {
	What    []string `arg:"" optional:"" name:"what" help:"Folders of runs, digests, or artifacts' folders; none: the whole store."`
	Against string   `help:"Folder of another run, whose artifacts must be bit-identical to those of the one run named." placeholder:"RUN" type:"path"`
	JSON    bool     `help:"Print what was found as JSON."`
}

// Examples of the command.
func (*ArtifactsVerify) Examples() string {
	return `realnet artifacts verify                   # the whole store
realnet artifacts verify runs/demo         # run.json, the artifacts, the page, figures, tables, results
realnet artifacts verify runs/demo --against elsewhere/demo`
}

// Verified is what `realnet artifacts verify --json` prints.
type Verified struct {
	Artifacts int                  `json:"artifacts"` // whole ones; of the store and those named
	Runs      []*pipeline.RunCheck `json:"runs,omitempty"`
	Faults    []string             `json:"faults"` // all, those of runs too
}

// Run checks and reports every fault.
func (c *ArtifactsVerify) Run(ctx context.Context, a *App) error {
	var found Verified
	var err error
	switch {
	case c.Against != "":
		err = c.compare(ctx, a, &found)
	case len(c.What) == 0:
		err = c.store(ctx, a, &found)
	default:
		for _, name := range c.What {
			if err = c.one(ctx, a, name, &found); err != nil {
				break
			}
		}
	}
	if err != nil {
		return err
	}
	if c.JSON {
		found.Faults = append([]string{}, found.Faults...)
		if err := printJSON(a.Stdout, found); err != nil {
			return err
		}
	} else {
		for _, fault := range found.Faults {
			fmt.Fprintln(a.Stderr, fault)
		}
	}
	if n := len(found.Faults); n > 0 {
		return fmt.Errorf("%d faults found; what is damaged in the store is made again by the next reproduce", n)
	}
	return nil
}

// say prints a line for people.
func (c *ArtifactsVerify) say(a *App, format string, args ...any) {
	if !c.JSON {
		fmt.Fprintf(a.Stdout, format, args...)
	}
}

func (c *ArtifactsVerify) store(ctx context.Context, a *App, found *Verified) error {
	store, err := a.OpenStore()
	if err != nil {
		return err
	}
	for _, err := range store.Check() {
		found.Faults = append(found.Faults, err.Error())
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	whole, _ := store.List() // the faults are known already
	found.Artifacts = len(whole)
	c.say(a, "%d artifacts are whole, %d faults\n", len(whole), len(found.Faults))
	return nil
}

// one checks a run's folder, an artifact's folder, or a digest of the store.
func (c *ArtifactsVerify) one(ctx context.Context, a *App, name string, found *Verified) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(name, pipeline.RunFile)); err == nil {
		_, err := c.run(ctx, a, name, found)
		return err
	}
	art, err := a.find(name)
	if err != nil {
		return err
	}
	if err := art.Verify(); err != nil {
		found.Faults = append(found.Faults, err.Error())
		return nil
	}
	found.Artifacts++
	c.say(a, "%s  whole\n", art.Digest().Short())
	return nil
}

func (c *ArtifactsVerify) run(ctx context.Context, a *App, dir string, found *Verified) (*pipeline.RunCheck, error) {
	store, err := a.OpenStore()
	if err != nil {
		return nil, err
	}
	check, err := pipeline.VerifyRun(ctx, dir, store)
	if err != nil {
		return nil, err
	}
	found.Artifacts += check.Nodes
	found.Runs = append(found.Runs, check)
	for _, fault := range check.Faults {
		found.Faults = append(found.Faults, dir+": "+fault)
	}
	c.say(a, "%s: %d artifacts and %d files are those of the run, %d faults\n", dir, check.Nodes, check.Files, len(check.Faults))
	for _, name := range check.Foreign {
		c.say(a, "  not of the run: %s\n", name)
	}
	return check, nil
}

// compare checks two runs and that they made the same bits.
func (c *ArtifactsVerify) compare(ctx context.Context, a *App, found *Verified) error {
	if len(c.What) != 1 {
		return usagef("--against: name one run to compare with %s", c.Against)
	}
	one, err := c.run(ctx, a, c.What[0], found)
	if err != nil {
		return err
	}
	other, err := c.run(ctx, a, c.Against, found)
	if err != nil {
		return err
	}
	different := one.Differ(other)
	found.Faults = append(found.Faults, different...)
	if len(different) == 0 {
		c.say(a, "%d artifacts are bit-identical\n", one.Nodes)
	}
	return nil
}

// ArtifactsGC removes what no run needs.
type ArtifactsGC struct {
	DryRun bool     `help:"List what would be removed, remove nothing."`
	Forget []string `help:"First forget the run in this folder; with --dry-run, only assume so." placeholder:"RUN" type:"path"`
}

// Examples of the command.
func (*ArtifactsGC) Examples() string {
	return "realnet artifacts gc --dry-run\nrealnet artifacts gc --forget runs/old"
}

// Run collects garbage.
func (c *ArtifactsGC) Run(a *App) error {
	store, err := a.OpenStore()
	if err != nil {
		return err
	}
	forget := c.Forget
	if !c.DryRun { // what a killed command has forgotten stays forgotten
		for _, run := range forget {
			if err := store.Forget(run); err != nil {
				return err
			}
		}
		forget = nil
	}
	removed, size, err := store.GC(c.DryRun, forget...)
	if err != nil {
		return err
	}
	verb := "removed"
	if c.DryRun {
		verb = "would remove"
	}
	fmt.Fprintf(a.Stdout, "%s %d artifacts, %s\n", verb, removed, bytesText(size))
	return nil
}

func bytesText(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	v, suffix := float64(n)/unit, "KiB"
	for _, next := range []string{"MiB", "GiB", "TiB"} {
		if v < unit {
			break
		}
		v, suffix = v/unit, next
	}
	return fmt.Sprintf("%.1f %s", v, suffix)
}
