package command

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/pipeline"
)

// RDMs of four subjects teach networks in two folds of the images and two of the
// subjects, from files to a report that says so. The images are named with extension, the
// RDMs' conditions without.
func TestStudyOfRDMsThatTeach(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for _, folder := range []string{"images", "brains"} {
		if err := os.MkdirAll(at(folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const n = 12
	r := rand.New(rand.NewPCG(4, 4))
	names := make([]string, n)
	labels := []string{"name\tclass"}
	for i := range n {
		names[i] = fmt.Sprintf("p%02d", i)
		labels = append(labels, fmt.Sprintf("%s\tc%d", names[i], i%3))
		m := image.NewNRGBA(image.Rect(0, 0, 32, 32))
		for k := range 32 * 32 {
			m.Set(k%32, k/32, color.NRGBA{uint8(r.IntN(256)), uint8(20 * i), uint8(80 * (i % 3)), 255})
		}
		f, err := os.Create(at("images/" + names[i] + ".png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, m); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	saveText(t, at("images/labels.tsv"), labels...)
	saveText(t, at("brains/names.txt"), names...)
	for s := range 4 {
		for _, roi := range []string{"EVC", "IT"} {
			square := make([]float64, n*n)
			for i := range n {
				for j := i + 1; j < n; j++ {
					v := 0.5 + r.Float64()/4
					if i%3 != j%3 {
						v += 0.3
					}
					square[i*n+j], square[j*n+i] = v, v
				}
			}
			save(t, at(fmt.Sprintf("brains/S%d_%s.npy", s+1, roi)), []int{n, n}, square)
		}
	}
	saveText(t, at("taught.yaml"), "study: taught", "kind: alignment", "data: {stimuli: {folder: images}, brains: {folder: brains}}",
		"subjects: [S1, S2, S3, S4]", "rois: [EVC, IT]", "folds: 2", "subject_folds: 2",
		"variants:", "  - {name: control, beta: 0, target: rdms}", "  - {name: aligned, beta: 5, target: rdms}",
		`  - {name: within, beta: 5, target: rdms, pairing: "shuffled-within:class"}`,
		"stimuli: {size: 32, labels: labels.tsv}", "pretrain: {width: 2, classes: 3, epochs: 0, subset: \"\"}", "mds: {components: 2}",
		"train: {epochs: 1, batch: 3, learning_rate: 1e-3}", "activations: {layers: [V1, V2, V4, IT]}",
		`published: {layout: arrays, names: names.txt, rdms: [{file: "{subject}_{roi}.npy", kind: fmri}]}`, "rsa: {permutations: 0, bootstrap: 0}")
	if code, stdout, stderr := execute(t, "-q", "reproduce", at("taught.yaml"), "--out", at("run")); code != ExitOK {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	results, err := pipeline.ReadResults(at("run"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range results.Results {
		got = append(got, e.Name)
	}
	for _, name := range []string{
		"gain/aligned/within/over-base", "gain/aligned/across/over-control", "gain/within/across/over-base", "gain/aligned/across/over-base/without-2",
	} {
		if !slices.Contains(got, name) {
			t.Errorf("no result %s", name)
		}
	}
	page, err := os.ReadFile(at("run/report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"split at random into 2 folds", "left out in 2 folds", "by classical scaling of the mean RDM of the training subjects"} {
		if !strings.Contains(string(page), text) {
			t.Errorf("the report does not say %q", text)
		}
	}
	if strings.Contains(string(page), "NaN") {
		t.Error("the report has NaN")
	}
}

// In a small synthetic world, responses teach in folds of the training images, whose
// patterns come with those of images in no fold; and the subjects' own RDMs teach.
func TestSyntheticSubjectsTeachInFolds(t *testing.T) {
	small := []string{
		"synth.images.pretrain=60", "synth.images.train=24", "synth.images.test=12", "subjects=[01,02]", "synth.fmri.subjects=2", "eeg_subjects=[]",
		"data.objects.dataset=", "accuracy_on=", "pretrain.epochs=1", "pretrain.width=2", "train.epochs=1", "stimuli.size=32", "rsa.permutations=0", "rsa.bootstrap=0", "pca.components=4",
	}
	for name, c := range map[string]struct {
		set  []string
		want string
	}{
		"responses": {[]string{"folds=2", "fold_subset=train"}, "gain/shuffled/across/over-base/02"},
		"rdms":      {[]string{"subject_folds=2", "variants=[{name: control, beta: 0, target: rdms}, {name: aligned, target: rdms}]"}, "gain/aligned/across/over-control/without-2"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "run")
			args := []string{"-q", "reproduce", "demo", "--out", out}
			for _, s := range slices.Concat(small, c.set) {
				args = append(args, "--set", s)
			}
			if code, stdout, stderr := execute(t, args...); code != ExitOK && code != ExitChecks {
				t.Fatalf("exit %d: %s%s", code, stdout, stderr)
			}
			results, err := pipeline.ReadResults(out)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(results.Results, func(e pipeline.Result) bool { return e.Name == c.want && e.Value != nil }) {
				t.Errorf("no result %s", c.want)
			}
		})
	}
}
