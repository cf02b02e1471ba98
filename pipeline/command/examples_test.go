package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"realnet/data/nifti"
	"realnet/pipeline"
	"realnet/pipeline/strict"
)

// unrun are examples that no test can run, and why. Their command line is parsed.
var unrun = map[string]string{
	"realnet reproduce":                   "minutes; .ci/run runs it",
	"realnet power":                       "hours; TestPower runs it in tiny worlds",
	"realnet bench":                       "minutes; each workload is run by its own test",
	"realnet bench step":                  "minutes; each workload is run by its own test",
	"realnet report runs/haxby --serve":   "serves until interrupted; TestSignals runs it",
	"realnet data fetch":                  "downloads",
	"realnet data verify haxby2001":       "needs the real data; TestDataVerify runs it on others",
	"REALNET_DATA=/big/disk realnet data": "downloads",
	"source <(realnet completion":         "run by TestCompletion in each shell",
	"realnet completion fish":             "writes into the user's folder; run by TestCompletion",
}

// Every example of every help text runs as it stands, in a folder that has the files it
// names.
func TestHelpExamplesRun(t *testing.T) {
	w := newWorkplace(t)
	var cli CLI
	parser, err := kong.New(&cli, kong.Name("realnet"))
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	var visit func(n *kong.Node)
	visit = func(n *kong.Node) {
		if e, ok := n.Target.Addr().Interface().(exampled); ok {
			for line := range strings.Lines(e.Examples()) {
				line = strings.TrimSpace(line)
				t.Run(line, func(t *testing.T) {
					if why := unrunReason(line); why != "" {
						parses(t, line)
						t.Skip(why)
					}
					w.run(t, line)
					ran++
				})
			}
		}
		for _, child := range n.Children {
			visit(child)
		}
	}
	visit(parser.Model.Node)
	if ran < 40 {
		t.Errorf("only %d examples ran", ran)
	}
}

// An example in the help of --set is a field that can be set.
func TestHelpOfSetNamesAField(t *testing.T) {
	field, _ := reflect.TypeFor[StudyFlags]().FieldByName("Set")
	found := regexp.MustCompile(`such as (\S+=\S+?)\.? `).FindStringSubmatch(field.Tag.Get("help"))
	if found == nil {
		t.Fatalf("no example in %q", field.Tag.Get("help"))
	}
	o, err := strict.ParseOverride(found[1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.LoadStudy("haxby", []strict.Override{o}); err != nil {
		t.Error(err)
	}
}

func unrunReason(line string) string {
	for start, why := range unrun {
		if line == start || strings.HasPrefix(line, start) && start != "realnet reproduce" && start != "realnet bench" {
			return why
		}
	}
	return ""
}

// parses checks that a line is a command line of the program.
func parses(t *testing.T, line string) {
	t.Helper()
	_, line, _ = strings.Cut(line, "realnet ")
	args := strings.Fields(strings.NewReplacer("'", "", ")", "").Replace(line))
	if i := strings.IndexAny(line, ">"); i >= 0 {
		args = strings.Fields(line[:i])
	}
	if line == "" {
		args = []string{"reproduce"}
	}
	var cli CLI
	parser, err := kong.New(&cli, kong.Name("realnet"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Error(err)
	}
}

// workplace is a folder with everything that the examples name.
type workplace struct {
	*desk
	dir string
}

func newWorkplace(t *testing.T) *workplace {
	t.Helper()
	w := &workplace{desk: newDesk(t)}
	w.dir = filepath.Join(w.desk.dir, "work")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"bin", "work/images"} {
		if err := os.MkdirAll(filepath.Join(w.desk.dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	saveText(t, filepath.Join(w.desk.dir, "bin", "realnet"), "#!/bin/sh", fmt.Sprintf("%s=%q exec %q \"$@\"", realnetEnv, root, os.Args[0]))
	saveText(t, w.at("my-rdm"), "#!/bin/sh", `exec realnet stage rdm "$@"`)
	for _, program := range []string{filepath.Join(w.desk.dir, "bin", "realnet"), w.at("my-rdm")} {
		if err := os.Chmod(program, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	w.arrays(t)
	w.networks(t)
	if err := os.CopyFS(w.at("mydata"), os.DirFS(ownData(t).path("mine"))); err != nil {
		t.Fatal(err)
	}
	writeBIDS(t, w.desk, w.at("bids"))
	quick := "--set rsa.permutations=200 --set rsa.bootstrap=100 --set stats.permutations=100"
	saveText(t, w.at("my-study.yaml"), "kind: reliability", "data: {fmri: {folder: ../data}}", "subjects: ['001']", "rois: [slice]",
		"fmri: {layout: openfmri, image: bold_1slice.nii.gz, mask_threshold: 0.3, average: run, recipe: {preset: haxby}, coding: {condition: trial_type, type: ''}}", "rdm: {split: odd-even}",
		"rsa: {permutations: 200, bootstrap: 100}", "stats: {permutations: 100}")
	w.run(t, "realnet studies show haxby > mine.yaml")
	for _, run := range []string{"haxby", "demo", "old"} {
		w.run(t, "realnet reproduce haxby --data ../data --out runs/"+run+" "+quick)
	}
	w.run(t, "realnet reproduce haxby --data ../data --out elsewhere/demo "+quick)
	w.run(t, "realnet reproduce haxby --data ../data --out runs/haxby-detrend2 --set fmri.recipe.detrend_order=2 "+quick)
	return w
}

func (w *workplace) at(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

// arrays writes the arrays, images of brains and lists that the examples name.
func (w *workplace) arrays(t *testing.T) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 3))
	random := func(name string, shape ...int) {
		n := 1
		for _, s := range shape {
			n *= s
		}
		values := make([]float64, n)
		for i := range values {
			values[i] = math.Abs(r.NormFloat64())
		}
		save(t, w.at(name), shape, values)
	}
	list := func(name string, n int, text func(i int) string) {
		lines := make([]string, n)
		for i := range lines {
			lines[i] = text(i)
		}
		saveText(t, w.at(name), lines...)
	}
	const rows = 1040 // more than the 1024 components of an example; 104 conditions in 10 runs
	random("patterns.npy", rows, 1030)
	list("conditions.txt", rows, func(i int) string { return fmt.Sprintf("c%03d", i%104) })
	list("runs.txt", rows, func(i int) string { return fmt.Sprint(i / 104) })
	random("train.npy", 60, 55)
	random("test.npy", 10, 55)
	random("layer1.npy", 60, 30)
	random("layer2.npy", 60, 8)
	random("voxels.npy", 60, 9)
	random("model8.npy", 28)
	random("betas.npy", rows, 20)
	list("trials.csv", rows+1, func(i int) string {
		if i == 0 {
			return "condition,run"
		}
		return fmt.Sprintf("c%03d,%d", (i-1)%104, (i-1)/104)
	})
	for _, name := range []string{"it.npy", "human.npy", "V1.npy", "IT.npy"} {
		random(name, 28)
	}
	random("subjects.npy", 3, 28)
	random("it-features.npy", 5, 12)
	if err := os.MkdirAll(w.at("brains"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"S1_V1", "S2_V1", "S3_V1"} {
		random("brains/"+name+".npy", 5, 9)
	}
	list("names.txt", 5, func(i int) string { return fmt.Sprintf("image-%d", i) })
	random("rdms.npy", 3, 10)
	list("images.txt", 5, func(i int) string { return fmt.Sprintf("image-%d", i) })
	random("epochs.npy", 5, 40, 4, 12)
	list("seconds.txt", 12, func(i int) string { return fmt.Sprint(float64(i) / 100) })
	for _, name := range []string{"similarity.npy", "aligned.npy", "control.npy", "accuracies.npy", "searchlight.npy"} {
		random(name, 8, 6)
	}
	neighbours := make([]float64, 36)
	for i := range 5 {
		neighbours[i*6+i+1], neighbours[(i+1)*6+i] = 1, 1
	}
	save(t, w.at("neighbours.npy"), []int{6, 6}, neighbours)

	const voxels, volumes = 24, 8
	data := make([]float32, voxels*volumes)
	for i := range data {
		data[i] = r.Float32()
	}
	mask := make([]uint8, voxels)
	for i := range voxels / 2 {
		mask[i] = 1
	}
	if err := nifti.Write(w.at("bold.nii.gz"), nifti.NewHeader([]int{2, 3, 4, volumes}, [3]float64{3, 3, 3}, 2), data); err != nil {
		t.Fatal(err)
	}
	if err := nifti.Write(w.at("conditions.nii.gz"), nifti.NewHeader([]int{2, 3, 4, 8}, [3]float64{3, 3, 3}, 1), data[:8*24]); err != nil {
		t.Fatal(err)
	}
	if err := nifti.Write(w.at("vt.nii.gz"), nifti.NewHeader([]int{2, 3, 4}, [3]float64{3, 3, 3}, 0), mask); err != nil {
		t.Fatal(err)
	}
	list("volumes.txt", volumes, func(i int) string { return fmt.Sprintf("v%d", i) })
}

// networks makes the weights, features and RDM artifacts that the examples name.
func (w *workplace) networks(t *testing.T) {
	t.Helper()
	for _, name := range []string{"cornet_s.pth", "realnet.pth", "weights.pth"} {
		checkpointFile(t, w.at(name))
	}
	for i := range 3 {
		patternPNG(t, w.at(fmt.Sprintf("images/image-%d.png", i)), 40+i)
	}
	recorded, err := os.ReadFile("../../data/bdata/testdata/new.h5")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.at("S1.h5"), recorded, 0o644); err != nil {
		t.Fatal(err)
	}
	saveText(t, w.at("params.json"), `{"metric": "correlation"}`)
	for _, line := range []string{
		"realnet artifacts import --in realnet.pth --schema weights --out weights",
		"realnet artifacts import --in betas.npy --schema patterns --names conditions.txt --subject S1 --roi VT --out patterns",
		"realnet stage rdm --in patterns=patterns --out rdm",
		"realnet artifacts import --in rdms.npy --schema rdms --names images.txt --kind model --out model-rdms",
		"realnet artifacts import --in rdms.npy --schema rdms --names images.txt --kind fmri --out brain-rdms",
		"realnet artifacts import --in rdms.npy --schema rdms --names images.txt --kind fmri --out rdms",
		"realnet activations --weights realnet.pth --images images --layers IT --side 32 --out features",
		"realnet artifacts export features --out exported",
	} {
		w.run(t, line)
	}
}

// patternPNG writes a grey image of a pattern, and its folder.
func patternPNG(t *testing.T, file string, side int) {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, side, side))
	for k := range picture.Pix {
		picture.Pix[k] = uint8(k * side)
	}
	var text bytes.Buffer
	if err := errors.Join(png.Encode(&text, picture), os.MkdirAll(filepath.Dir(file), 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

var outFlag = regexp.MustCompile(`--out (\S+)`)

// run runs a line of the shell. What it writes may be there already, from another one.
func (w *workplace) run(t *testing.T, line string) {
	t.Helper()
	if out := outFlag.FindStringSubmatch(line); out != nil && !strings.HasPrefix(line, "realnet reproduce") {
		aside := w.at(out[1]) + ".aside"
		if os.Rename(w.at(out[1]), aside) == nil {
			defer func() {
				if err := os.RemoveAll(w.at(out[1])); err != nil {
					t.Error(err)
				}
				if err := os.Rename(aside, w.at(out[1])); err != nil {
					t.Error(err)
				}
			}()
		}
	}
	if strings.Contains(line, "3fa2c1") { // some artifact of the store
		stored, err := os.ReadDir(filepath.Join(w.desk.dir, "store", "objects"))
		if err != nil || len(stored) == 0 {
			t.Fatal(err)
		}
		line = strings.ReplaceAll(line, "3fa2c1", stored[0].Name()[:12])
	}
	for _, tool := range []string{"jq", "dot"} {
		if _, err := exec.LookPath(tool); err != nil {
			line = regexp.MustCompile(`\| `+tool+` .*`).ReplaceAllString(line, "> /dev/null")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-o", "pipefail", "-c", line)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(w.desk.dir, "bin")+":"+os.Getenv("PATH"),
		"REALNET_STORE="+filepath.Join(w.desk.dir, "store"), "REALNET_DATA="+filepath.Join(w.desk.dir, "fetched"))
	text, err := cmd.CombinedOutput()
	code := cmd.ProcessState.ExitCode()
	if err != nil && (code != ExitChecks || !strings.Contains(line, "realnet reproduce")) {
		t.Errorf("%s: %v\n%s", line, err, text)
	}
}
