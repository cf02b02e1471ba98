package embedding_test

import (
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	dims "realnet/artifacts/schemas/dimensions"
	"realnet/artifacts/schemas/stimuli"
	"realnet/stages/embedding"
	"realnet/stages/stage/stagetest"
)

func files(t *testing.T, texts map[string]string) *artifacts.Artifact {
	return stagetest.Make(t, dataset.Schema, func(w *artifacts.Writer) error {
		var rows []dataset.File
		for name, text := range texts {
			f, err := w.File(dataset.Root + "/" + name)
			if err != nil {
				return err
			}
			if _, err := f.Write([]byte(text)); err != nil {
				return err
			}
			if err := f.Close(); err != nil {
				return err
			}
			rows = append(rows, dataset.File{Path: name})
		}
		return artifacts.WriteTable(w, dataset.FilesTable, rows)
	})
}

func TestTable(t *testing.T) {
	a := files(t, map[string]string{
		"dimensions.tsv": "name\thue\ttilt\nim1\t0.5\t1\nim2\t-2\t3e-1\n", "dimension-labels.tsv": "dimension\tplanted\nhue\ttrue\ntilt\tfalse\n",
	})
	got := stagetest.Run(t, embedding.Stage, embedding.DefaultParams(), stagetest.In{"dataset": a})
	_, values, err := artifacts.ReadTensor[float32](got, dims.Tensor)
	if err != nil {
		t.Fatal(err)
	}
	labels, err := artifacts.ReadTable[dims.Label](got, dims.LabelsTable)
	if err != nil {
		t.Fatal(err)
	}
	if len(values) != 4 || values[2] != -2 || values[3] != 0.3 || !labels[0].Planted || labels[1].Planted {
		t.Errorf("got %v, %v", values, labels)
	}
}

func TestSPoSE(t *testing.T) {
	row := strings.Repeat("0.25 ", 49) // with the trailing space of the real file
	a := files(t, map[string]string{"e.txt": row + "\n" + row + "\n", "names.txt": "aardvark\nabacus\n"})
	p := embedding.Params{Layout: "spose", Values: "e.txt", Names: "names.txt"}
	got := stagetest.Run(t, embedding.Stage, p, stagetest.In{"dataset": a})
	objects, err := artifacts.ReadTable[dims.Object](got, dims.ObjectsTable)
	if err != nil || len(objects) != 2 || objects[1].Name != "abacus" {
		t.Errorf("got %v, %v", objects, err)
	}
	stagetest.Refuses(t, embedding.Stage, p, stagetest.In{"dataset": files(t, map[string]string{"e.txt": "1 2 3\n", "names.txt": "a\n"})}, "e.txt:1: 3 values, want 49")
	stagetest.Refuses(t, embedding.Stage, p, stagetest.In{"dataset": files(t, map[string]string{"e.txt": row, "names.txt": "a\nb\n"})}, "1 rows for 2 names")
}

// Folders of THINGS images are numbered; an object's name may have underscores itself.
func TestImagesOfObjects(t *testing.T) {
	images := func(list ...stimuli.Image) *artifacts.Artifact {
		return stagetest.Make(t, stimuli.Schema, func(w *artifacts.Writer) error {
			if err := artifacts.WriteTensor(w, stimuli.Tensor, []int{len(list), 1, 1, 3}, make([]uint8, 3*len(list))); err != nil {
				return err
			}
			return artifacts.WriteTable(w, stimuli.ImagesTable, list)
		})
	}
	a := files(t, map[string]string{"dimensions.tsv": "name\thue\naircraft_carrier\t1\nbat1\t2\n"})
	p := embedding.DefaultParams()
	p.Labels, p.Subset = "", "test"
	list := []stimuli.Image{
		{Name: "bat1_02s", Subset: "test", Class: "00002_bat1"},
		{Name: "aircraft_carrier_06s", Subset: "test", Class: "00001_aircraft_carrier"},
		{Name: "bat1_05s", Subset: "test", Class: "bat1"},
		{Name: "other", Subset: "train", Class: "none"},
	}
	got := stagetest.Run(t, embedding.Stage, p, stagetest.In{"dataset": a, "stimuli": images(list...)})
	objects, err := artifacts.ReadTable[dims.Object](got, dims.ObjectsTable)
	if err != nil {
		t.Fatal(err)
	}
	_, values, err := artifacts.ReadTensor[float32](got, dims.Tensor)
	if err != nil {
		t.Fatal(err)
	}
	if len(objects) != 3 || objects[1].Name != "aircraft_carrier_06s" || values[0] != 2 || values[1] != 1 || values[2] != 2 {
		t.Errorf("got %v, %v", objects, values)
	}
	p.Subset = ""
	stagetest.Refuses(t, embedding.Stage, p, stagetest.In{"dataset": a, "stimuli": images(list...)}, `no object is named "none"`)
	p.Subset = "eeg"
	stagetest.Refuses(t, embedding.Stage, p, stagetest.In{"dataset": a, "stimuli": images(list...)}, "eeg")
}

func TestBadTables(t *testing.T) {
	p := embedding.DefaultParams()
	p.Labels = ""
	for text, want := range map[string]string{
		"name\thue\na\tred\n":     "dimensions.tsv:2:3",
		"name\thue\na\tNaN\n":     "no finite number",
		"name\thue\na\t1\na\t2\n": `"a" appears twice`,
		"name\thue\n":             "0 objects",
		"name\thue\na\t1\t2\n":    "wrong number of fields",
	} {
		stagetest.Refuses(t, embedding.Stage, p, stagetest.In{"dataset": files(t, map[string]string{"dimensions.tsv": text})}, want)
	}
	p.Values = "none.tsv"
	stagetest.Refuses(t, embedding.Stage, p, stagetest.In{"dataset": files(t, map[string]string{"a.tsv": ""})}, "none.tsv")
}
