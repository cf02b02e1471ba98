package command

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/data/nifti"
	"realnet/pipeline"
	"realnet/pipeline/step"
	"realnet/stages/all"
)

// desk is a folder with a small dataset in the layout of haxby2001, a store and
// a command line whose sources can be edited.
type desk struct {
	t       *testing.T
	dir     string
	sources map[string]string // edits of source files, by path
}

// newDesk writes four runs of 40 volumes in which four conditions have patterns
// of their own.
func newDesk(t *testing.T) *desk {
	d := &desk{t: t, dir: t.TempDir(), sources: map[string]string{}}
	r := rand.New(rand.NewPCG(1, 1))
	const volumes, voxels = 40, 6 * 5 * 4
	patterns := make([][]float64, 4)
	for c := range patterns {
		patterns[c] = make([]float64, voxels)
		for v := range patterns[c] {
			patterns[c][v] = 3 * r.NormFloat64()
		}
	}
	for run := 1; run <= 4; run++ {
		folder := fmt.Sprintf("sub001/BOLD/task001_run%03d", run)
		data := make([]int16, voxels*volumes)
		events, motion := "onset\tduration\ttrial_type\n", ""
		for t := range volumes {
			for v := range voxels {
				value := 1000 + 2*r.NormFloat64()
				if c := (t - 2) / 9; t >= 2 && (t-2)%9 < 4 && c < 4 { // the signal lags two volumes
					value += patterns[c][v]
				}
				data[t*voxels+v] = int16(math.Round(value * 10))
			}
			motion += fmt.Sprintf("%g %g %g %g %g %g\n", r.NormFloat64(), r.NormFloat64(), r.NormFloat64(), r.NormFloat64(), r.NormFloat64(), r.NormFloat64())
		}
		for c, name := range []string{"face", "house", "cat", "shoe"} {
			events += fmt.Sprintf("%g\t8\t%s\n", float64(c*9)*2, name)
		}
		d.write(folder+"/bold_events.tsv", events)
		d.write(folder+"/bold_moest.txt", motion)
		d.image(folder+"/bold_1slice.nii.gz", []int{6, 5, 4, volumes}, data)
	}
	mask := make([]int16, voxels)
	for v := range voxels / 2 {
		mask[v] = 1
	}
	d.image("sub001/masks/25mm/vt.nii.gz", []int{6, 5, 4}, mask)
	d.write("scan_key.txt", "TR 2.0\n")
	return d
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, "data", name) }

func (d *desk) write(name, text string) {
	d.t.Helper()
	if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(d.path(name), []byte(text), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) image(name string, shape []int, data []int16) {
	d.t.Helper()
	if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := nifti.Write(d.path(name), nifti.NewHeader(shape, [3]float64{3, 3, 3}, 2), data); err != nil {
		d.t.Fatal(err)
	}
}

// run runs a command line against the desk's store.
func (d *desk) run(args ...string) (code int, stdout, stderr string) {
	d.t.Helper()
	var out, errs bytes.Buffer
	app := &App{
		Stdout: &out, Stderr: &errs, Log: zerolog.Nop(), Sources: edited{os.DirFS("../.."), d.sources}, Registry: all.Stages(), Args: args,
	}
	code = app.Run(context.Background(), append([]string{"--store", filepath.Join(d.dir, "store"), "-q"}, args...))
	return code, out.String(), errs.String()
}

// study runs the haxby study on the desk's data and returns the nodes that were
// made anew, sorted.
func (d *desk) study(args ...string) []string {
	d.t.Helper()
	run := filepath.Join(d.dir, "run")
	args = append([]string{
		"reproduce", "haxby", "--data", filepath.Join(d.dir, "data"), "--out", run,
		"--set", "rsa.bootstrap=100", "--set", "rsa.permutations=100", "--set", "stats.permutations=100",
	}, args...)
	if code, stdout, stderr := d.run(args...); code != ExitOK && code != ExitChecks {
		d.t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	rec, err := pipeline.ReadRun(run)
	if err != nil {
		d.t.Fatal(err)
	}
	made := []string{}
	for _, n := range rec.Nodes {
		if n.Phase == pipeline.Done {
			made = append(made, n.ID)
		}
	}
	slices.Sort(made)
	return made
}

func TestStudyRunsAgainOnlyWhatChanged(t *testing.T) {
	d := newDesk(t)
	everything := []string{"fetch/fmri", "fmri/001", "rdm/001", "report", "rsa/001", "stats"}
	expect := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: made %v, want %v", what, got, want)
		}
	}
	expect("first run", d.study(), everything...)
	expect("again", d.study())
	expect("a parameter of rsa", d.study("--set", "rsa.method=pearson"), "report", "rsa/001", "stats")
	expect("a parameter of rdm", d.study("--set", "rdm.metric=euclidean"), "rdm/001", "report", "rsa/001", "stats")
	d.sources["stages/report/doc.go"] = "package report\n\nvar edited = 1\n"
	expect("the report's code", d.study(), "report")
	d.sources["stages/rdm/doc.go"] = "// Package rdm has another comment.\npackage rdm\n"
	expect("a comment", d.study())
	d.sources["stages/analysis/compare/doc.go"] = "package compare\n\nvar edited = 1\n"
	got := d.study()
	if slices.Contains(got, "rdm/001") || !slices.Contains(got, "rsa/001") || !slices.Contains(got, "report") {
		t.Errorf("the code of compare: made %v, want rsa and what follows, not rdm", got)
	}
	text, err := os.ReadFile(d.path("sub001/BOLD/task001_run002/bold_moest.txt"))
	if err != nil {
		t.Fatal(err)
	}
	text[bytes.IndexAny(text, "02468")] ^= 1 // one digit is now odd
	d.write("sub001/BOLD/task001_run002/bold_moest.txt", string(text))
	expect("one byte of the data", d.study(), everything...)
	d.write("README.txt", "no file of the study")
	expect("a file that the study does not read", d.study())
}

func TestRunHoldsItsFiles(t *testing.T) {
	d := newDesk(t)
	d.study()
	for _, name := range []string{"report.html", "results.json", "run.json"} {
		if _, err := os.Stat(filepath.Join(d.dir, "run", name)); err != nil {
			t.Error(err)
		}
	}
	results, err := pipeline.ReadResults(filepath.Join(d.dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results.Results {
		if r.Name == "reliability/patterns/001/slice" && (r.Value == nil || *r.Value < 0.5 || r.P == nil || *r.P > 0.06) {
			t.Errorf("planted patterns are not reliable: %+v", r)
		}
	}
	code, stdout, stderr := d.run("artifacts", "verify")
	if code != ExitOK || !strings.Contains(stdout, "6 artifacts are whole, 0 faults") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	code, stdout, _ = d.run("plan", "haxby", "--json", "--data", filepath.Join(d.dir, "data"))
	var plan PlannedStudy
	if err := json.Unmarshal([]byte(stdout), &plan); code != ExitOK || err != nil || len(plan.Nodes) != 6 {
		t.Errorf("plan --json: exit %d, %v, %d nodes", code, err, len(plan.Nodes))
	}
}

func TestBadInputIsNamed(t *testing.T) {
	data := func(d *desk) []string { return []string{"--data", filepath.Join(d.dir, "data")} }
	script := func(d *desk, text string) string {
		d.write("../program", "#!/bin/sh\n"+text)
		if err := os.Chmod(d.path("../program"), 0o755); err != nil {
			d.t.Fatal(err)
		}
		return d.path("../program")
	}
	run1 := "sub001/BOLD/task001_run001/"
	for _, c := range []struct {
		name   string
		break_ func(d *desk) (args []string) // of reproduce
		code   int
		want   string
	}{
		{"unknown study", func(*desk) []string { return []string{"haxbi"} }, ExitUsage, `unknown study "haxbi": did you mean "haxby"?`},
		{"no such study file", func(*desk) []string { return []string{"./mine.yml"} }, ExitUsage, `"./mine.yml": there is no such file`},
		{"fewer than no cores", func(*desk) []string { return []string{"haxby", "--jobs=-3"} }, ExitUsage, "--jobs -3"},
		{"unknown executor", func(*desk) []string { return []string{"haxby", "--executor", "kubernetes"} }, ExitUsage, `must be one of "local","process","slurm"`},
		{"unknown field", func(d *desk) []string {
			d.write("../mine.yaml", "study: mine\nfmri:\n  recipee: {preset: haxby}\n")
			return []string{d.path("../mine.yaml")}
		}, ExitUsage, `mine.yaml:3:3: fmri.recipee: unknown field: did you mean "recipe"?`},
		{"wrong type", func(*desk) []string { return []string{"haxby", "--set", "rsa.permutations=many"} }, ExitUsage, "rsa.permutations"},
		{"value that a stage refuses", func(d *desk) []string { return append(data(d), "haxby", "--set", "rdm.metric=corelation") }, ExitUsage, `metric: "corelation" is none of`},
		{"a value that nothing reads", func(d *desk) []string { return append(data(d), "haxby", "--set", "train.epochs=3") }, ExitUsage, "--set train.epochs=3 changes no step of study haxby"},
		{"a value that the plan sets", func(d *desk) []string { return append(data(d), "haxby", "--set", "fmri.subject=002") }, ExitUsage, "changes no step"},
		{"unknown flag", func(*desk) []string { return []string{"haxby", "--sett", "a=b"} }, ExitUsage, "--sett"},
		{"no data", func(d *desk) []string { return []string{"haxby", "--data", d.path("nowhere")} }, ExitFailed, "nowhere"},
		{"missing file", func(d *desk) []string {
			if err := os.Remove(d.path(run1 + "bold_moest.txt")); err != nil {
				d.t.Fatal(err)
			}
			return append(data(d), "haxby")
		}, ExitFailed, "task001_run001"},
		{"truncated gzip", func(d *desk) []string {
			if err := os.Truncate(d.path(run1+"bold_1slice.nii.gz"), 3000); err != nil {
				d.t.Fatal(err)
			}
			return append(data(d), "haxby")
		}, ExitFailed, "task001_run001/bold_1slice.nii.gz"},
		{"a file that the store has a copy of", func(d *desk) []string {
			d.write(run1+"bold_events.tsv", "onset\tduration\ttrial_type\nx\t8\tface\n")
			return append(data(d), "haxby")
		}, ExitFailed, "/data)"},
		{"events beyond the run", func(d *desk) []string {
			d.write(run1+"bold_events.tsv", "onset\tduration\ttrial_type\n79\t8\tface\n")
			return append(data(d), "haxby")
		}, ExitFailed, "task001_run001"},
		{"mask of another shape", func(d *desk) []string {
			d.image("sub001/masks/25mm/vt.nii.gz", []int{5, 5, 4}, slices.Repeat([]int16{1}, 100))
			return append(data(d), "haxby", "--set", "fmri.mask_threshold=0", "--set", "rois=[vt]")
		}, ExitFailed, "vt.nii.gz"},
		{"empty mask", func(d *desk) []string {
			d.image("sub001/masks/25mm/vt.nii.gz", []int{6, 5, 4}, make([]int16, 120))
			return append(data(d), "haxby", "--set", "fmri.mask_threshold=0", "--set", "rois=[vt]")
		}, ExitFailed, "vt.nii.gz"},
		{"no such ROI", func(d *desk) []string {
			return append(data(d), "haxby", "--set", "fmri.mask_threshold=0", "--set", "rois=[ffa]")
		}, ExitFailed, "masks there: vt"},
		{"NaN in the data", func(d *desk) []string {
			values := make([]float32, 6*5*4*40)
			for i := range values {
				values[i] = 1000 + float32(i%17)
			}
			values[6*5*4*7+3] = float32(math.NaN())
			if err := nifti.Write(d.path(run1+"bold_1slice.nii.gz"), nifti.NewHeader([]int{6, 5, 4, 40}, [3]float64{3, 3, 3}, 2), values); err != nil {
				d.t.Fatal(err)
			}
			return append(data(d), "haxby", "--set", "fmri.mask_threshold=0", "--set", "rois=[vt]")
		}, ExitFailed, "volume 7"},
		{"swapped stage that writes nothing", func(d *desk) []string { return append(data(d), "haxby", "--swap", "rdm="+script(d, "exit 0")) }, ExitFailed, step.ErrNoOutput.Error()},
		{"swapped stage that fails", func(d *desk) []string {
			return append(data(d), "haxby", "--swap", "rdm="+script(d, "echo no license >&2; exit 7"))
		}, ExitFailed, "no license"},
		{"swapped stage with another schema", func(d *desk) []string {
			return append(data(d), "haxby", "--swap", "rdm="+script(d, `while [ "$1" != --out ]; do shift; done; mkdir "$2"; echo '{"schema":{"name":"weights","version":1}}' > "$2/manifest.json"`))
		}, ExitFailed, "it wrote weights/1, the stage writes rdms/1"},
		{"swap of no stage", func(d *desk) []string { return append(data(d), "haxby", "--swap", "rmd="+script(d, "exit 0")) }, ExitUsage, `did you mean "rdm"?`},
		{"swap by no program", func(d *desk) []string { return append(data(d), "haxby", "--swap", "rdm=/no/such/program") }, ExitUsage, "/no/such/program"},
		{"until no stage", func(d *desk) []string { return append(data(d), "haxby", "--until", "rsaa") }, ExitUsage, `did you mean "rsa"?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			args := append([]string{"reproduce", "--out", filepath.Join(d.dir, "run")}, c.break_(d)...)
			code, _, stderr := d.run(args...)
			if code != c.code || !strings.Contains(stderr, c.want) {
				t.Errorf("exit %d, want %d with %q:\n%s", code, c.code, c.want, stderr)
			}
		})
	}
}

// The report of a run whose stages ran elsewhere says which failed, and why.
func TestReportSaysWhatFailedElsewhere(t *testing.T) {
	d := newDesk(t)
	haxby := []string{"reproduce", "haxby", "--data", filepath.Join(d.dir, "data")}
	if code, _, stderr := d.run(append(haxby, "--until", "fmri", "--out", filepath.Join(d.dir, "until"))...); code != ExitOK {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	file, run := d.path("../failures.json"), filepath.Join(d.dir, "run")
	only := append(haxby, "--only", "report", "--failures", file, "--out", run)
	d.write("../failures.json", `{"rdm/002": "no such node"}`)
	if code, _, stderr := d.run(only...); code != ExitUsage || !strings.Contains(stderr, `no node "rdm/002"`) {
		t.Errorf("exit %d, want %d and the node\n%s", code, ExitUsage, stderr)
	}
	const said = "no memory left\n(exit code 137: killed by signal 9 (killed))"
	text, err := json.Marshal(map[string]string{"rdm/001": said})
	if err != nil {
		t.Fatal(err)
	}
	d.write("../failures.json", string(text))
	if code, _, stderr := d.run(only...); code != ExitFailed || !strings.Contains(stderr, "rdm/001: "+said) {
		t.Errorf("exit %d, want %d and the failure\n%s", code, ExitFailed, stderr)
	}
	page, err := os.ReadFile(filepath.Join(run, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<li>rdm/001: " + said + "</li>", "<li>rsa/001: not run</li>"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the report has no %q", want)
		}
	}
	if strings.Contains(string(page), "not in the store") {
		t.Error("the report speaks of the store")
	}
	rec, err := pipeline.ReadRun(run)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(rec.Nodes, func(o pipeline.Outcome) bool { return o.ID == "rdm/001" })
	if at < 0 || rec.Nodes[at].Phase != pipeline.Failed || rec.Nodes[at].Error != said {
		t.Errorf("run.json does not record how rdm/001 ended")
	}
}

func TestSwappedStageRuns(t *testing.T) {
	d := newDesk(t)
	d.study()
	// The swapped program is the built-in stage's own output, handed over.
	rec, err := pipeline.ReadRun(filepath.Join(d.dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	var rdm artifacts.Digest
	for _, n := range rec.Nodes {
		if n.Stage == "rdm" {
			rdm = n.Digest
		}
	}
	d.write("../swap", "#!/bin/sh\n[ \"$REALNET_STAGE\" = rdm ] || exit 9\nwhile [ \"$1\" != --out ]; do shift; done\ncp -r "+
		filepath.Join(d.dir, "store", "objects", rdm.Hex())+" \"$2\" && chmod -R u+w \"$2\" && rm \"$2/manifest.json\"\n")
	if err := os.Chmod(d.path("../swap"), 0o755); err != nil {
		t.Fatal(err)
	}
	got := d.study("--swap", "rdm="+d.path("../swap"))
	if !slices.Equal(got, []string{"rdm/001", "report", "rsa/001", "stats"}) {
		t.Errorf("made %v", got)
	}
	if again := d.study("--swap", "rdm="+d.path("../swap")); len(again) != 0 {
		t.Errorf("the swapped stage ran again: %v", again)
	}
}
