package synth_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	"realnet/data/bids"
	"realnet/data/images"
	"realnet/stages/stage/stagetest"
	"realnet/stages/synth"
)

// small is a study of a second.
func small() synth.Params {
	p := synth.DefaultParams()
	p.Seed = 7
	p.Images.Size, p.Images.Pretrain, p.Images.Train, p.Images.Test = 32, 24, 90, 30
	p.FMRI.Subjects, p.FMRI.RunImages, p.FMRI.RunRepeats, p.FMRI.TrainRepetitions, p.FMRI.TestRepetitions = 2, 45, 3, 2, 6
	for i := range p.FMRI.ROIs {
		p.FMRI.ROIs[i].Voxels = 81
	}
	p.EEG.Subjects, p.EEG.Repetitions, p.EEG.Training, p.EEG.Times = 2, 6, 3, 25
	return p
}

func root(a *artifacts.Artifact) string { return filepath.Join(a.Dir(), dataset.Root) }

// What one dataset must be, in parts that share it.
func TestDataset(t *testing.T) {
	a := stagetest.Run(t, synth.Stage, small(), nil)
	t.Run("every file is listed", func(t *testing.T) { everyFileIsListed(t, a) })
	t.Run("truth and dimensions", func(t *testing.T) { truthAndDimensions(t, a) })
	t.Run("other stages read it", func(t *testing.T) { othersReadIt(t, a) })
	t.Run("BIDS is whole", func(t *testing.T) { bidsIsWhole(t, a) })
}

func TestSameForAnyWorkersAndRun(t *testing.T) {
	first := stagetest.SameForAnyWorkers(t, synth.Stage, small(), nil)
	if again := stagetest.Run(t, synth.Stage, small(), nil); again.Digest() != first.Digest() {
		t.Error("a second run gives other files")
	}
	p := small()
	p.Seed = 8
	if other := stagetest.Run(t, synth.Stage, p, nil); other.Digest() == first.Digest() {
		t.Error("another seed gives the same files")
	}
}

// The list of files is complete, and their sizes and digests are those of the files.
func everyFileIsListed(t *testing.T, a *artifacts.Artifact) {
	rows, err := artifacts.ReadTable[dataset.File](a, dataset.FilesTable)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]dataset.File{}
	for _, r := range rows {
		listed[r.Path] = r
	}
	n := 0
	err = filepath.WalkDir(root(a), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		name, err := filepath.Rel(root(a), path)
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		r := listed[filepath.ToSlash(name)]
		if r.Size != int64(len(raw)) || r.SHA256 != fmt.Sprintf("%x", sha256.Sum256(raw)) {
			t.Errorf("%s: listed as %+v", name, r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n != len(rows) {
		t.Errorf("%d files, %d listed", n, len(rows))
	}
}

// labels reads labels.tsv by column.
func labels(t *testing.T, a *artifacts.Artifact) (names, subsets []string, column func(string) []float64) {
	t.Helper()
	table, err := bids.ReadTable(filepath.Join(root(a), "labels.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	text := func(c string) []string {
		v, err := table.Text(c)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	return text("name"), text("subset"), func(c string) []float64 {
		v, err := table.Float(c)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// picture is an image of the dataset.
func picture(t *testing.T, a *artifacts.Artifact, subset, name string) images.RGB {
	t.Helper()
	archive, err := images.OpenFolder(filepath.Join(root(a), "images", subset+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	im, err := archive.Decode(name + ".png")
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// Images show their attributes: what is measured on the pixels follows the table.
func TestImagesShowTheirAttributes(t *testing.T) {
	p := small()
	p.Images.Size, p.Images.Pretrain = 64, 300
	p.FMRI.Subjects, p.EEG.Subjects = 0, 0
	a := stagetest.Run(t, synth.Stage, p, nil)
	names, subsets, column := labels(t, a)
	measured := map[string][]float64{}
	for i, name := range names {
		im := picture(t, a, subsets[i], name)
		if im.Width != 64 || im.Height != 64 {
			t.Fatalf("%s: %d x %d", name, im.Width, im.Height)
		}
		for k, v := range look(im) {
			measured[k] = append(measured[k], v)
		}
	}
	for _, c := range []struct {
		seen, attribute string
		at              float64 // least correlation
	}{
		{"edge brightness", "background", 0.85}, // clutter covers a part of it
		{"coloured area", "size", 0.6},          // seeds, eyes and highlights cover another
		{"column", "position_x", 0.5},           // the object is not always symmetric
		{"row", "position_y", 0.5},
		{"colour", "saturation", 0.7},
	} {
		if r := correlation(measured[c.seen], column(c.attribute)); r < c.at {
			t.Errorf("%s of the images correlates %.2f with %s, want %.2f", c.seen, r, c.attribute, c.at)
		}
	}
	if r := correlation(column("size"), column("hue")); math.Abs(r) > 0.15 {
		t.Errorf("size and hue correlate %.2f", r)
	}
	classes := map[float64]int{}
	for i, c := range column("label") {
		if subsets[i] == "pretrain" {
			classes[c]++
		}
	}
	for c, n := range classes {
		if n != 25 || len(classes) != 12 {
			t.Errorf("class %v of %d has %d of 300 images", c, len(classes), n)
		}
	}
}

// look measures an image: the object is what is coloured.
func look(im images.RGB) map[string]float64 {
	out := map[string]float64{}
	for y := range im.Height {
		for x := range im.Width {
			px := im.Pix[3*(y*im.Width+x):][:3]
			low, high := float64(min(px[0], px[1], px[2])), float64(max(px[0], px[1], px[2]))
			if y < 4 || y >= im.Height-4 {
				out["edge brightness"] += high
			}
			if high-low > 8 {
				out["coloured area"]++
				out["column"] += float64(x)
				out["row"] += float64(y)
				out["colour"] += (high - low) / high
			}
		}
	}
	for _, k := range []string{"column", "row", "colour"} {
		out[k] /= out["coloured area"]
	}
	return out
}

func correlation(x, y []float64) float64 {
	var mx, my, xx, yy, xy float64
	for i := range x {
		mx += x[i] / float64(len(x))
		my += y[i] / float64(len(x))
	}
	for i := range x {
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
		xy += (x[i] - mx) * (y[i] - my)
	}
	return xy / math.Sqrt(xx*yy)
}

func truthAndDimensions(t *testing.T, a *artifacts.Artifact) {
	raw, err := os.ReadFile(filepath.Join(root(a), "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth struct {
		Planted    float64
		Dimensions []struct {
			Name    string
			Planted bool
			ROIs    []string
			EEG     []struct {
				Latency float64 `json:"latency_s"`
			}
		}
		Parameters synth.Params
	}
	if err := json.Unmarshal(raw, &truth); err != nil {
		t.Fatal(err)
	}
	if truth.Planted != 1 || truth.Parameters.Seed != 7 || len(truth.Dimensions) < 12 {
		t.Errorf("truth.json: planted %v, seed %d, %d dimensions", truth.Planted, truth.Parameters.Seed, len(truth.Dimensions))
	}
	table, err := bids.ReadTable(filepath.Join(root(a), "dimension-labels.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	values, err := bids.ReadTable(filepath.Join(root(a), "dimensions.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	if len(values.Rows) != 30 || len(values.Columns) != 1+len(truth.Dimensions) {
		t.Errorf("dimensions.tsv is %d x %d", len(values.Rows), len(values.Columns))
	}
	planted := 0
	for i, d := range truth.Dimensions {
		if want := map[bool]string{true: "true", false: "false"}[d.Planted]; table.Rows[i][0] != d.Name || table.Rows[i][1] != want {
			t.Errorf("dimension-labels.tsv says %q of %q", table.Rows[i], d.Name)
		}
		if d.Name == "hue" && (!d.Planted || len(d.EEG) != 1 || !slices.Contains(d.ROIs, "V4")) || d.Name == "spikiness" && d.Planted {
			t.Errorf("%+v", d)
		}
		if d.Planted {
			planted++
		}
	}
	if planted == 0 || planted == len(truth.Dimensions) {
		t.Errorf("%d of %d dimensions are planted", planted, len(truth.Dimensions))
	}
}

func TestRefuses(t *testing.T) {
	for want, change := range map[string]func(*synth.Params){
		"planted: 2 is not":                    func(p *synth.Params) { p.Planted = 2 },
		"images.size: 3 is not":                func(p *synth.Params) { p.Images.Size = 3 },
		"fewer than 2 classes":                 func(p *synth.Params) { p.Images.Vertices, p.Images.Spikiness = []int{3}, []float64{0.5} },
		`fmri.rois: V1: no attribute "colour"`: func(p *synth.Params) { p.FMRI.ROIs[0].Encodes = []string{"colour"} },
		"fmri.block: 7 s is no whole number":   func(p *synth.Params) { p.FMRI.Block = 7 },
		"fmri.reliability: 1 is not":           func(p *synth.Params) { p.FMRI.Reliability = 1 },
		"eeg.channels: 18 is not":              func(p *synth.Params) { p.EEG.Channels = 18 },
		"eeg.signals: hue at":                  func(p *synth.Params) { p.EEG.Signals = []synth.Signal{{Encodes: "hue"}} },
	} {
		p := small()
		change(&p)
		stagetest.Refuses(t, synth.Stage, p, nil, want)
	}
	if err := synth.DefaultParams().Validate(); err != nil {
		t.Error(err)
	}
}
