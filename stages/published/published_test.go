package published_test

import (
	"math"
	"os"
	"testing"

	"realnet/artifacts/schemas/rdms"
	"realnet/data/matfile"
	"realnet/data/realdata"
	"realnet/stages/published"
	"realnet/stages/stage/stagetest"
)

const (
	humansFile  = "92_brainRDMs.mat"
	monkeysFile = "Kriegeskorte_Neuron2008_supplementalData.mat"
)

func real92(t *testing.T) map[string][]byte {
	files := map[string][]byte{}
	for _, name := range []string{humansFile, monkeysFile} {
		content, err := os.ReadFile(realdata.Path(t, "kriegeskorte2008", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = content
	}
	return files
}

func TestKriegeskorte92(t *testing.T) {
	files := real92(t)
	a := stagetest.SameForAnyWorkers(t, published.Stage, published.DefaultParams(), stagetest.In{"dataset": stagetest.Dataset(t, files)})
	set, err := rdms.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rows) != 9 || len(set.Conditions) != 92 || set.Conditions[0] != "01" || set.Conditions[91] != "92" {
		t.Fatalf("%d RDMs over %d conditions", len(set.Rows), len(set.Conditions))
	}
	subjects := map[string]int{}
	group := make([]float64, rdms.Pairs(92))
	for i, row := range set.Rows[:8] {
		subjects[row.Subject]++
		if row.Kind != "fmri" || row.ROI != "hIT" || (row.Session != "1" && row.Session != "2") {
			t.Errorf("row %d: %+v", i, row)
		}
		for k, v := range set.RDM(i) {
			group[k] += v / 8
		}
	}
	for _, s := range []string{"BE", "KO", "SN", "TI"} {
		if subjects[s] != 2 {
			t.Errorf("subject %s has %d sessions", s, subjects[s])
		}
	}
	if last := set.Rows[8]; last.Kind != "neurons" || last.ROI != "mIT" || last.Subject != "monkeys" {
		t.Errorf("last row %+v", last)
	}

	// The published group RDM is the mean of the eight in this order, which settles
	// the order of the neurons' triangle as well.
	mat, err := matfile.Parse(files[monkeysFile])
	if err != nil {
		t.Fatal(err)
	}
	both, err := mat.Var("RDMs_mIT_hIT_fig1")
	if err != nil {
		t.Fatal(err)
	}
	field, err := both.Field("RDM", 1)
	if err != nil {
		t.Fatal(err)
	}
	want, err := field.Float64()
	if err != nil {
		t.Fatal(err)
	}
	for k := range want {
		if math.Abs(want[k]-group[k]) > 1e-6 { // stored in float32
			t.Fatalf("pair %d: mean of the subjects %v, published %v", k, group[k], want[k])
		}
	}
}

func TestRefuses(t *testing.T) {
	bad := published.DefaultParams()
	bad.Layout = "table"
	stagetest.Refuses(t, published.Stage, bad, stagetest.In{"dataset": stagetest.Dataset(t, map[string][]byte{"a": nil})}, "layout")
	stagetest.Refuses(t, published.Stage, published.DefaultParams(), stagetest.In{"dataset": stagetest.Dataset(t, map[string][]byte{"a": nil})}, humansFile)
	stagetest.Refuses(t, published.Stage, published.DefaultParams(),
		stagetest.In{"dataset": stagetest.Dataset(t, map[string][]byte{humansFile: []byte("no .mat")})}, humansFile)

	files := real92(t)
	swapped := map[string][]byte{humansFile: files[monkeysFile], monkeysFile: files[humansFile]}
	stagetest.Refuses(t, published.Stage, published.DefaultParams(), stagetest.In{"dataset": stagetest.Dataset(t, swapped)}, "RDMs")
	stagetest.Refuses(t, published.Stage, published.DefaultParams(), stagetest.In{"dataset": stagetest.Dataset(t, map[string][]byte{humansFile: files[humansFile]})}, monkeysFile)
}
