package command

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realnet/data/array"
	"realnet/data/npy"
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
		"bids":      {func(d *desk) { d.write("mine/dataset_description.json", "{}") }, []string{"BIDS dataset"}},
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
