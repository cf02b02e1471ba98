package command

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/data/array"
	"realnet/data/images"
	"realnet/data/npy"
	"realnet/data/torch"
	"realnet/model"
	"realnet/pipeline"
)

// paperDesk is a folder with small files in the layouts of the study paper: BData of
// two subjects and of one of another dataset (testdata/paper, ci/reference/paper_study.py),
// images, EEG of two subjects, object dimensions and a narrow CORnet-S.
func paperDesk(t *testing.T) *desk {
	d := &desk{t: t, dir: t.TempDir(), sources: map[string]string{}}
	r := rand.New(rand.NewPCG(3, 3))
	for from, to := range map[string]string{"sub-*.h5": "shen2019", "Subject*.h5": "horikawa2017"} {
		found, err := filepath.Glob(filepath.Join("testdata", "paper", from))
		if err != nil || len(found) == 0 {
			t.Fatalf("no fixture %s (%v)", from, err)
		}
		for _, file := range found {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d.write(to+"/"+filepath.Base(file), string(content))
		}
	}
	picture := func(name string) {
		m := images.New(20, 16)
		for i := range m.Pix {
			m.Pix[i] = byte(r.IntN(256))
		}
		var b bytes.Buffer
		if err := m.EncodePNG(&b); err != nil {
			t.Fatal(err)
		}
		d.write(name, b.String())
	}
	for i := range 32 {
		folder := "training"
		if i >= 24 {
			folder = "test"
		}
		picture(fmt.Sprintf("shen2019-stimuli/%s/n%08d_%d.png", folder, 1440001+i, 101+i))
	}

	const objects, repetitions, channels, times = 16, 8, 3, 4
	var files, concepts []string
	var names, rows strings.Builder
	for i := range objects {
		object := fmt.Sprintf("fire_truck%d", i+1) // names have underscores and numbers
		picture(fmt.Sprintf("things-eeg2-images/test_images/%05d_%s/%s_06s.png", i+1, object, object))
		files, concepts = append(files, object+"_06s.png"), append(concepts, fmt.Sprintf("%05d_%s", 100+i, object))
		fmt.Fprintln(&names, object)
		for range 49 {
			fmt.Fprintf(&rows, "%.4f ", r.Float64())
		}
		fmt.Fprintln(&rows)
	}
	d.write("things49/unique_id.txt", names.String())
	d.write("things49/spose_embedding_49d_sorted.txt", rows.String())
	dict := func(name string, entries []npy.Entry) {
		if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := npy.WriteDictFile(d.path(name), entries); err != nil {
			t.Fatal(err)
		}
	}
	dict("things-eeg2/image_metadata.npy", []npy.Entry{{Key: "test_img_files", Strings: files}, {Key: "test_img_concepts_THINGS", Strings: concepts}})
	for _, subject := range []string{"01", "02"} {
		data := make([]float64, objects*repetitions*channels*times)
		for i := range data {
			data[i] = r.NormFloat64()
		}
		dict("things-eeg2/sub-"+subject+"/preprocessed_eeg_test.npy", []npy.Entry{
			{Key: "preprocessed_eeg_data", Array: array.Of([]int{objects, repetitions, channels, times}, data)},
			{Key: "ch_names", Strings: []string{"O1", "O2", "P3"}},
			{Key: "times", Array: array.Of([]int{times}, []float64{0, 0.1, 0.2, 0.3})},
		})
	}

	cfg := model.Narrow(5, 0)
	net, err := model.New(cfg, 4)
	if err != nil {
		t.Fatal(err)
	}
	var tensors []array.Named
	for _, p := range net.Params() {
		tensors = append(tensors, array.Named{Name: "module." + p.Name, Array: array.Of(p.Shape, p.Values)})
	}
	if err := os.MkdirAll(d.path("cornet-s"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := torch.WriteFile(d.path("cornet-s/cornet_s-1d3f7974.pth"), tensors); err != nil {
		t.Fatal(err)
	}
	return d
}

// reproduce runs a study on the desk's data at a small size.
func (d *desk) reproduce(study string, set ...string) (code int, out, stderr string) {
	out = filepath.Join(d.dir, study)
	args := []string{"reproduce", study, "--data", filepath.Join(d.dir, "data"), "--out", out}
	for _, s := range slices.Concat([]string{
		`subjects=["01", "02"]`, `other_subjects=["1"]`, `eeg_subjects=["01", "02"]`, "stimuli.size=64", "eeg_stimuli.size=64",
		"checkpoint.side=64", "pca.components=6", "train.epochs=1", "train.batch=8", "eegrdm.average=2", "rsa.permutations=20", "rsa.bootstrap=20",
		"stats.flips=100", "dimensions.resamples=20", "dimensions.permutations=20",
	}, set) {
		args = append(args, "--set", s)
	}
	code, _, stderr = d.run(args...)
	return code, out, stderr
}

// The studies of the paper and of the released code run from files in the published
// layouts to the report. What they find in noise is not looked at.
func TestPaperRunsOnSmallFiles(t *testing.T) {
	d := paperDesk(t)
	for _, study := range []string{"paper", "released"} {
		code, out, stderr := d.reproduce(study)
		if code != ExitOK && !strings.Contains(stderr, "checks failed") {
			t.Fatalf("%s: exit %d\n%s", study, code, stderr)
		}
		results, err := os.ReadFile(filepath.Join(out, "results.json"))
		if err != nil {
			t.Fatal(err)
		}
		names := map[string][]string{"paper": {"beta-10", "beta-50", "shuffled"}, "released": {"released", "shuffled"}}[study]
		for _, v := range names {
			for _, relation := range []string{"within", "across", "other", "eeg"} {
				if name := "gain/" + v + "/" + relation + "/over-base"; !strings.Contains(string(results), name) {
					t.Errorf("%s: no result %s", study, name)
				}
			}
			if name := "dimension/" + v + "/food-related"; v != "shuffled" && !strings.Contains(string(results), name) {
				t.Errorf("%s: no result %s", study, name)
			}
		}
		if !strings.Contains(string(results), "contaminated-test-images") {
			t.Errorf("%s: nothing about contaminated test images", study)
		}
		rec, err := pipeline.ReadRun(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range rec.Nodes {
			if n.Phase != pipeline.Done && n.Phase != pipeline.Cached {
				t.Errorf("%s: node %s is %s", study, n.ID, n.Phase)
			}
		}
	}
}

// Without the data the command says everything that is missing and fails; a folder
// that lacks a part is named.
func TestPaperSaysWhatIsMissing(t *testing.T) {
	d := &desk{t: t, dir: t.TempDir(), sources: map[string]string{}}
	t.Setenv("REALNET_DATA", filepath.Join(d.dir, "fetched"))
	code, _, stderr := d.run("reproduce", "paper")
	if code != ExitFailed {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{"shen2019-stimuli", "things-eeg2:", "things-eeg2-images", "cornet-s", "https://forms.gle/", "11.2 GB"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("nothing about %q in:\n%s", want, stderr)
		}
	}

	d.write("shen2019-stimuli/training/n01440001_101.JPEG", "an image")
	_, _, stderr = d.run("reproduce", "paper", "--data", filepath.Join(d.dir, "data"))
	if !strings.Contains(stderr, "missing: test/*\n") {
		t.Errorf("does not say that the test images are missing:\n%s", stderr)
	}
}
