package command

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realnet/pipeline"
)

// The study monkey runs from files in the published layout (data/tvsd/testdata/world.zip,
// ci/reference/tvsd.py: 48 electrodes of two monkeys, EEG of two people who saw 12 of the
// 48 training images) to the report. What it finds in so few images is not looked at.
func TestMonkeyRunsOnSmallFiles(t *testing.T) {
	d := &desk{t: t, dir: t.TempDir(), sources: map[string]string{}}
	z, err := zip.OpenReader(filepath.Join("..", "..", "data", "tvsd", "testdata", "world.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		d.write(f.Name, string(content))
	}
	run := func() (code int, out, stderr string) {
		out = filepath.Join(d.dir, "monkey")
		args := []string{"reproduce", "monkey", "--data", filepath.Join(d.dir, "data"), "--out", out}
		for _, set := range []string{
			`eeg_subjects=["01", "02"]`, "stimuli.size=32", "eeg_stimuli.size=32", "data.weights.dataset=", "pretrain.width=4", "pretrain.classes=12", "pretrain.epochs=0", "pretrain.subset=train",
			"eegrdm.recipe=correlation", "fmri.tvsd.electrodes={V1: 1-16, V4: 17-32, IT: 33-48}", "fmri.tvsd.reliability=0.01", "pca.components=6",
			"train.epochs=1", "train.batch=8", "rsa.permutations=20", "rsa.bootstrap=20", "stats.flips=100",
		} {
			args = append(args, "--set", set)
		}
		code, _, stderr = d.run(args...)
		return code, out, stderr
	}
	code, out, stderr := run()
	if code != ExitOK && !strings.Contains(stderr, "checks failed") {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	results, err := os.ReadFile(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"gain/aligned/within/over-control", "gain/aligned/across/over-base/N", "gain/shuffled/eeg/over-base",
		"agreement/eeg/V4", "over the 12 images that both show and that no network was trained on",
	} {
		if !strings.Contains(string(results), want) {
			t.Errorf("no %q among the results", want)
		}
	}
	rec, err := pipeline.ReadRun(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range rec.Nodes {
		if n.Phase != pipeline.Done && n.Phase != pipeline.Cached {
			t.Errorf("node %s is %s", n.ID, n.Phase)
		}
	}

	// Bad files are named.
	list := filepath.Join("data", "tvsd", "monkeyN", "_logs", "things_imgs.mat")
	if err := os.Rename(d.path("tvsd/monkeyN/_logs/things_imgs.mat"), filepath.Join(d.dir, "away.mat")); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr = run(); code != ExitFailed || !strings.Contains(stderr, "monkeyN/_logs/things_imgs.mat") {
		t.Errorf("without %s: exit %d\n%s", list, code, stderr)
	}
	d.write("tvsd/monkeyN/_logs/things_imgs.mat", "no list")
	if code, _, stderr = run(); code != ExitFailed || !strings.Contains(stderr, "things_imgs.mat") {
		t.Errorf("a list that is none: exit %d\n%s", code, stderr)
	}
}
