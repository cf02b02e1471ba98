package command

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realnet/data/nifti"
	"realnet/pipeline"
)

// Subjects who saw the conditions in orders of their own have a table each: studies new finds
// it, and the results are those of the same trials under one order and one table.
func TestStudiesNewTablesOfSubjects(t *testing.T) {
	at := in(t)
	t.Setenv("REALNET_STORE", at("store"))
	const conditions, runs, voxels = 5, 2, 12
	orders := map[string][]int{"S1": {3, 0, 4, 1, 2, 2, 4, 0, 3, 1}, "S2": {1, 2, 0, 3, 4, 4, 3, 2, 1, 0}}
	straight := []int{0, 1, 2, 3, 4, 0, 1, 2, 3, 4}
	value := func(subject string, run, condition, voxel int) float64 {
		return math.Sin(float64(7*condition+3*voxel+condition*voxel)) + 0.4*math.Sin(float64(11*run+5*condition*voxel+13*len(subject)+int(subject[1])*voxel))
	}
	build := func(dir, form string, own bool) {
		for _, s := range []string{"S1", "S2"} {
			order, table := straight, filepath.Join(dir, "trials.csv")
			if own {
				order, table = orders[s], filepath.Join(dir, s, "trials.csv")
			}
			if err := os.MkdirAll(filepath.Join(dir, s), 0o777); err != nil {
				t.Fatal(err)
			}
			lines := []string{"condition;run"}
			volumes := make([]float32, conditions*runs*voxels)
			rows := make([][]float64, conditions*runs)
			for i, c := range order {
				lines = append(lines, fmt.Sprintf("c%d;%d", c, i/conditions+1))
				for v := range voxels {
					x := math.Round(1e4*value(s, i/conditions, c, v)) / 1e4
					volumes[i*voxels+v], rows[i] = float32(x), append(rows[i], x)
				}
			}
			saveText(t, table, lines...)
			if form == "arrays" {
				saveRows(t, filepath.Join(dir, s, "V1.npy"), rows)
			} else if err := nifti.Write(filepath.Join(dir, s, "betas.nii"), nifti.NewHeader([]int{3, 2, 2, conditions * runs}, [3]float64{3, 3, 3}, 2), volumes); err != nil {
				t.Fatal(err)
			}
		}
		if form == "betas" {
			if err := os.MkdirAll(filepath.Join(dir, "masks"), 0o777); err != nil {
				t.Fatal(err)
			}
			ones := []uint8{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
			if err := nifti.Write(filepath.Join(dir, "masks", "V1.nii"), nifti.NewHeader([]int{3, 2, 2}, [3]float64{3, 3, 3}, 0), ones); err != nil {
				t.Fatal(err)
			}
		}
	}
	for form, says := range map[string]string{"arrays": `rows: "{subject}/trials.csv"`, "betas": `names: "{subject}/trials.csv"`} {
		var found [2]map[string]float64
		for k, own := range []bool{false, true} {
			name := fmt.Sprintf("%s%v", form, own)
			build(at(name), form, own)
			succeed(t, "studies", "new", "--from", at(name), "--kind", "reliability", "--out", at(name+".yaml"))
			text, err := os.ReadFile(at(name + ".yaml"))
			if err != nil || own != strings.Contains(string(text), says) {
				t.Errorf("%s: %v, %s", name, err, text)
			}
			if code, _, stderr := execute(t, "-q", "reproduce", at(name+".yaml"), "--out", at(name+".run")); code != ExitOK && code != ExitChecks {
				t.Fatalf("%s: exit %d: %s", name, code, stderr)
			}
			results, err := pipeline.ReadResults(at(name + ".run"))
			if err != nil {
				t.Fatal(err)
			}
			found[k] = map[string]float64{}
			for _, r := range results.Results {
				if r.Value != nil {
					found[k][r.Name] = *r.Value
				}
			}
		}
		for _, s := range []string{"S1", "S2"} {
			for _, what := range []string{"rdm", "patterns"} {
				name := "reliability/" + what + "/" + s + "/V1"
				if one, own := found[0][name], found[1][name]; !(math.Abs(one-own) < 1e-6) || one == 0 {
					t.Errorf("%s, %s: %v with a table each, %v with one", form, name, own, one)
				}
			}
		}
	}
	// Tables of which nothing says whose they are: asked for.
	for i, s := range []string{"S1", "S2"} {
		if err := os.Rename(filepath.Join(at("betastrue"), s, "trials.csv"), filepath.Join(at("betastrue"), fmt.Sprintf("%c.csv", 'a'+i))); err != nil {
			t.Fatal(err)
		}
	}
	fail(t, ExitFailed, "a.csv or b.csv", "studies", "new", "--from", at("betastrue"), "--out", at("asked.yaml"))
}
