package arrayset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/data/array"
	"realnet/data/npy"
	"realnet/data/parquet"
)

// TestRandomForms reads what ci/reference/arrayset_random.py makes with the field's
// tools: the values, rows and regions that numpy has.
func TestRandomForms(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import h5py, torch, pandas, nibabel, scipy").Run() != nil {
		t.Skip("h5py, torch, pandas, nibabel and scipy are not all installed; .github/workflows/check.yml installs them")
	}
	list, err := exec.Command(interpreter, "../../ci/reference/arrayset_random.py", t.TempDir(), "80", "6").Output()
	if err != nil {
		t.Fatal(err)
	}
	in := json.NewDecoder(bytes.NewReader(list))
	n := 0
	for ; ; n++ {
		var want struct {
			Dir                          string
			Spec                         Spec
			Regions, Conditions, Subsets []string
			Values                       []float64
			Members                      map[string][]int
		}
		if err := in.Decode(&want); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if err := want.Spec.Validate(); err != nil {
			t.Errorf("%+v: %v", want.Spec, err)
		}
		set, err := want.Spec.Open(t.Context(), want.Dir, "S1", want.Regions, nil)
		if err != nil {
			t.Errorf("%+v: %v", want.Spec, err)
			continue
		}
		values, _, err := set.Read(t.Context(), nil)
		if err != nil {
			t.Errorf("%+v: %v", want.Spec, err)
			continue
		}
		got := make([]float64, len(values))
		for i, v := range values {
			got[i] = float64(v)
		}
		if !slices.Equal(got, want.Values) {
			t.Errorf("%+v:\n%v, want\n%v", want.Spec, got, want.Values)
		}
		for i, r := range set.Rows {
			if r.Condition != want.Conditions[i] || r.Subset != want.Subsets[i] {
				t.Errorf("%+v: row %d: %+v", want.Spec, i, r)
			}
		}
		for region, columns := range want.Members {
			if !slices.Equal(set.Members[region], columns) {
				t.Errorf("%+v: %s: %v, want %v", want.Spec, region, set.Members[region], columns)
			}
		}
	}
	if n != 80 {
		t.Errorf("%d folders", n)
	}
}

// folder makes files of arrays counted from 0 and of text.
func folder(t *testing.T, arrays map[string][]int, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, shape := range arrays {
		n := 1
		for _, d := range shape {
			n *= d
		}
		v := make([]float64, n)
		for i := range v {
			v[i] = float64(i)
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := npy.WriteFile(path, array.Of(shape, v)); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRepetitionsAndOrder(t *testing.T) {
	dir := folder(t, map[string][]int{"S1.npy": {2, 3, 2, 4}}, map[string]string{"rows.csv": "condition\na\nb\n"})
	s := Default()
	s.File, s.Rows, s.Axes = "{subject}.npy", "rows.csv", []string{"condition", "repetition", "time", "channel"}
	set, err := s.Open(t.Context(), dir, "S1", nil, []string{"channel", "time"})
	if err != nil {
		t.Fatal(err)
	}
	v, _, err := set.Read(t.Context(), nil)
	if err != nil || !slices.Equal(set.Shape, []int{4, 2}) || len(set.Rows) != 6 || set.Rows[4] != (Row{Condition: "b", Run: 1, Repetition: 2}) {
		t.Fatalf("%+v, %v", set, err)
	}
	if !slices.Equal(v[:8], []float32{0, 4, 1, 5, 2, 6, 3, 7}) || v[8*4] != 32 { // channel by channel
		t.Errorf("%v", v)
	}
}

// Runs that sessions number alike are other runs; unique ones keep their numbers.
func TestRuns(t *testing.T) {
	dir := folder(t, map[string][]int{"S1_ses1.npy": {2, 1}, "S1_ses2.npy": {2, 1}}, map[string]string{"rows.csv": "condition,session,run\na,1,1\nb,1,2\na,2,1\nb,2,2\n"})
	s := Default()
	s.File, s.Rows = "{subject}_ses{session}.npy", "rows.csv"
	set, err := s.Open(t.Context(), dir, "S1", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var runs []int
	for _, r := range set.Rows {
		runs = append(runs, r.Run)
	}
	if !slices.Equal(runs, []int{1, 2, 3, 4}) || set.Rows[2].Session != "2" {
		t.Errorf("%+v", set.Rows)
	}
}

// A cell of the table of regions is the name of a region, or several.
func TestRegionsOfSeveralWords(t *testing.T) {
	s := Default()
	s.File, s.Rows, s.Regions = "{subject}.npy", "rows.csv", "regions.csv"
	dir := folder(t, map[string][]int{"S1.npy": {2, 4}}, map[string]string{"rows.csv": "condition\na\nb\n", "regions.csv": "roi\nleft V1\nV1\nV1 LOC\nleft V1\n"})
	for region, want := range map[string]int{"left V1": 2, "V1": 4, "LOC": 1} {
		set, err := s.Open(t.Context(), dir, "S1", []string{region}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(set.Members[region]); got != want {
			t.Errorf("%s: %d voxels, want %d", region, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	rows := "condition\na\nb\n"
	for _, c := range []struct {
		name    string
		arrays  map[string][]int
		texts   map[string]string
		change  func(*Spec)
		regions []string
		says    []string
	}{
		{"another subject", map[string][]int{"S2_V1.npy": {2, 3}}, map[string]string{"rows.csv": rows}, nil, nil, []string{"S1_{roi}.npy", "subjects there: S2"}},
		{"no file", map[string][]int{"x.npy": {2, 3}}, map[string]string{"rows.csv": rows}, nil, nil, []string{"files there: rows.csv, x.npy"}},
		{"axes swapped", map[string][]int{"S1_V1.npy": {3, 2}}, map[string]string{"rows.csv": rows}, nil, nil, []string{"3 rows", "rows.csv has 2", "axes: [feature, row]"}},
		{"three axes", map[string][]int{"S1_V1.npy": {2, 3, 4}}, map[string]string{"rows.csv": rows}, nil, nil, []string{"[2 3 4]", "say what each is"}},
		{"no condition", map[string][]int{"S1_V1.npy": {2, 3}}, map[string]string{"rows.csv": "what\na\nb\n"}, nil, nil, []string{"no column says the condition", "columns: {condition: NAME}"}},
		{"no region", map[string][]int{"S1_V1.npy": {2, 3}}, map[string]string{"rows.csv": rows}, nil, []string{"IT"}, []string{`"IT"`, "regions there: V1"}},
		{"subset unknown", map[string][]int{"S1_V1.npy": {2, 3}}, map[string]string{"rows.csv": "condition,subset\na,odd\nb,even\n"}, nil, nil, []string{"line 2", "odd"}},
		{"other voxels", map[string][]int{"S1_V1_train.npy": {1, 3}, "S1_V1_test.npy": {1, 4}}, map[string]string{"rows.csv": "condition,subset\na,train\nb,test\n"}, func(s *Spec) { s.File = "{subject}_{roi}_{subset}.npy" }, nil, []string{"other voxels", "[3]", "[4]"}},
		{"no subset column", map[string][]int{"S1_V1_train.npy": {2, 3}}, map[string]string{"rows.csv": rows}, func(s *Spec) { s.File = "{subject}_{roi}_{subset}.npy" }, nil, []string{"no row of subset train", "column subset"}},
		{"two files", map[string][]int{"a/S1_V1.npy": {2, 3}, "b/S1_V1.npy": {2, 3}}, map[string]string{"rows.csv": rows}, nil, nil, []string{"a/S1_V1.npy", "b/S1_V1.npy"}},
		{"rows without names", map[string][]int{"S1_V1.npy": {2, 3}}, nil, func(s *Spec) { s.Rows = "" }, nil, []string{"S1_V1.npy does not name its rows", "rows: name the table"}},
		{"regions without names", map[string][]int{"S1.npy": {2, 3}}, map[string]string{"rows.csv": rows}, func(s *Spec) { s.File = "{subject}.npy" }, []string{"V1", "IT"}, []string{"put {roi} into file"}},
	} {
		s := Default()
		s.File, s.Rows = "{subject}_{roi}.npy", "rows.csv"
		if c.change != nil {
			c.change(&s)
		}
		set, err := s.Open(t.Context(), folder(t, c.arrays, c.texts), "S1", c.regions, nil)
		if err == nil {
			t.Errorf("%s: %+v", c.name, set)
			continue
		}
		for _, want := range c.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v does not say %q", c.name, err, want)
			}
		}
	}
	for _, s := range []Spec{{}, {File: "{who}.npy", Rows: "r.csv"}, {File: "a", Rows: "b", Axes: []string{"x", "y"}}, {File: "a", Rows: "b", Preset: "spm"}} {
		if s.Validate() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}

func TestReads(t *testing.T) {
	s := Default()
	s.File, s.Rows, s.Mask = "{subject}_{roi}.npy", "conditions.csv", "masks/{subject}/{roi}.nii.gz"
	mine := s.Reads("S1")
	for file, want := range map[string]bool{"S1_V1.npy": true, "deep/S1_V1.npy": true, "S2_V1.npy": false, "conditions.csv": true, "masks/S1/V1.nii.gz": true, "masks/S2/V1.nii.gz": false} {
		if mine(file) != want {
			t.Errorf("%s: %v", file, !want)
		}
	}
}

func TestCancelled(t *testing.T) {
	dir := folder(t, map[string][]int{"S1.npy": {2, 3}}, map[string]string{"rows.csv": "condition\na\nb\n"})
	s := Default()
	s.File, s.Rows = "{subject}.npy", "rows.csv"
	set, err := s.Open(t.Context(), dir, "S1", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := set.Read(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Files as GLMsingle writes them: a pickled dict and HDF5 of Python, modelmd of MATLAB 7.3
// (axes reversed in HDF5). All give the same rows x voxels.
func TestGLMsingle(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import h5py").Run() != nil {
		t.Skip("h5py is not installed: python3-h5py; .github/workflows/check.yml installs it")
	}
	dir := t.TempDir()
	out, err := exec.Command(interpreter, "-c", `
import os, sys, h5py, numpy as np
b = np.arange(2 * 3 * 2 * 5, dtype="f4").reshape(2, 3, 2, 5)
for s in ("S1", "S2", "S3"):
    os.makedirs(sys.argv[1] + "/" + s)
    open(sys.argv[1] + "/" + s + "/TYPEB_FITHRF.npy", "w").write("another model")
np.save(sys.argv[1] + "/S1/TYPED_FITHRF_GLMDENOISE_RR.npy", {"betasmd": b, "R2": b[..., 0], "pcnum": 3, "noisepool": b[..., 0] > 3})
with h5py.File(sys.argv[1] + "/S2/TYPED_FITHRF_GLMDENOISE_RR.hdf5", "w") as f:
    f["betasmd"], f["R2"] = b, b[..., 0]
with h5py.File(sys.argv[1] + "/S3/TYPED_FITHRF_GLMDENOISE_RR.mat", "w", userblock_size=512) as f:
    f["modelmd"], f["R2"] = b.T, b[..., 0].T
open(sys.argv[1] + "/design.csv", "w").write("image\na.png\nb.png\na.png\nc.png\nb.png\n")
`, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := Default()
	s.Preset, s.Rows = "glmsingle", "design.csv"
	for _, subject := range []string{"S1", "S2", "S3"} {
		set, err := s.Open(t.Context(), dir, subject, nil, nil)
		if err != nil {
			t.Errorf("%s: %v", subject, err)
			continue
		}
		v, _, err := set.Read(t.Context(), nil)
		if err != nil || len(v) != 60 || len(set.Rows) != 5 || set.Rows[3].Condition != "c" {
			t.Errorf("%s: %d values, %+v, %v", subject, len(v), set.Rows, err)
			continue
		}
		row := slices.Clone(v[3*12 : 4*12]) // the voxels of trial 3, in the order of the file
		slices.Sort(row)
		for i, x := range row {
			if x != float32(5*i+3) {
				t.Errorf("%s: row 3 is %v", subject, row)
				break
			}
		}
	}
}

// A folder as NSD has it: sessions in files of their own, int16 in 300ths, runs that
// start again in every session, a mask.
func TestNSD(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import h5py, nibabel").Run() != nil {
		t.Skip("h5py or nibabel is not installed: python3-h5py, python3-nibabel; .github/workflows/check.yml installs them")
	}
	dir := t.TempDir()
	out, err := exec.Command(interpreter, "-c", `
import os, sys, h5py, numpy as np, nibabel as nib
d = sys.argv[1]
p = d + "/nsddata_betas/ppdata/subj01/func1pt8mm/betas_fithrf_GLMdenoise_RR"
os.makedirs(p); os.makedirs(d + "/nsddata/ppdata/subj01/func1pt8mm/roi"); os.makedirs(d + "/nsddata/ppdata/subj01/behav")
rows = "SUBJECT\tSESSION\tRUN\tTRIAL\t73KID\tRT\n"
for s in (1, 2):
    x = np.arange(4 * 2 * 3 * 2).reshape(4, 2, 3, 2) * 3 + 1000 * s  # trial, z, y, x
    with h5py.File(p + "/betas_session%02d.hdf5" % s, "w") as f:
        f.create_dataset("betas", data=x.astype("i2"), chunks=(1, 2, 3, 2))
    for t in range(4):
        rows += "1\t%d\t%d\t%d\t%d\tNaN\n" % (s, t // 2 + 1, t % 2 + 1, 100 * s + t)
open(d + "/nsddata/ppdata/subj01/behav/responses.tsv", "w").write(rows)
m = np.zeros((2, 3, 2), "f4") - 1; m[1, 2, 0] = 1; m[0, 0, 1] = 3
nib.save(nib.Nifti1Image(m, np.eye(4)), d + "/nsddata/ppdata/subj01/func1pt8mm/roi/nsdgeneral.nii.gz")
`, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := Default()
	s.Preset = "nsd"
	set, err := s.Open(t.Context(), dir, "subj01", []string{"nsdgeneral"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	v, _, err := set.Read(t.Context(), nil)
	if err != nil || len(set.Rows) != 8 || len(set.Voxels) != 2 || set.Voxels[0] != [3]int{1, 2, 0} {
		t.Fatalf("%+v, %v", set, err)
	}
	if r := set.Rows[6]; r.Condition != "202" || r.Session != "2" || r.Run != 4 {
		t.Errorf("%+v", r)
	}
	// trial 2 of session 2: z = 0, y = 2, x = 1, and z = 1, y = 0, x = 0
	if v[12] != float32(float64((2*12+0*6+2*2+1)*3+2000)/300) || v[13] != float32(float64((2*12+1*6)*3+2000)/300) {
		t.Errorf("%v", v[12:14])
	}
}

// The index of a data frame names its rows, in Parquet as in .csv; two regions have the
// same rows. Values are those of package parquet.
func TestIndexNamesRows(t *testing.T) {
	content, err := os.ReadFile("../parquet/testdata/index.parquet")
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t, nil, map[string]string{"S1_V1.parquet": string(content), "S1_IT.csv": ""})
	table, err := parquet.Read(filepath.Join(dir, "S1_V1.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	names, _ := table.Column("name")
	text := ",a,b\n"
	for i, name := range names.Texts {
		text += fmt.Sprintf("%s,%d,%d\n", name, i, 2*i)
	}
	if err := os.WriteFile(filepath.Join(dir, "S1_IT.csv"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s := Default()
	s.File = "{subject}_{roi}.*"
	set, err := s.Open(t.Context(), dir, "S1", []string{"V1", "IT"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	values, _, err := set.Read(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rows) != table.Rows || set.Rows[3].Condition != "image-3" || len(set.Voxels) != 5 {
		t.Fatalf("%d rows, %+v, %d voxels", len(set.Rows), set.Rows[3], len(set.Voxels))
	}
	for r := range table.Rows {
		for k := range 3 {
			if c, _ := table.Column(fmt.Sprintf("voxel_%d", k)); values[r*5+k] != float32(c.Numbers[r]) {
				t.Errorf("row %d, voxel %d: %v, want %v", r, k, values[r*5+k], c.Numbers[r])
			}
		}
		if values[r*5+4] != float32(2*r) {
			t.Errorf("row %d of the .csv: %v", r, values[r*5:r*5+5])
		}
	}
}

// A table of rows and an array that names its rows must agree.
func TestTableAgainstIndex(t *testing.T) {
	array := "stimulus,0,1\nface,0.5,1.5\nhouse,2.5,3.5\ncat,4.5,5.5\n"
	open := func(rows string) (*Set, error) {
		dir := folder(t, nil, map[string]string{"S1_V1.csv": array, "conditions.csv": "condition,run\n" + rows})
		s := Default()
		s.File, s.Rows = "{subject}_{roi}.csv", "conditions.csv"
		return s.Open(t.Context(), dir, "S1", []string{"V1"}, nil)
	}
	if _, err := open("house,1\nface,1\ncat,1\n"); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `row 0 is "face" there and "house" in the table`) {
		t.Errorf("another order: %v", err)
	}
	for _, rows := range []string{"face.jpg,1\nhouse.jpg,1\ncat.jpg,1\n", "n01,1\nn02,1\nn03,1\n"} { // other names replace those of the file
		if set, err := open(rows); err != nil || len(set.Rows) != 3 {
			t.Errorf("%q: %v", rows, err)
		}
	}
}
