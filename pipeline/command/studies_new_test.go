package command

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realnet/data/array"
	"realnet/data/fiff"
	"realnet/data/npy"
	"realnet/pipeline"
)

// ownData is a folder as somebody might have it: arrays of two subjects and two regions,
// a table of trials, images, and the network of the paper's desk.
func ownData(t *testing.T) *desk {
	d := paperDesk(t)
	r := rand.New(rand.NewPCG(4, 4))
	rows := "image,subset,run\n"
	const trials = 48
	for i := range trials {
		subset, image, run := "train", i%16, i/16+1
		if i >= 32 {
			subset, image, run = "test", 24+i%8, i/8-1
		}
		rows += fmt.Sprintf("n%08d_%d.png,%s,%d\n", 1440001+image, 101+image, subset, run)
	}
	d.write("mine/conditions.csv", rows)
	for _, subject := range []string{"S1", "S2"} {
		for _, roi := range []string{"V1", "IT"} {
			v := make([]float32, trials*9)
			for i := range v {
				v[i] = float32(r.NormFloat64())
			}
			path := d.path("mine/brains/" + subject + "_" + roi + ".npy")
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := npy.WriteFile(path, array.Of([]int{trials, 9}, v)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for from, to := range map[string]string{"shen2019-stimuli": "mine/images", "cornet-s": "mine"} {
		if err := os.CopyFS(d.path(to), os.DirFS(d.path(from))); err != nil {
			t.Fatal(err)
		}
	}
	// Images that no trial shows are of no subset; the folder has them in no table.
	entries, err := os.ReadDir(d.path("mine/images/training"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.Contains(rows, e.Name()) {
			if err := os.Remove(d.path("mine/images/training/" + e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	return d
}

// The file that is written runs to the report.
func TestStudiesNew(t *testing.T) {
	d := ownData(t)
	study := filepath.Join(d.dir, "mine.yaml")
	code, stdout, stderr := d.run("studies", "new", "--from", d.path("mine"), "--out", study)
	if code != ExitOK || !strings.Contains(stdout, "realnet reproduce") {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	text, err := os.ReadFile(study)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"subjects: [S1, S2]", "rois: [IT, V1]", `file: "brains/{subject}_{roi}.npy"`, "rows: conditions.csv", "axes: [row, feature]", "cornet_s-1d3f7974.pth"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the study does not say %s:\n%s", want, text)
		}
	}
	code, _, stderr = d.run("reproduce", study, "--out", filepath.Join(d.dir, "out"), "--set", "stimuli.size=64", "--set", "checkpoint.side=64", "--set", "train.epochs=1",
		"--set", "rsa.permutations=20", "--set", "rsa.bootstrap=20", "--set", "stats.flips=100", "--set", "pca.components=6")
	if code != ExitOK && !strings.Contains(stderr, "checks failed") {
		t.Fatalf("exit %d\n%s\n%s", code, stderr, text)
	}
	if code, _, stderr = d.run("studies", "new", "--from", d.path("mine"), "--out", study); code == ExitOK || !strings.Contains(stderr, "is there already") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	code, _, stderr = d.run("studies", "new", "--from", d.path("mine"), "--kind", "rsa", "--out", filepath.Join(d.dir, "rsa.yaml"))
	if code != ExitOK {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	code, _, stderr = d.run("reproduce", filepath.Join(d.dir, "rsa.yaml"), "--out", filepath.Join(d.dir, "rsa"), "--set", "stimuli.size=64", "--set", "checkpoint.side=64", "--set", "rsa.permutations=20", "--set", "rsa.bootstrap=20", "--set", "stats.flips=100")
	if code != ExitOK && !strings.Contains(stderr, "checks failed") {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	code, _, stderr = d.run("studies", "new", "--from", d.path("mine"), "--kind", "reliability", "--out", filepath.Join(d.dir, "r.yaml"))
	if code != ExitOK {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	code, _, stderr = d.run("reproduce", filepath.Join(d.dir, "r.yaml"), "--out", filepath.Join(d.dir, "r"), "--set", "rsa.permutations=20")
	if code != ExitOK && !strings.Contains(stderr, "checks failed") {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
}

// What is ambiguous is asked for.
func TestStudiesNewAsks(t *testing.T) {
	for name, c := range map[string]struct {
		change func(d *desk)
		says   []string
	}{
		"no table": {func(d *desk) { os.Remove(d.path("mine/conditions.csv")) }, []string{"no table of rows", "condition,subset,run"}},
		"no subsets": {func(d *desk) {
			text, _ := os.ReadFile(d.path("mine/conditions.csv"))
			d.write("mine/conditions.csv", strings.ReplaceAll(string(text), "subset", "part"))
		}, []string{"which rows are the test set"}},
		"no images": {func(d *desk) { os.RemoveAll(d.path("mine/images")) }, []string{"no images"}},
		"names":     {func(d *desk) { os.RemoveAll(d.path("mine/images/test")) }, []string{"8 of 24 conditions", "no image of their name"}},
		"no arrays": {func(d *desk) { os.RemoveAll(d.path("mine/brains")) }, []string{"no arrays of responses"}},
		"bids":      {func(d *desk) { d.write("mine/dataset_description.json", "{}") }, []string{"no run", "no events", "no masks"}},
	} {
		d := ownData(t)
		c.change(d)
		code, _, stderr := d.run("studies", "new", "--from", d.path("mine"), "--out", filepath.Join(d.dir, "mine.yaml"))
		for _, want := range c.says {
			if code != ExitFailed || !strings.Contains(stderr, want) {
				t.Errorf("%s: exit %d does not say %q: %s", name, code, want, stderr)
			}
		}
		if _, err := os.Stat(filepath.Join(d.dir, "mine.yaml")); err == nil {
			t.Errorf("%s: a study was written", name)
		}
	}
}

// unzipped is the folder of an archive.
func unzipped(t *testing.T, archive, dir string) string {
	t.Helper()
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Two commands from a folder of each form to a report: folders that the field's tools
// wrote.
func TestStudiesNewForms(t *testing.T) {
	at := in(t)
	t.Setenv("REALNET_STORE", at("store"))
	copied := func(from, to string) {
		t.Helper()
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o755)
		}
		if err == nil {
			err = os.WriteFile(to, content, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	unzipped(t, "../../stages/fmri/testdata/fmriprep.zip", at("fmriprep")) // nibabel and pandas
	for _, name := range []string{"model.npy", "model.names.txt"} {
		copied("testdata/rdms/"+name, at("rdms/models/"+name))
	}
	copied("testdata/rdms/subjects_rsatoolbox.h5", at("rdms/brains/subjects.h5")) // rsatoolbox
	copied("testdata/rdms/model.npy", at("wide/models/model.npy"))
	copied("testdata/rdms/model.names.txt", at("wide/models/model.names.txt"))
	copied("testdata/rdms/turned_pandas.parquet", at("wide/brains/S1_IT.parquet"))
	copied("testdata/rdms/turned_pandas.csv", at("table/brains/S1_IT.csv"))
	copied("testdata/rdms/model.npy", at("table/models/model.npy"))
	copied("testdata/rdms/model.names.txt", at("table/models/model.names.txt"))
	for _, name := range []string{"gist", "net_conv5"} { // names of no common form
		copied("testdata/rdms/model.npy", at("named/models/"+name+".npy"))
		copied("testdata/rdms/model.names.txt", at("named/models/"+name+".names.txt"))
	}
	for _, name := range []string{"ann-PPA", "ann-OPA", "bob-PPA", "bob-OPA"} {
		copied("testdata/rdms/turned_pandas.csv", at("named/brains/"+name+".csv"))
	}
	for form, want := range map[string][]string{
		"named":    {"file: \"{model}.npy\"", "file: \"{subject}-{roi}.csv\""},
		"fmriprep": {"layout: fmriprep", "task: view", "coding: {condition: trial_type}"},
		"rdms":     {"kind: rsa", "file: \"{model}.npy\"", "file: subjects.h5"},
		"wide":     {"kind: rsa", "file: \"{subject}_{roi}.parquet\""},
		"table":    {"kind: rsa", "file: \"{subject}_{roi}.csv\""},
	} {
		study := at(form + ".yaml")
		succeed(t, "studies", "new", "--from", at(form), "--out", study)
		text, err := os.ReadFile(study)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(text), w) {
				t.Errorf("%s: the study does not say %s:\n%s", form, w, text)
			}
		}
		code, _, stderr := execute(t, "-q", "reproduce", study, "--out", at(form+"-run"))
		if code != ExitOK && code != ExitChecks {
			t.Fatalf("%s: exit %d: %s\n%s", form, code, stderr, text)
		}
		if _, err := os.Stat(at(form + "-run/report.html")); err != nil {
			t.Error(err)
		}
	}
	results, err := pipeline.ReadResults(at("rdms-run"))
	if err != nil {
		t.Fatal(err)
	}
	expected, err := os.ReadFile("testdata/rdms/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var scipy struct {
		Spearman float64
		Subjects []float64
	}
	if err := json.Unmarshal(expected, &scipy); err != nil {
		t.Fatal(err)
	}
	for _, e := range results.Results { // scipy's means over the subjects
		for i, roi := range []string{"V1", "IT"} {
			s := scipy.Subjects[3*i:]
			if want := (s[0] + s[1] + s[2]) / 3; e.Name == "similarity/model/"+roi && math.Abs(*e.Value-want) > 1e-9 {
				t.Errorf("%s: %v, scipy has %v", e.Name, *e.Value, want)
			}
		}
	}
	for form, names := range map[string][]string{
		"wide":  {"similarity/model/IT"},
		"table": {"similarity/model/IT"},
		"named": {"similarity/gist/PPA", "similarity/gist/OPA", "similarity/net_conv5/PPA", "similarity/net_conv5/OPA"},
	} {
		if results, err = pipeline.ReadResults(at(form + "-run")); err != nil {
			t.Fatal(err)
		}
		values := map[string]float64{}
		for _, e := range results.Results {
			if e.Value != nil {
				values[e.Name] = *e.Value
			}
		}
		for _, name := range names {
			if v, ok := values[name]; !ok || math.Abs(v-scipy.Spearman) > 1e-9 {
				t.Errorf("%s: %s is %v, scipy has %v", form, name, v, scipy.Spearman)
			}
		}
	}
}

// writeBIDS writes a BIDS dataset of a simulated subject, with masks of its regions.
func writeBIDS(t *testing.T, d *desk, folder string) {
	t.Helper()
	d.write("world.json", `{"seed": 1, "images": {"pretrain": 4, "train": 4, "test": 6}, "fmri": {"subjects": 1, "test_repetitions": 4}, "eeg": {"subjects": 1, "repetitions": 4, "times": 4}}`)
	succeed(t, "stage", "synth", "--params", d.path("world.json"), "--out", d.path("world"))
	for _, part := range []string{"sub-01", "sourcedata"} {
		if err := os.CopyFS(filepath.Join(folder, part), os.DirFS(d.path("world/files/"+part))); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(d.path("world/files/dataset_description.json"))
	if err != nil {
		t.Fatal(err)
	}
	saveText(t, filepath.Join(folder, "dataset_description.json"), string(text))
}

// Raw BIDS, with masks by name, and epochs of MNE with images.
func TestStudiesNewOfRuns(t *testing.T) {
	d := paperDesk(t)
	t.Setenv("REALNET_STORE", filepath.Join(d.dir, "store"))
	writeBIDS(t, d, d.path("bids"))
	succeed(t, "studies", "new", "--from", d.path("bids"), "--out", d.path("bids.yaml"))
	if code, _, stderr := execute(t, "-q", "reproduce", d.path("bids.yaml"), "--out", d.path("bids-run"), "--set", "rsa.permutations=10"); code != ExitOK && code != ExitChecks {
		text, _ := os.ReadFile(d.path("bids.yaml"))
		t.Errorf("exit %d: %s\n%s", code, stderr, text)
	}
	if err := os.CopyFS(d.path("eeg"), os.DirFS("../../data/fiff/testdata")); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := execute(t, "studies", "new", "--from", d.path("eeg"), "--out", d.path("eeg.yaml"))
	if code != ExitFailed || !strings.Contains(stderr, "no images") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	e, err := fiff.Open(d.path("eeg/small-epo.fif"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	images, err := filepath.Glob(d.path("shen2019-stimuli/test/*"))
	if err != nil || len(images) == 0 {
		t.Fatal(err, images)
	}
	content, err := os.ReadFile(images[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range e.Names() {
		d.write("eeg/images/"+name+filepath.Ext(images[0]), string(content))
	}
	if err := os.CopyFS(d.path("eeg"), os.DirFS(d.path("cornet-s"))); err != nil {
		t.Fatal(err)
	}
	succeed(t, "studies", "new", "--from", d.path("eeg"), "--out", d.path("eeg.yaml"))
	study, err := os.ReadFile(d.path("eeg.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"kind: rsa", "layout: mne", `file: "{subject}-epo.fif"`, "eeg_subjects: [small]"} {
		if !strings.Contains(string(study), want) {
			t.Errorf("the study does not say %s:\n%s", want, study)
		}
	}
}
