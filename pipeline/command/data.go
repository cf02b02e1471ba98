package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	"realnet/data/catalogue"
	"realnet/data/inspect"
)

// Data works on the public datasets and on files.
type Data struct {
	List    DataList    `cmd:"" help:"List the public datasets: contents, size, licence, source, and whether downloaded."`
	Fetch   DataFetch   `cmd:"" help:"Download a dataset; resumes, verifies."`
	Verify  DataVerify  `cmd:"" help:"Check downloaded datasets against their sizes and digests."`
	Inspect DataInspect `cmd:"" help:"Show the arrays of a file of any format that realnet reads."`
}

// Examples of the commands.
func (*Data) Examples() string {
	return "realnet data list\nrealnet data fetch haxby2001\nrealnet data inspect bold.nii.gz"
}

// DataDir says where fetched datasets are, one folder each.
type DataDir struct {
	Dir string `help:"Folder of datasets, one folder each. Default: realnet in the user's data folder." env:"REALNET_DATA" placeholder:"DIR" type:"path"`
}

// folder is where a dataset is.
func (d DataDir) folder(name string) (string, error) {
	root, err := dataDir(d.Dir)
	return filepath.Join(root, name), err
}

// dataDir is the folder of datasets: as given, or in the user's data folder.
func dataDir(given string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "realnet"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no folder for datasets: give --dir DIR or set REALNET_DATA: %w", err)
	}
	return filepath.Join(home, ".local", "share", "realnet"), nil
}

// findDataset finds a dataset of the catalogue, or says which there are.
func findDataset(name string) (catalogue.Dataset, error) {
	d, ok := catalogue.Find(name)
	if !ok {
		var names []string
		for _, d := range catalogue.All() {
			names = append(names, d.Name)
		}
		return d, usagef("no dataset %q in the catalogue (datasets: %s)", name, strings.Join(names, ", "))
	}
	return d, nil
}

// DataList lists the catalogue.
type DataList struct {
	DataDir
	Dataset string `arg:"" optional:"" help:"Show one dataset with its files."`
	JSON    bool   `help:"Print JSON."`
}

// Examples of the command.
func (*DataList) Examples() string {
	return "realnet data list\nrealnet data list shen2019\nrealnet data list --json | jq '.[].name'"
}

// ListedDataset is a dataset in `realnet data list --json`.
type ListedDataset struct {
	catalogue.Dataset
	Folder string `json:"folder"`
	Here   int    `json:"here"` // files that are there with the right size
	Count  int    `json:"count"`
}

func (c *DataList) listed(d catalogue.Dataset) (ListedDataset, error) {
	l := ListedDataset{Dataset: d, Count: len(d.Files)}
	var err error
	if l.Folder, err = c.folder(d.Name); err != nil {
		return l, err
	}
	for _, f := range d.Files {
		if catalogue.Here(l.Folder, []catalogue.File{f}) {
			l.Here++
		}
	}
	return l, nil
}

// Run prints a line per dataset, or everything about one.
func (c *DataList) Run(a *App) error {
	if c.Dataset != "" {
		return c.one(a)
	}
	var list []ListedDataset
	for _, d := range catalogue.All() {
		l, err := c.listed(d)
		if err != nil {
			return err
		}
		list = append(list, l)
	}
	if c.JSON {
		return printJSON(a.Stdout, list)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	for _, l := range list {
		here := fmt.Sprintf("%d of %d files here", l.Here, l.Count)
		switch {
		case l.Here == l.Count:
			here = "here"
		case l.Here == 0 && l.Request != "":
			here = "manual"
		case l.Here == 0:
			here = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", l.Name, l.SizeText(), here)
		fmt.Fprintf(w, "  %s\n  licence: %s; %s\n", l.Title, l.Licence, l.Homepage)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	root, err := dataDir(c.Dir)
	fmt.Fprintf(a.Stdout, "\nFetched datasets are in %s. Details: realnet data list NAME\n", root)
	return err
}

// one prints a dataset with its files.
func (c *DataList) one(a *App) error {
	d, err := findDataset(c.Dataset)
	if err != nil {
		return err
	}
	l, err := c.listed(d)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.Stdout, l)
	}
	fmt.Fprintf(a.Stdout, "%s\n  citation: %s\n  here: %d of %d files in %s\n", d.HowToGet(), d.Citation, l.Here, l.Count, l.Folder)
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	for _, f := range d.Files {
		size := "unknown size"
		if f.Size > 0 {
			size = catalogue.SizeText(f.Size)
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", f.Path, size, catalogue.Present(f, l.Folder), f.URL)
	}
	return w.Flush()
}

// DataFetch downloads a dataset.
type DataFetch struct {
	DataDir
	Dataset  string   `arg:"" help:"Name in the catalogue: see realnet data list."`
	Files    []string `help:"Patterns of the files to take, as in '*Training*'; without a slash at any depth." placeholder:"PATTERN"`
	Parallel int      `help:"Parallel downloads." default:"4"`
}

// Examples of the command.
func (*DataFetch) Examples() string {
	return `realnet data fetch haxby2001
realnet data fetch shen2019 --files 'sub-01_*'
REALNET_DATA=/big/disk realnet data fetch ds001506 --files 'sub-01/ses-perceptionNaturalImageTest*/*/*'`
}

// Run downloads what has a URL, and says how to get the rest.
func (c *DataFetch) Run(ctx context.Context, a *App) error {
	d, err := findDataset(c.Dataset)
	if err != nil {
		return err
	}
	dir, err := c.folder(d.Name)
	if err != nil {
		return err
	}
	files := d.Select(c.Files)
	if len(files) == 0 {
		return usagef("%s: no file matches %s (files: realnet data list %s)", d.Name, strings.Join(c.Files, ", "), d.Name)
	}
	var online, byHand []catalogue.File
	for _, f := range files {
		switch {
		case f.URL != "":
			online = append(online, f)
		case !catalogue.Here(dir, []catalogue.File{f}):
			byHand = append(byHand, f)
		}
	}
	shown := downloadProgress{app: a, start: time.Now()}
	err = catalogue.Fetch(ctx, d, online, dir, catalogue.Options{Progress: shown.update, Parallel: c.Parallel})
	shown.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "%s: %d files in %s\n", d.Name, len(online), dir)
	if len(byHand) > 0 {
		return fmt.Errorf("%s: %w: %d files, such as %s, belong into %s\n%s", d.Name, catalogue.ErrRequest, len(byHand), byHand[0].Path, dir, d.HowToGet())
	}
	return nil
}

// downloadProgress shows bytes and rate: one rewritten line on a terminal, a log
// line every ten seconds otherwise.
type downloadProgress struct {
	app    *App
	start  time.Time
	logged time.Time
}

func (p *downloadProgress) update(done, total int64, note string) {
	if p.app.Quiet {
		return
	}
	rate := int64(float64(done) / max(time.Since(p.start).Seconds(), 1e-3))
	if !p.app.Terminal {
		if time.Since(p.logged) > 10*time.Second {
			p.logged = time.Now()
			p.app.Log.Info().Int64("done", done).Int64("total", total).Int64("bytes_per_s", rate).Str("file", note).Msg("download")
		}
		return
	}
	all := ""
	if total > 0 {
		all = " of " + catalogue.SizeText(total)
	}
	fmt.Fprintf(p.app.Stderr, "\r\x1b[K%s%s  %s/s  %s", catalogue.SizeText(done), all, catalogue.SizeText(rate), filepath.Base(note))
}

func (p *downloadProgress) end() {
	if p.app.Terminal && !p.app.Quiet {
		fmt.Fprint(p.app.Stderr, "\r\x1b[K")
	}
}

// DataVerify checks fetched files.
type DataVerify struct {
	DataDir
	Dataset []string `arg:"" optional:"" help:"Datasets; none: all that are here."`
	JSON    bool     `help:"Print JSON."`
}

// Examples of the command.
func (*DataVerify) Examples() string {
	return "realnet data verify\nrealnet data verify haxby2001 --dir ../data"
}

// VerifiedDataset is a dataset in `realnet data verify --json`.
type VerifiedDataset struct {
	Name   string                     `json:"name"`
	Folder string                     `json:"folder"`
	Counts map[catalogue.State]int    `json:"counts"`
	Files  map[string]catalogue.State `json:"files"` // those that are neither whole nor missing
}

// Run checks every file and fails when one is damaged.
func (c *DataVerify) Run(ctx context.Context, a *App) error {
	names := c.Dataset
	if len(names) == 0 {
		for _, d := range catalogue.All() {
			names = append(names, d.Name)
		}
	}
	bad := 0
	results := []VerifiedDataset{}
	for _, name := range names {
		d, err := findDataset(name)
		if err != nil {
			return err
		}
		v := VerifiedDataset{Name: name, Counts: map[catalogue.State]int{}, Files: map[string]catalogue.State{}}
		if v.Folder, err = c.folder(name); err != nil {
			return err
		}
		if _, err := os.Stat(v.Folder); err != nil && len(c.Dataset) == 0 {
			continue
		}
		for _, f := range d.Files {
			if err := ctx.Err(); err != nil {
				return err
			}
			state, err := catalogue.Verify(ctx, f, v.Folder)
			if err != nil {
				fmt.Fprintln(a.Stderr, err)
				if !errors.Is(err, catalogue.ErrMismatch) {
					return err
				}
			}
			v.Counts[state]++
			if state != catalogue.Whole && state != catalogue.Missing {
				v.Files[f.Path] = state
			}
		}
		bad += v.Counts[catalogue.Damaged]
		results = append(results, v)
	}
	if c.JSON {
		if err := printJSON(a.Stdout, results); err != nil {
			return err
		}
	} else {
		printVerified(a.Stdout, results)
	}
	if bad > 0 {
		return fmt.Errorf("%d damaged files: realnet data fetch brings them again", bad)
	}
	return nil
}

func printVerified(w io.Writer, results []VerifiedDataset) {
	for _, v := range results {
		var parts []string
		for state, n := range v.Counts {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
		sort.Strings(parts)
		fmt.Fprintf(w, "%s: %s (%s)\n", v.Name, strings.Join(parts, ", "), v.Folder)
	}
	if len(results) == 0 {
		fmt.Fprintln(w, "no dataset is here: see realnet data list")
	}
}

// DataInspect shows what is in a file.
type DataInspect struct {
	File string `arg:"" help:"A file of any format that realnet reads." type:"existingfile"`
	JSON bool   `help:"Print JSON."`
}

// Examples of the command.
func (*DataInspect) Examples() string {
	return "realnet data inspect bold.nii.gz\nrealnet data inspect weights.pth --json | jq '.arrays[].name'"
}

// Run prints a line per array.
func (c *DataInspect) Run(ctx context.Context, a *App) error {
	report, err := inspect.File(ctx, c.File)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.Stdout, report)
	}
	fmt.Fprintf(a.Stdout, "%s: %s, %d arrays\n", report.File, report.Format, len(report.Arrays))
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "name\tshape\tdtype\tmin\tmax\tsum\tNaN")
	for _, x := range report.Arrays {
		fmt.Fprintf(w, "%s\t%v\t%s\t%s\t%s\t%s\t%d\n", x.Name, x.Shape, x.DType, orDash(x.Min), orDash(x.Max), orDash(x.Sum), x.NaN)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, x := range report.Arrays {
		if x.Error != "" {
			fmt.Fprintf(a.Stdout, "%s is not read: %s\n", x.Name, x.Error)
		}
	}
	return nil
}

func orDash(f *inspect.Float) string {
	if f == nil {
		return "-"
	}
	return fmt.Sprintf("%.6g", float64(*f)+0) // -0 + 0 is 0
}
