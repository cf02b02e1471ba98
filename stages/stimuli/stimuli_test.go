package stimuli_test

import (
	"archive/zip"
	"bytes"
	"os"
	"slices"
	"testing"

	"realnet/artifacts"
	schema "realnet/artifacts/schemas/stimuli"
	"realnet/data/images"
	"realnet/data/matfile"
	"realnet/data/realdata"
	"realnet/stages/stage/stagetest"
	"realnet/stages/stimuli"
)

func folder(t *testing.T, files map[string][]byte) stagetest.In {
	return stagetest.In{"dataset": stagetest.Dataset(t, files)}
}

// picture is an image whose pixels tell which it is and where they were.
func picture(t *testing.T, seed, width, height int) (images.RGB, []byte) {
	t.Helper()
	m := images.New(width, height)
	for i := range m.Pix {
		m.Pix[i] = byte(i*7 + seed*31)
	}
	var b bytes.Buffer
	if err := m.EncodePNG(&b); err != nil {
		t.Fatal(err)
	}
	return m, b.Bytes()
}

func read(t *testing.T, a *artifacts.Artifact) ([]schema.Image, []int, []uint8) {
	t.Helper()
	rows, err := artifacts.ReadTable[schema.Image](a, schema.ImagesTable)
	if err != nil {
		t.Fatal(err)
	}
	shape, pixels, err := artifacts.ReadTensor[uint8](a, schema.Tensor)
	if err != nil {
		t.Fatal(err)
	}
	return rows, shape, pixels
}

func world(t *testing.T) (stagetest.In, map[string]images.RGB) {
	files := map[string][]byte{"notes.txt": []byte("no image")}
	pictures := map[string]images.RGB{}
	for i, name := range []string{"training/dog/b", "training/cat/a", "test/dog/c", "test/ant/d"} {
		m, png := picture(t, i, 20+i, 12+3*i)
		files[name+".png"], pictures[name[len(name)-1:]] = png, m
	}
	files["labels.tsv"] = []byte("name\tsubset\tlabel\tclass\textra\nc\ttest\t2\tdog\t1\nd\ttest\t0\tant\t2\na\ttrain\t1\tcat\t3\nb\ttrain\t2\tdog\t4\n")
	files["classes.csv"] = []byte("class,name\ndog,b\n\"cat, big\",a\ndog,c\nant,d\n")
	files["bad.csv"] = []byte("name,label\na,one\n")
	files["twice.csv"] = []byte("name\na\na\n")
	files["few.csv"] = []byte("name\na\n")
	files["noname.csv"] = []byte("picture\na\n")
	return folder(t, files), pictures
}

func TestFiles(t *testing.T) {
	in, pictures := world(t)
	params := stimuli.DefaultParams()
	params.Size, params.Train, params.Test = 16, []string{"training/*/*"}, []string{"test/*/*"}
	params.ClassFolders = true
	rows, shape, pixels := read(t, stagetest.SameForAnyWorkers(t, stimuli.Stage, params, in))
	want := []schema.Image{
		{Name: "d", Subset: "test", Label: 0, Class: "ant"},
		{Name: "c", Subset: "test", Label: 2, Class: "dog"},
		{Name: "a", Subset: "train", Label: 1, Class: "cat"},
		{Name: "b", Subset: "train", Label: 2, Class: "dog"},
	}
	if !slices.Equal(rows, want) {
		t.Errorf("rows %v", rows)
	}
	if !slices.Equal(shape, []int{4, 16, 16, 3}) {
		t.Fatalf("shape %v", shape)
	}
	for i, r := range rows {
		if !slices.Equal(pixels[i*768:(i+1)*768], images.Squash(pictures[r.Name], 16).Pix) {
			t.Errorf("image %s has other pixels", r.Name)
		}
	}
}

// Images in an archive are as those in a folder of its name.
func TestArchive(t *testing.T) {
	in, pictures := world(t)
	params := stimuli.DefaultParams()
	params.Size, params.Train, params.ClassFolders = 16, []string{"*/*/*"}, true
	loose, _, want := read(t, stagetest.Run(t, stimuli.Stage, params, in))
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"test/dog/c", "training/dog/b", "training/cat/a", "test/ant/d"} {
		w, err := z.Create(name + ".png")
		if err != nil {
			t.Fatal(err)
		}
		if err := pictures[name[len(name)-1:]].EncodePNG(w); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	in = folder(t, map[string][]byte{"all.zip": b.Bytes()})
	params.Train = []string{"all.zip/*/*/*"}
	packed, _, pixels := read(t, stagetest.SameForAnyWorkers(t, stimuli.Stage, params, in))
	if !slices.Equal(packed, loose) || !slices.Equal(pixels, want) {
		t.Errorf("packed %v, loose %v, or other pixels", packed, loose)
	}
	stagetest.Refuses(t, stimuli.Stage, params, folder(t, map[string][]byte{"all.zip": b.Bytes()[:300]}), "all.zip")
}

func TestLabelsAndCrop(t *testing.T) {
	in, pictures := world(t)
	params := stimuli.DefaultParams()
	params.Size, params.Labels, params.Transform = 7, "labels.tsv", stimuli.CenterCrop
	rows, _, pixels := read(t, stagetest.Run(t, stimuli.Stage, params, in))
	if rows[2] != (schema.Image{Name: "a", Subset: "train", Label: 1, Class: "cat"}) {
		t.Errorf("row %+v", rows[2])
	}
	if !slices.Equal(pixels[2*147:3*147], images.ResizeCenterCrop(pictures["a"], 8, 7).Pix) {
		t.Error("other pixels")
	}
	params.Groups = []string{"extra"}
	groups, err := schema.ReadGroups(stagetest.Run(t, stimuli.Stage, params, in))
	if err != nil || len(groups) != 4 || groups[2] != (schema.Group{Image: "a", Column: "extra", Value: "3"}) {
		t.Errorf("groups %+v, %v", groups, err)
	}
	params.Groups = nil
	params.Labels, params.Files = "classes.csv", []string{"training/*/*.png"}
	rows, _, _ = read(t, stagetest.Run(t, stimuli.Stage, params, in))
	if len(rows) != 2 || rows[0] != (schema.Image{Name: "a", Label: 1, Class: "cat, big"}) || rows[1].Label != 2 {
		t.Errorf("rows %+v", rows)
	}
	params.Labels = ""
	rows, _, _ = read(t, stagetest.Run(t, stimuli.Stage, params, in))
	if rows[0] != (schema.Image{Name: "a", Label: -1}) {
		t.Errorf("without labels: %+v", rows[0])
	}
}

// The 92 images: the first 48 animate, as the paper says; pixels are the file's own.
func TestKriegeskorte(t *testing.T) {
	path := realdata.Path(t, "kriegeskorte2008", "Kriegeskorte_Neuron2008_supplementalData.mat")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	params := stimuli.DefaultParams()
	params.Layout, params.Size = stimuli.Kriegeskorte, 175
	rows, shape, pixels := read(t, stagetest.Run(t, stimuli.Stage, params, folder(t, map[string][]byte{"supplement.mat": content})))
	if !slices.Equal(shape, []int{92, 175, 175, 3}) {
		t.Fatalf("shape %v", shape)
	}
	if rows[0].Name != "01" || rows[0].Class != "human bodypart" || rows[91].Name != "92" || rows[91].Class != "artificial inanimate" { // scipy.io.loadmat
		t.Errorf("rows %+v, %+v", rows[0], rows[91])
	}
	mat, err := matfile.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	all, err := mat.Var("stimuli_92objs")
	if err != nil {
		t.Fatal(err)
	}
	last, err := all.Field("image", 91)
	if err != nil {
		t.Fatal(err)
	}
	want, _, _, err := last.Image()
	if err != nil || !slices.Equal(pixels[91*175*175*3:], want) {
		t.Errorf("the last image has other pixels (%v)", err)
	}
}

func TestRefuses(t *testing.T) {
	in, _ := world(t)
	_, png := picture(t, 0, 4, 4)
	with := func(change func(*stimuli.Params)) stimuli.Params {
		p := stimuli.DefaultParams()
		p.Size = 8
		change(&p)
		return p
	}
	same := func(*stimuli.Params) {}
	for _, tt := range []struct {
		name   string
		params stimuli.Params
		in     stagetest.In
		want   string
	}{
		{"two of one name", with(same), folder(t, map[string][]byte{"x/a.png": png, "y/a.png": png}), "y/a.png"},
		{"damaged image", with(same), folder(t, map[string][]byte{"a.png": png[:30]}), "a.png"},
		{"no image", with(same), folder(t, map[string][]byte{"a.txt": png}), "no image"},
		{"no match", with(func(p *stimuli.Params) { p.Files = []string{"*.jpg"} }), in, "*.jpg"},
		{"train and test", with(func(p *stimuli.Params) { p.Train, p.Test = []string{"*.png"}, []string{"c.png"} }), in, "test/dog/c.png"},
		{"bad pattern", with(func(p *stimuli.Params) { p.Train = []string{"["} }), in, "pattern"},
		{"no table", with(func(p *stimuli.Params) { p.Labels = "none.tsv" }), in, "none.tsv"},
		{"no column", with(func(p *stimuli.Params) { p.Labels, p.Groups = "labels.tsv", []string{"animacy"} }), in, `no column "animacy"`},
		{"no table of groups", with(func(p *stimuli.Params) { p.Groups = []string{"animacy"} }), in, "which is not given"},
		{"image without a row", with(func(p *stimuli.Params) { p.Labels = "few.csv" }), in, "no row"},
		{"no column", with(func(p *stimuli.Params) { p.Labels = "noname.csv" }), in, "column"},
		{"bad label", with(func(p *stimuli.Params) { p.Labels = "bad.csv" }), in, "bad.csv:2"},
		{"row twice", with(func(p *stimuli.Params) { p.Labels = "twice.csv" }), in, "twice.csv:3"},
		{"labels and folders", with(func(p *stimuli.Params) { p.Labels, p.ClassFolders = "labels.tsv", true }), in, "class_folders"},
		{"size", with(func(p *stimuli.Params) { p.Size = 0 }), in, "size"},
		{"transform", with(func(p *stimuli.Params) { p.Transform = "stretch" }), in, "transform"},
		{"layout", with(func(p *stimuli.Params) { p.Layout = "zip" }), in, "layout"},
		{"no .mat", with(func(p *stimuli.Params) { p.Layout = stimuli.Kriegeskorte }), in, "stimuli_92objs"},
	} {
		t.Run(tt.name, func(t *testing.T) { stagetest.Refuses(t, stimuli.Stage, tt.params, tt.in, tt.want) })
	}
}
