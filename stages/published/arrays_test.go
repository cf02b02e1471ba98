package published_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"realnet/artifacts/schemas/rdms"
	"realnet/data/array"
	"realnet/data/npy"
	"realnet/data/realdata"
	"realnet/stages/published"
	"realnet/stages/stage/stagetest"
)

func npyFile(t *testing.T, values []float64, shape ...int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := npy.Write(&b, array.Of(shape, values)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// square is a symmetric matrix of n conditions whose values are base + i + j.
func square(n int, base float64) []float64 {
	out := make([]float64, n*n)
	for i := range n {
		for j := range n {
			if i != j {
				out[i*n+j] = base + float64(i+j)
			}
		}
	}
	return out
}

func condensed(n int, base float64) []float64 {
	var out []float64
	for i := range n {
		for j := i + 1; j < n; j++ {
			out = append(out, base+float64(i+j))
		}
	}
	return out
}

// RDMs in all forms, with labels of files and of axes, give the same artifact.
func TestArrays(t *testing.T) {
	const n = 5
	p := published.DefaultParams()
	p.Layout, p.Names = published.ArraysLayout, "names.txt"
	names := []byte("e.jpg\nd.jpg\nc.jpg\nb.jpg\na.jpg\n")
	var stacked, transposed []float64
	for s := range 2 {
		stacked = append(stacked, square(n, float64(10*s))...)
	}
	for i := range n {
		for s := range 2 {
			transposed = append(transposed, square(n, float64(10*s))[i*n:(i+1)*n]...)
		}
	}
	for name, c := range map[string]struct {
		files map[string][]byte
		spec  published.Arrays
	}{
		"a file a subject": {
			map[string][]byte{"sub/01_IT.npy": npyFile(t, square(n, 0), n, n), "sub/02_IT.npy": npyFile(t, condensed(n, 10), n*(n-1)/2)},
			published.Arrays{File: "{subject}_{roi}.npy", Kind: "fmri"},
		},
		"one array": {
			map[string][]byte{"IT.npy": npyFile(t, stacked, 2, n, n)},
			published.Arrays{File: "{roi}.npy", Axes: []string{"subject", "condition", "condition"}, Kind: "fmri"},
		},
		"another order of axes": {
			map[string][]byte{"all.npy": npyFile(t, transposed, n, 2, n)},
			published.Arrays{File: "all.npy", Axes: []string{"condition", "subject", "condition"}, Kind: "fmri", ROI: "IT"},
		},
		"condensed, with an axis of regions": {
			map[string][]byte{"all.npy": npyFile(t, append(condensed(n, 0), condensed(n, 10)...), 1, 2, n*(n-1)/2)},
			published.Arrays{File: "all.npy", Axes: []string{"roi", "subject", "pair"}, Kind: "fmri", ROIs: []string{"IT"}, Subjects: []string{"01", "02"}},
		},
	} {
		p.RDMs = []published.Arrays{c.spec}
		c.files["names.txt"] = names
		a := stagetest.SameForAnyWorkers(t, published.Stage, p, stagetest.In{"dataset": stagetest.Dataset(t, c.files)})
		set, err := rdms.Read(a)
		if err != nil {
			t.Fatal(err)
		}
		if len(set.Rows) != 2 || set.Conditions[0] != "e.jpg" || !slices.Equal(set.Values, append(condensed(n, 0), condensed(n, 10)...)) {
			t.Errorf("%s: %+v, %v", name, set.Rows, set.Values)
			continue
		}
		for i, row := range set.Rows {
			if row.Subject != fmt.Sprintf("%02d", i+1) || row.ROI != "IT" || row.Kind != "fmri" || !math.IsNaN(row.Time) {
				t.Errorf("%s: row %d: %+v", name, i, row)
			}
		}
	}
}

// Patterns give the RDMs that numpy computes: 1 - np.corrcoef(x)[0, 1:] of the rows.
func TestArraysOfPatterns(t *testing.T) {
	p := published.DefaultParams()
	p.Layout = published.ArraysLayout
	p.RDMs = []published.Arrays{{File: "{layer}.npy", Axes: []string{"feature", "condition"}, Kind: "model", Model: "mine"}}
	x := []float64{1, 2, 0, 5, 2, 1, 4, 4, 3, 7, 1, 0} // 4 features x 3 conditions
	a := stagetest.Run(t, published.Stage, p, stagetest.In{"dataset": stagetest.Dataset(t, map[string][]byte{"fc6.npy": npyFile(t, x, 4, 3)})})
	set, err := rdms.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{1.3443784128369114, 1.0, 0.06341418841830615} // numpy 1.24
	for k, v := range set.Values {
		if math.Abs(v-want[k]) > 1e-12 {
			t.Errorf("pair %d: %v, want %v", k, v, want[k])
		}
	}
	if set.Rows[0].Layer != "fc6" || set.Rows[0].Model != "mine" || !slices.Equal(set.Conditions, []string{"01", "02", "03"}) {
		t.Errorf("%+v %v", set.Rows[0], set.Conditions)
	}
}

func TestArraysBadInput(t *testing.T) {
	similar := square(4, 0)
	for i := range 4 {
		similar[i*5] = 1
	}
	skew, nan := square(4, 1), square(4, 1)
	skew[1] = 9
	nan[1], nan[4] = math.NaN(), math.NaN()
	for _, c := range []struct {
		name  string
		value []byte
		axes  []string
		want  string
	}{
		{"similarities", npyFile(t, similar, 4, 4), nil, "looks like a similarity matrix"},
		{"not symmetric", npyFile(t, skew, 4, 4), nil, "not symmetric"},
		{"NaN", npyFile(t, nan, 4, 4), nil, "is NaN"},
		{"axes that do not fit", npyFile(t, square(4, 1), 4, 4), []string{"subject", "condition", "condition"}, "has 2 axes, axes names 3"},
		{"axes not said", npyFile(t, make([]float64, 32), 2, 4, 4), nil, "nothing says what each is of: name its axes"},
		{"not square", npyFile(t, make([]float64, 12), 3, 4), []string{"condition", "condition"}, "not square"},
		{"no triangle", npyFile(t, make([]float64, 7), 7), nil, "7"},
		{"another number of names", npyFile(t, square(3, 1), 3, 3), nil, "there are 4 names"},
	} {
		p := published.DefaultParams()
		p.Layout, p.Names = published.ArraysLayout, "names.txt"
		p.RDMs = []published.Arrays{{File: "*.npy", Axes: c.axes, Kind: "fmri"}}
		in := stagetest.In{"dataset": stagetest.Dataset(t, map[string][]byte{"x.npy": c.value, "names.txt": []byte("a\nb\nc\nd\n")})}
		_, err := stagetest.Try(t, published.Stage, p, in, 1)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "x.npy") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for want, a := range map[string]published.Arrays{
		"{person} is none of": {File: "{person}.npy", Kind: "fmri"},
		"kind":                {File: "x.npy", Kind: "bold"},
		"condition twice":     {File: "x.npy", Kind: "fmri", Axes: []string{"condition"}},
		"times":               {File: "x.npy", Kind: "eeg", Axes: []string{"time", "pair"}},
	} {
		p := published.DefaultParams()
		p.Layout, p.RDMs = published.ArraysLayout, []published.Arrays{a}
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", a, err, want)
		}
	}
}

// The 15 people of the Algonauts challenge 2019: values and order of numpy's
// np.load(...)["Net_RDM"][14][np.triu_indices(92, 1)].
func TestAlgonauts(t *testing.T) {
	files := map[string][]byte{}
	for _, name := range []string{"92images_fmri_EVC_RDMs.npz", "92images_fmri_IT_RDMs.npz"} {
		content, err := os.ReadFile(realdata.Path(t, "algonauts2019-92", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = content
	}
	p := published.DefaultParams()
	p.Layout = published.ArraysLayout
	p.RDMs = []published.Arrays{{File: "92images_fmri_{roi}_RDMs.npz", Array: "Net_RDM", Axes: []string{"subject", "condition", "condition"}, Kind: "fmri"}}
	set, err := rdms.Read(stagetest.Run(t, published.Stage, p, stagetest.In{"dataset": stagetest.Dataset(t, files)}))
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rows) != 30 || len(set.Conditions) != 92 || set.Rows[14].Subject != "15" || set.Rows[14].ROI != "EVC" || set.Rows[29].ROI != "IT" {
		t.Fatalf("%d RDMs over %d conditions: %+v", len(set.Rows), len(set.Conditions), set.Rows[14])
	}
	last := set.RDM(29)
	for k, want := range map[int]float64{0: 0.45672780368888644, 91: 0.39967399405616333, 4185: 0.3048038933535192} {
		if math.Abs(last[k]-want) > 1e-12 {
			t.Errorf("pair %d: %v, want %v", k, last[k], want)
		}
	}
}

// Arrays that bring names of their own are joined by these, whatever their order; those
// that not all have are refused, or left out where the parameters say so.
func TestNamesOfFiles(t *testing.T) {
	csv := func(names string, rows ...string) []byte {
		return []byte("," + names + "\n" + strings.Join(rows, "\n") + "\n")
	}
	files := map[string][]byte{
		"S1.csv": csv("a,b,c", "a,0,1,2", "b,1,0,3", "c,2,3,0"),
		"S2.csv": csv("c,a,b", "c,0,2,3", "a,2,0,1", "b,3,1,0"),
	}
	p := published.DefaultParams()
	p.Layout, p.RDMs = published.ArraysLayout, []published.Arrays{{File: "{subject}.csv", Kind: "fmri"}}
	read := func(files map[string][]byte) rdms.Set {
		t.Helper()
		set, err := rdms.Read(stagetest.SameForAnyWorkers(t, published.Stage, p, stagetest.In{"dataset": stagetest.Dataset(t, files)}))
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	set := read(files)
	for i := range 2 {
		if !slices.Equal(set.RDM(i), []float64{1, 2, 3}) || !slices.Equal(set.Conditions, []string{"a", "b", "c"}) {
			t.Errorf("RDM %d: %v of %v", i, set.RDM(i), set.Conditions)
		}
	}
	files["S3.csv"] = csv("a,b,d", "a,0,1,9", "b,1,0,8", "d,9,8,0")
	stagetest.Refuses(t, published.Stage, p, stagetest.In{"dataset": stagetest.Dataset(t, files)}, "2 of 3 names")
	p.Intersect = true
	if set = read(files); !slices.Equal(set.Conditions, []string{"a", "b"}) || !slices.Equal(set.Values, []float64{1, 1, 1}) {
		t.Errorf("%v of %v", set.Values, set.Conditions)
	}
	p.Intersect = false
	delete(files, "S3.csv")
	files["S2.csv"] = csv("a,b,c,d", "a,0,1,2,4", "b,1,0,3,5", "c,2,3,0,6", "d,4,5,6,0")
	stagetest.Refuses(t, published.Stage, p, stagetest.In{"dataset": stagetest.Dataset(t, files)}, "only here")
	p.RDMs[0].File = "{subject}.npy"
	set = read(map[string][]byte{
		"S1.npy": npyFile(t, []float64{1, 2, 3}, 3), "S1.names.txt": []byte("a\nb\nc\n"),
		"S2.npy": npyFile(t, []float64{3, 2, 1}, 3), "S2.names.txt": []byte("c\nb\na\n"), // beside the arrays
	})
	if !slices.Equal(set.RDM(1), []float64{1, 2, 3}) {
		t.Errorf("names beside: %v", set.RDM(1))
	}
	stagetest.Refuses(t, published.Stage, p, stagetest.In{"dataset": stagetest.Dataset(t, map[string][]byte{
		"S1.npy": npyFile(t, []float64{1, 2, 3}, 3), "S1.names.txt": []byte("a\nb\nc\n"), "S2.npy": npyFile(t, []float64{3, 2, 1}, 3),
	})}, "has none: name a file")
}

// The forms of RDMs give the similarities that scipy computes of them (ci/reference/rdm_forms.py): all
// are the same RDM.
// npz is a file of numpy with RDMs, or patterns, and names of one letter.
func npz(t *testing.T, values []byte, names string) []byte {
	t.Helper()
	header := fmt.Sprintf("{'descr': '<U1', 'fortran_order': False, 'shape': (%d,), }", len(names))
	header += strings.Repeat(" ", 127-10-len(header)) + "\n"
	list := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), 0)
	list = append(list, header...)
	for _, r := range names {
		list = append(list, byte(r), 0, 0, 0)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range map[string][]byte{"betas.npy": values, "names.npy": list} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Names in a file of several arrays are those of its rows.
func TestNamesAmongArrays(t *testing.T) {
	rows := map[byte][]float64{'a': {1, 2, 4, 9}, 'b': {3, 1, 7, 2}, 'c': {5, 5, 1, 0}}
	patterns := func(order string) []byte {
		var x []float64
		for i := range order {
			x = append(x, rows[order[i]]...)
		}
		return npz(t, npyFile(t, x, 3, 4), order)
	}
	p := published.DefaultParams()
	for _, c := range []struct {
		axes   []string
		s1, s2 []byte
	}{
		{[]string{"condition", "feature"}, patterns("abc"), patterns("cab")},
		{[]string{"pair"}, npz(t, npyFile(t, []float64{1, 2, 3}, 3), "abc"), npz(t, npyFile(t, []float64{2, 3, 1}, 3), "cab")},
		{nil, npz(t, npyFile(t, []float64{1, 2, 3}, 3), "abc"), npz(t, npyFile(t, []float64{2, 3, 1}, 3), "cab")},
	} {
		p.Layout, p.RDMs = published.ArraysLayout, []published.Arrays{{File: "{subject}.npz", Axes: c.axes, Kind: "fmri"}}
		set, err := rdms.Read(stagetest.SameForAnyWorkers(t, published.Stage, p, stagetest.In{"dataset": stagetest.Dataset(t, map[string][]byte{"S1.npz": c.s1, "S2.npz": c.s2})}))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(set.Conditions, []string{"a", "b", "c"}) || !slices.Equal(set.RDM(0), set.RDM(1)) {
			t.Errorf("%v: %v: %v and %v", c.axes, set.Conditions, set.RDM(0), set.RDM(1))
		}
	}
}

// A pattern that matches two files of the same subject, at any depth, would count it twice.
func TestTwiceTheSame(t *testing.T) {
	p := published.DefaultParams()
	p.Layout, p.RDMs = published.ArraysLayout, []published.Arrays{{File: "{subject}_{roi}.npy", Kind: "fmri"}}
	in := stagetest.In{"dataset": stagetest.Dataset(t, map[string][]byte{
		"ses1/S1_V1.npy": npyFile(t, []float64{1, 2, 3}, 3), "ses2/S1_V1.npy": npyFile(t, []float64{3, 2, 1}, 3),
	})}
	stagetest.Refuses(t, published.Stage, p, in, "is in ses1/S1_V1.npy too")
	p.RDMs[0].File = "ses{session}/{subject}_{roi}.npy"
	set, err := rdms.Read(stagetest.SameForAnyWorkers(t, published.Stage, p, in))
	if err != nil || len(set.Rows) != 2 || set.Rows[1].Session != "2" {
		t.Errorf("%+v, %v", set.Rows, err)
	}
}

func TestForms(t *testing.T) {
	const dir = "../../pipeline/command/testdata/rdms"
	p := published.DefaultParams()
	p.Layout = published.ArraysLayout
	var want []float64
	var names []string
	for _, form := range []string{
		"condensed.npy", "square.npy", "square.npz", "mne_rsa.npy", "square.mat", "condensed.mat", "turned_pandas.csv", "turned_pandas.parquet", "turned_rsatoolbox.h5",
	} {
		content, err := os.ReadFile(dir + "/" + form)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{"S1" + form[strings.IndexByte(form, '.'):]: content}
		p.RDMs = []published.Arrays{{File: "{subject}.*", Kind: "fmri"}}
		if !strings.HasPrefix(form, "turned") {
			text, err := os.ReadFile(dir + "/model.names.txt")
			if err != nil {
				t.Fatal(err)
			}
			files["names.txt"], p.Names = text, "names.txt"
		} else {
			p.Names = ""
		}
		if p.Names != "" {
			p.RDMs[0].File = "{subject}" + form[strings.IndexByte(form, '.'):]
		}
		set, err := rdms.Read(stagetest.Run(t, published.Stage, p, stagetest.In{"dataset": stagetest.Dataset(t, files)}))
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if want == nil {
			want, names = set.RDM(0), set.Conditions
			continue
		}
		n := len(names)
		for i := range n {
			for j := i + 1; j < n; j++ {
				a, b := slices.Index(set.Conditions, names[i]), slices.Index(set.Conditions, names[j])
				a, b = min(a, b), max(a, b)
				got := set.RDM(0)[a*n-a*(a+1)/2+b-a-1]
				if at := i*n - i*(i+1)/2 + j - i - 1; math.Abs(got-want[at]) > 1e-12 {
					t.Errorf("%s: %s and %s: %v, want %v", form, names[i], names[j], got, want[at])
				}
			}
		}
	}
}
