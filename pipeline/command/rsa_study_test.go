package command

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"realnet/data/realdata"
	"realnet/pipeline"
)

// A study of the user's own RDMs and patterns, without a network, from files to report:
// similarities are those of Pearson's correlations of the dissimilarities, and
// conditions are joined by name, whatever their order, folder and extension.
func TestStudyOfOwnRDMs(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for _, folder := range []string{"brains", "models"} {
		if err := os.MkdirAll(at(folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const n, voxels = 8, 30
	r := rand.New(rand.NewPCG(8, 8))
	patterns := map[string][]float64{}
	dissimilarity := map[string][]float64{} // pairs in the order of the brains
	for s := range 6 {
		for _, roi := range []string{"V1", "IT"} {
			x := make([]float64, n*voxels)
			for i := range x {
				x[i] = r.NormFloat64()
			}
			label := fmt.Sprintf("S%d_%s", s+1, roi)
			patterns[label] = x
			for i := range n {
				for j := i + 1; j < n; j++ {
					dissimilarity[label] = append(dissimilarity[label], 1-stat.Correlation(x[i*voxels:(i+1)*voxels], x[j*voxels:(j+1)*voxels], nil))
				}
			}
			save(t, at("brains/"+label+".npy"), []int{n, voxels}, x)
		}
	}
	var brainNames, modelNames []string
	for i := range n {
		brainNames = append(brainNames, fmt.Sprintf("picture-%d", i))
		modelNames = append(modelNames, fmt.Sprintf("images/picture-%d.jpg", n-1-i)) // the other way round
	}
	saveText(t, at("brains/names.txt"), brainNames...)
	saveText(t, at("models/names.txt"), modelNames...)
	for _, name := range []string{"animacy", "colour"} {
		square := make([]float64, n*n)
		for i := range n {
			for j := i + 1; j < n; j++ {
				v := r.Float64()
				square[i*n+j], square[j*n+i] = v, v
				dissimilarity[name] = append(dissimilarity[name], 0)
			}
		}
		k := 0
		for i := range n {
			for j := i + 1; j < n; j++ {
				dissimilarity[name][k] = square[(n-1-i)*n+n-1-j]
				k++
			}
		}
		save(t, at("models/"+name+".npy"), []int{n, n}, square)
	}
	saveText(t, at("mine.yaml"), "study: mine", "kind: rsa", "data: {models: {folder: models}, brains: {folder: brains}}",
		`model_rdms: {layout: arrays, names: names.txt, rdms: [{file: "{model}.npy", kind: model}]}`,
		`published: {layout: arrays, names: names.txt, rdms: [{file: "{subject}_{roi}.npy", axes: [condition, feature], kind: fmri}]}`,
		"rsa: {method: pearson, permutations: 100, bootstrap: 100}", "stats: {subject_flips: true, flips: 1000}")
	code, stdout, stderr := execute(t, "-q", "reproduce", at("mine.yaml"), "--out", at("run"))
	if code != ExitOK {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	results, err := pipeline.ReadResults(at("run"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]pipeline.Result{}
	for _, e := range results.Results {
		got[e.Name] = e
	}
	for _, model := range []string{"animacy", "colour"} {
		for _, roi := range []string{"V1", "IT"} {
			mean := 0.0
			for s := range 6 {
				label := fmt.Sprintf("S%d_%s", s+1, roi)
				want := stat.Correlation(dissimilarity[model], dissimilarity[label], nil)
				mean += want / 6
				e, ok := got[fmt.Sprintf("similarity/%s/%s/S%d", model, roi, s+1)]
				if !ok || math.Abs(*e.Value-want) > 1e-6 {
					t.Errorf("%s and %s: %+v, want %v", model, label, e, want)
				}
			}
			e, ok := got["similarity/"+model+"/"+roi]
			if !ok || math.Abs(*e.Value-mean) > 1e-6 || e.P == nil || math.Abs(*e.P*64-math.Round(*e.P*64)) > 1e-9 { // of 2^6 sign flips
				t.Errorf("%s and %s: %+v, want %v", model, roi, e, mean)
			}
		}
	}
	if _, ok := got["ceiling/IT/lower"]; !ok {
		t.Error("no noise ceiling")
	}

	saveText(t, at("models/names.txt"), append(modelNames[1:], "images/pictures-7.jpg")...) // one of another name
	code, _, stderr = execute(t, "-q", "reproduce", at("mine.yaml"), "--out", at("run2"))
	if code != ExitFailed || !strings.Contains(stderr, "7 of 8 names") || !strings.Contains(stderr, `"picture-7", the nearest is "images/pictures-7.jpg"`) {
		t.Errorf("a name that is not there: exit %d: %s", code, stderr)
	}
	if code, _, stderr = execute(t, "-q", "reproduce", at("mine.yaml"), "--out", at("run2"), "--set", "rsa.intersect=true"); code != ExitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if results, err = pipeline.ReadResults(at("run2")); err != nil {
		t.Fatal(err)
	}
	for _, e := range results.Results {
		if e.Name == "similarity/animacy/IT" && (e.N != 7 || !strings.Contains(e.Text, "7 conditions that all have")) {
			t.Errorf("what both have: %+v", e)
		}
	}
}

// The bundled study of 15 people has the noise ceilings of the published data: numpy's
// mean correlation of each person's RDM with the mean z-scored RDM of the others, and of
// all: IT .4593 and .5492, EVC .2488 and .3998.
func TestAlgonauts92(t *testing.T) {
	root := filepath.Dir(filepath.Dir(realdata.Path(t, "algonauts2019-92", "92images_fmri_IT_RDMs.npz")))
	realdata.Path(t, "kriegeskorte2008", "Kriegeskorte_Neuron2008_supplementalData.mat")
	out := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := execute(t, "-q", "reproduce", "algonauts92", "--data", root, "--out", out,
		"--set", "pretrain.width=2", "--set", "stimuli.size=64") // the same brains, a small network
	if code != ExitOK {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	results, err := pipeline.ReadResults(out)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{
		"ceiling/IT/lower": 0.45928553206246164, "ceiling/IT/upper": 0.5492199028789827, "ceiling/EVC/lower": 0.24880857418728858, "ceiling/EVC/upper": 0.3998368579297457,
	}
	layers := 0
	for _, e := range results.Results {
		if v, ok := want[e.Name]; ok && math.Abs(*e.Value-v) > 1e-9 {
			t.Errorf("%s: %v, want %v", e.Name, *e.Value, v)
		}
		delete(want, e.Name)
		if strings.Count(e.Name, "/") == 3 && strings.HasPrefix(e.Name, "similarity/") {
			layers++
			if e.P == nil || *e.P < 1.0/(1<<14)-1e-12 {
				t.Errorf("%s: p %v is below what 15 people allow", e.Name, e.P)
			}
		}
	}
	if len(want) > 0 || layers != 10 {
		t.Errorf("missing %v; %d layers and regions, want 10", want, layers)
	}
}
