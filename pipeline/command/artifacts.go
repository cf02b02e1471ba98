package command

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"realnet/artifacts"
)

// Artifacts works on the store.
type Artifacts struct {
	List   ArtifactsList   `cmd:"" help:"List the artifacts of the store."`
	Show   ArtifactsShow   `cmd:"" help:"Print an artifact's manifest: files, schema, provenance."`
	Verify ArtifactsVerify `cmd:"" help:"Check every file of artifacts against its digest."`
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

// Run prints a line an artifact, and then what is wrong with the others.
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
	Artifact []string `arg:"" optional:"" help:"Digests or folders; none: the whole store."`
}

// Run checks and reports each fault.
func (c *ArtifactsVerify) Run(a *App) error {
	var list []*artifacts.Artifact
	for _, name := range c.Artifact {
		art, err := a.find(name)
		if err != nil {
			return err
		}
		list = append(list, art)
	}
	bad := 0
	if len(c.Artifact) == 0 {
		store, err := a.OpenStore()
		if err != nil {
			return err
		}
		faults := store.Check()
		for _, err := range faults {
			fmt.Fprintln(a.Stderr, err)
		}
		bad = len(faults)
		whole, _ := store.List() // the faults are told already
		fmt.Fprintf(a.Stdout, "%d artifacts are whole, %d faults\n", len(whole), bad)
	}
	for _, art := range list {
		if err := art.Verify(); err != nil {
			fmt.Fprintln(a.Stderr, err)
			bad++
			continue
		}
		fmt.Fprintf(a.Stdout, "%s  whole\n", art.Digest().Short())
	}
	if bad > 0 {
		return fmt.Errorf("%d faults found; damaged artifacts are made again by the next reproduce", bad)
	}
	return nil
}

// ArtifactsGC removes what no run needs.
type ArtifactsGC struct {
	DryRun bool     `help:"Say what would go, remove nothing."`
	Forget []string `help:"Forget the run in this folder first." placeholder:"RUN" type:"path"`
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
	for _, run := range c.Forget {
		if c.DryRun {
			continue
		}
		if err := store.Forget(run); err != nil {
			return err
		}
	}
	removed, size, err := store.GC(c.DryRun)
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
