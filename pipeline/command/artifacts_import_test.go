package command

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/targets"
	"realnet/data/array"
	"realnet/data/images"
	"realnet/data/torch"
	"realnet/model"
)

// importable makes the input of each schema and the flags that go with it.
func importable(t *testing.T, at func(string) string) map[string][]string {
	values := normal[float64](600)
	whole := make([]float64, 2*4*4*3)
	for i := range whole {
		whole[i] = float64(i % 256)
	}
	names := saveText(t, at("names.txt"), "a", "b", "c", "d")
	sims := saveText(t, at("sims.csv"), "model,layer,value,p,time", "m,IT,0.5,0.01,NaN", "m,V1,0.25,0.2,0.1")
	stats := saveText(t, at("stats.csv"), "name,value,p,n,check", "gain,0.1,0.04,3,pass")
	profile := saveText(t, at("profiles.csv"), "layer,dimension,plain", "IT,red,0.3")
	accuracy := saveText(t, at("accuracies.csv"), "model,top1,n", "m,0.7,100")
	return map[string][]string{
		"patterns": {
			"--in", save(t, at("patterns.npy"), []int{4, 6}, values[:24]), "--subject", "S1", "--roi", "VT",
			"--rows", saveText(t, at("trials.csv"), "condition,run", "x,1", "y,1", "x,2", "y,2"),
		},
		"rdms":         {"--in", save(t, at("rdms.npy"), []int{3, 6}, values[:18]), "--names", names, "--kind", "fmri", "--subject", "S1"},
		"features":     {"--in", save(t, at("features.npy"), []int{4, 5}, values[:20]), "--names", names, "--layer", "IT"},
		"epochs":       {"--in", save(t, at("epochs.npy"), []int{4, 5, 3, 2}, values[:120]), "--names", names, "--times", saveText(t, at("times.txt"), "0", "0.01")},
		"targets":      {"--in", save(t, at("targets.npy"), []int{4, 3}, values[:12]), "--names", names},
		"stimuli":      {"--in", save(t, at("stimuli.npy"), []int{2, 4, 4, 3}, whole), "--subset", "test"},
		"dimensions":   {"--in", save(t, at("dimensions.npy"), []int{4, 2}, values[:8]), "--names", names, "--columns", saveText(t, at("columns.txt"), "red", "round")},
		"similarities": {"--in", sims}, "statistics": {"--in", stats}, "profiles": {"--in", profile}, "accuracies": {"--in", accuracy},
		"weights": {"--in", checkpointFile(t, at("w.pth")), "--side", "32"},
	}
}

// checkpointFile writes a small CORnet-S as PyTorch would.
func checkpointFile(t *testing.T, path string) string {
	t.Helper()
	cfg := model.Narrow(5, 0)
	cfg.Width, cfg.Input = 4, 32
	net, err := model.New(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	var tensors []array.Named
	for _, p := range net.Params() {
		tensors = append(tensors, array.Named{Name: "module." + p.Name, Array: array.Of(p.Shape, p.Values)})
	}
	if err := torch.WriteFile(path, tensors); err != nil {
		t.Fatal(err)
	}
	return path
}

// What is imported, exported and imported again is the same, file by file.
func TestImportExport(t *testing.T) {
	at := in(t)
	for schema, flags := range importable(t, at) {
		t.Run(schema, func(t *testing.T) {
			one, files, two := at(schema+"-1"), at(schema+"-files"), at(schema+"-2")
			succeed(t, append([]string{"artifacts", "import", "--schema", schema, "--out", one}, flags...)...)
			var exported struct {
				Schema string   `json:"schema"`
				Digest string   `json:"digest"`
				Out    string   `json:"out"`
				Files  []string `json:"files"`
			}
			decode(t, succeed(t, "artifacts", "export", one, "--out", files, "--json"), &exported)
			for _, f := range exported.Files {
				if _, err := os.Stat(filepath.Join(files, f)); err != nil {
					t.Error(err)
				}
			}
			succeed(t, "artifacts", "import", "--schema", schema, "--in", files, "--out", two)
			a, err := artifacts.Open(one)
			if err != nil {
				t.Fatal(err)
			}
			b, err := artifacts.Open(two)
			if err != nil {
				t.Fatal(err)
			}
			x, _ := json.Marshal(a.Manifest().Files)
			y, _ := json.Marshal(b.Manifest().Files)
			if schema == "weights" { // in the order of names in the second
				x, y = weightsText(t, a), weightsText(t, b)
			}
			if string(x) != string(y) {
				t.Errorf("files differ:\n%s\n%s", x, y)
			}
			if schema != "weights" {
				succeed(t, "artifacts", "export", one, "--out", at(schema+"-parquet"), "--format", "parquet")
			}
		})
	}
}

func weightsText(t *testing.T, a *artifacts.Artifact) []byte {
	params, err := artifacts.ReadWeights(a, "weights.arrow")
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(params, func(a, b artifacts.Param) int { return strings.Compare(a.Name, b.Name) })
	text, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestImportValues(t *testing.T) {
	at := in(t)
	all := importable(t, at)
	succeed(t, append([]string{"artifacts", "import", "--schema", "patterns", "--out", at("p")}, all["patterns"]...)...)
	a, err := artifacts.Open(at("p"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := patterns.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Samples[2]; s.Condition != "x" || s.Run != 2 || s.Subject != "S1" || s.Averaged != 1 {
		t.Errorf("%+v", s)
	}
	if columns, err := p.ROI("VT"); err != nil || len(columns) != 6 {
		t.Errorf("%v %v", columns, err)
	}
	succeed(t, append([]string{"artifacts", "import", "--schema", "targets", "--out", at("t")}, all["targets"]...)...)
	if a, err = artifacts.Open(at("t")); err != nil {
		t.Fatal(err)
	}
	components, err := artifacts.ReadTable[targets.Component](a, targets.ComponentsTable)
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, c := range components {
		sum += c.Ratio
	}
	equal(t, "ratios", []float64{sum}, []float64{1}, 1e-12)
}

func TestImportBadInput(t *testing.T) {
	at := in(t)
	x := save(t, at("x.npy"), []int{4, 6}, normal[float64](24))
	three := saveText(t, at("three.txt"), "a", "b", "c")
	half := save(t, at("half.npy"), []int{1, 2, 2, 3}, slices.Repeat([]float64{0.5}, 12))
	for _, c := range []struct {
		code int
		say  string
		args []string
	}{
		{ExitUsage, "want patterns", []string{"--in", x, "--schema", "pattern"}},
		{ExitUsage, "want patterns", []string{"--in", x, "--schema", "dataset"}},
		{ExitUsage, "give --layer", []string{"--in", x, "--schema", "features"}},
		{ExitFailed, "3 names for 4 rows", []string{"--in", x, "--schema", "patterns", "--names", three}},
		{ExitFailed, "want conditions x repetitions", []string{"--in", x, "--schema", "epochs"}},
		{ExitFailed, "whole numbers from 0 to 255", []string{"--in", half, "--schema", "stimuli"}},
		{ExitFailed, `no column "colour"`, []string{"--in", x, "--schema", "patterns", "--rows", saveText(t, at("rows.csv"), "colour", "red")}},
		{ExitFailed, "line 2, column run", []string{"--in", x, "--schema", "patterns", "--rows", saveText(t, at("run.csv"), "run", "one")}},
		{ExitFailed, "1 lines for 4 rows", []string{"--in", x, "--schema", "patterns", "--rows", saveText(t, at("few.csv"), "run", "1")}},
		{ExitFailed, "no such file", []string{"--in", at("absent.npy"), "--schema", "patterns"}},
		{ExitFailed, "which schema patterns needs", []string{"--in", t.TempDir(), "--schema", "patterns"}},
		{ExitFailed, "", []string{"--in", x, "--schema", "weights"}},
	} {
		out := at("o")
		fail(t, c.code, c.say, append([]string{"artifacts", "import", "--out", out}, c.args...)...)
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%v left %s", c.args, out)
		}
	}
	fail(t, ExitUsage, "--format", "artifacts", "export", x, "--out", at("o"), "--format", "xlsx")
	fail(t, ExitFailed, "neither an artifact's folder", "artifacts", "export", at("nothing"), "--out", at("o"))
}

// Activations of a folder of images: in byte order of file name, as many rows as
// images, and the same from a checkpoint and from a weights artifact.
func TestActivations(t *testing.T) {
	at := in(t)
	w := checkpointFile(t, at("w.pth"))
	if err := os.Mkdir(at("images"), 0o777); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for _, name := range []string{"b.png", "a.png", "Z.png"} {
		writePNG(t, filepath.Join(at("images"), name), r)
	}
	saveText(t, filepath.Join(at("images"), "notes.txt"), "no image")
	run := func(weights, out string, more ...string) {
		succeed(t, append([]string{"activations", "--weights", weights, "--images", at("images"), "--layers", "V1,avgpool,logits", "--side", "32", "--format", "npy", "--out", at(out)}, more...)...)
	}
	run(w, "one")
	names, err := os.ReadFile(filepath.Join(at("one"), "names.txt"))
	if err != nil || string(names) != "Z.png\na.png\nb.png\n" {
		t.Errorf("%v: %q", err, names)
	}
	succeed(t, "artifacts", "import", "--in", w, "--schema", "weights", "--side", "32", "--out", at("weights"))
	run(at("weights"), "two", "--workers", "1", "--batch", "2")
	run(w, "crop", "--transform", "center-crop")
	for layer, features := range map[string]int{"V1": 4 * 8 * 8, "avgpool": 32, "logits": 5} {
		a, b := load(t, filepath.Join(at("one"), layer+".npy")), load(t, filepath.Join(at("two"), layer+".npy"))
		if a.Shape[0] != 3 || a.Shape[1] != features || a.Single == nil {
			t.Errorf("%s: shape %v, want 3 x %d float32", layer, a.Shape, features)
		}
		equal(t, layer, a.Float64(), b.Float64(), 0)
		if slices.Equal(a.Single, load(t, filepath.Join(at("crop"), layer+".npy")).Single) {
			t.Errorf("%s: squash and center-crop agree", layer)
		}
	}
	succeed(t, "activations", "--weights", w, "--images", at("images"), "--layers", "IT", "--side", "32", "--out", at("features"))
	succeed(t, "rdm", "--in", at("features"), "--select", "IT", "--out", at("rdm"))

	args := []string{"activations", "--images", at("images"), "--side", "32", "--format", "npy", "--out", at("bad")}
	fail(t, ExitUsage, "V9", append(args, "--weights", w, "--layers", "V9")...)
	fail(t, ExitUsage, "squash or center-crop", append(args, "--weights", w, "--transform", "warp")...)
	fail(t, ExitFailed, "no such file", append(args, "--weights", at("absent.pth"))...)
	fail(t, ExitFailed, "no image", "activations", "--weights", w, "--images", t.TempDir(), "--format", "npy", "--out", at("bad"))
	saveText(t, filepath.Join(at("images"), "c.jpg"), "no JPEG")
	fail(t, ExitFailed, "c.jpg", append(args, "--weights", w)...)
	if _, err := os.Stat(filepath.Join(at("bad"), "names.txt")); err == nil {
		t.Error("a run that failed left names.txt")
	}
}

func writePNG(t *testing.T, path string, r *rand.Rand) {
	t.Helper()
	m := images.New(40, 50)
	for i := range m.Pix {
		m.Pix[i] = byte(r.IntN(256))
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := m.EncodePNG(f); err != nil {
		t.Fatal(err)
	}
}

// A file of several arrays gives a layer each, whatever their axes.
func TestImportLayers(t *testing.T) {
	at := in(t)
	values := normal[float32](2*3*2*2 + 2*4)
	if err := torch.WriteFile(at("f.pt"), []array.Named{
		{Name: "conv", Array: array.Of([]int{2, 3, 2, 2}, values[:24])}, {Name: "fc", Array: array.Of([]int{2, 4}, values[24:])},
	}); err != nil {
		t.Fatal(err)
	}
	names := saveText(t, at("n.txt"), "a.jpg", "b.jpg")
	succeed(t, "artifacts", "import", "--in", at("f.pt"), "--schema", "features", "--names", names, "--out", at("features"))
	a, err := artifacts.Open(at("features"))
	if err != nil {
		t.Fatal(err)
	}
	for layer, want := range map[string][]float32{"conv": values[:24], "fc": values[24:]} {
		shape, got, err := artifacts.ReadTensor[float32](a, features.File(layer))
		if err != nil || !slices.Equal(got, want) || shape[0] != 2 || len(shape) != 2 {
			t.Errorf("%s: %v %v", layer, shape, err)
		}
	}
	succeed(t, "artifacts", "import", "--in", at("f.pt"), "--schema", "features", "--layer", "IT", "--select", "fc", "--out", at("one"))
	precise := save(t, at("p.npy"), []int{2, 2}, []float64{2, 0.5, 0.5, 1})
	succeed(t, "artifacts", "import", "--in", precise, "--schema", "precision", "--out", at("precision"))
	wide := save(t, at("w.npy"), []int{2, 3}, make([]float64, 6))
	fail(t, ExitFailed, "features x features", "artifacts", "import", "--in", wide, "--schema", "precision", "--out", at("no"))
}
