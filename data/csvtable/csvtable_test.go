package csvtable

import (
	"errors"
	"math"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

var nan = math.NaN()

func TestReadNumbers(t *testing.T) {
	for _, c := range []struct {
		name, text string
		cols       int
		want       []float64
		rows       []string
		columns    []string
	}{
		{"plain", "1,2\n3,4\n", 2, []float64{1, 2, 3, 4}, nil, nil},
		{"spaces", "# numbers\n1 2.5e3\n\n3   4", 2, []float64{1, 2500, 3, 4}, nil, nil},
		{"tabs", "1\t2\r\n3\t4\r\n", 2, []float64{1, 2, 3, 4}, nil, nil},
		{"one column", "1\n-2\n", 1, []float64{1, -2}, nil, nil},
		{"one line", "1, 2, 3", 3, []float64{1, 2, 3}, nil, nil},
		{"mark", "\ufeff1,2\n3,4\n", 2, []float64{1, 2, 3, 4}, nil, nil},
		{"UTF-16 of Excel", "\xff\xfea\x00\t\x00b\x00\r\x00\n\x001\x00\t\x002\x00\r\x00\n\x00", 2, []float64{1, 2}, nil, []string{"a", "b"}},
		{"header", "a,b\n1,2\n", 2, []float64{1, 2}, nil, []string{"a", "b"}},
		{"header of one column", "score\n1\n2\n", 1, []float64{1, 2}, nil, []string{"score"}},
		{"pandas", ",a,b\n0,1.0,\n1,,4.5\n", 2, []float64{1, nan, nan, 4.5}, []string{"0", "1"}, []string{"a", "b"}},
		{"pandas without names", ",0,1\n0,1.0,2.0\n1,3.0,4.0\n", 2, []float64{1, 2, 3, 4}, []string{"0", "1"}, []string{"0", "1"}},
		{"pandas without index", "0,1\n1.0,2.0\n3.0,4.0\n", 2, []float64{1, 2, 3, 4}, nil, []string{"0", "1"}},
		{"counts that are data", "0,1\n1,2\n", 2, []float64{0, 1, 1, 2}, nil, nil},
		{"pandas read and written", "Unnamed: 0,x\n0,5\n1,6\n", 1, []float64{5, 6}, []string{"0", "1"}, []string{"x"}},
		{"numbers of images", "image_id,x\n101,5\n205,6\n", 1, []float64{5, 6}, []string{"101", "205"}, []string{"x"}},
		{"numbers of stimuli", "Stimulus;x;y\n3;1,5;2\n3;2,5;6\n", 2, []float64{1.5, 2, 2.5, 6}, []string{"3", "3"}, []string{"x", "y"}},
		{"measured images", "image,x\n0.5,5\n1.5,6\n", 2, []float64{0.5, 5, 1.5, 6}, nil, []string{"image", "x"}},
		{"one column of numbers of images", "image_id\n101\n205\n", 1, []float64{101, 205}, nil, []string{"image_id"}},
		{"R write.csv", "\"\",\"V1\",\"V2\"\n\"a\",0.5,NA\n\"b\",1,TRUE\n", 2, []float64{0.5, nan, 1, 1}, []string{"a", "b"}, []string{"V1", "V2"}},
		{"R write.table", "\"V1\" \"V2\"\n\"1\" 0.5 NA\n\"2\" 1 2\n", 2, []float64{0.5, nan, 1, 2}, []string{"1", "2"}, []string{"V1", "V2"}},
		{"quoted numbers", "\"1\",\"2.5\"\n\"3\",\"4\"\n", 2, []float64{1, 2.5, 3, 4}, nil, nil},
		{"decimal comma", "a;b\n1,5;2\n-3,25;4\n", 2, []float64{1.5, 2, -3.25, 4}, nil, []string{"a", "b"}},
		{"decimal comma without header", "1,5;2,5\n3,5;4,5\n", 2, []float64{1.5, 2.5, 3.5, 4.5}, nil, nil},
		{"decimal comma, tabs", "1,5\t2,5\n", 2, []float64{1.5, 2.5}, nil, nil},
		{"semicolons and points", "1.5;2\n3;4\n", 2, []float64{1.5, 2, 3, 4}, nil, nil},
		{"index without header", "face,1,2\nhouse,3,4\n", 2, []float64{1, 2, 3, 4}, []string{"face", "house"}, nil},
		{"index with its name", "stimulus,v\nface,1\nhouse,3\n", 1, []float64{1, 3}, []string{"face", "house"}, []string{"v"}},
		{"names with separators", "\"a, b\",c\n1,2\n", 2, []float64{1, 2}, nil, []string{"a, b", "c"}},
		{"separator at the end", "1,2,\n3,4,\n", 2, []float64{1, 2, 3, 4}, nil, nil},
		{"infinity", "Inf,-inf\n1,#N/A\n", 2, []float64{math.Inf(1), math.Inf(-1), 1, nan}, nil, nil},
		{"index with its name, columns without", "stimulus,0,1\nface,0.5,1.25\nhouse,3.0,4.0\n", 2, []float64{0.5, 1.25, 3, 4}, []string{"face", "house"}, []string{"0", "1"}},
		{"the same of whole numbers", "stimulus,0,1\nface,5,1\nhouse,3,4\n", 2, []float64{5, 1, 3, 4}, []string{"face", "house"}, []string{"0", "1"}},
		{"an index of another name", "word,0,1\nface,0.5,1.25\nhouse,3.0,4.0\n", 2, []float64{0.5, 1.25, 3, 4}, []string{"face", "house"}, []string{"0", "1"}},
		{"times in the header", "subject;-0,1;0,0;0,1\nS1;0,5;1,5;2,5\nS2;3,5;4,5;5,5\n", 3, []float64{0.5, 1.5, 2.5, 3.5, 4.5, 5.5}, []string{"S1", "S2"}, []string{"-0,1", "0,0", "0,1"}},
		{"numbers of subjects", "participant_id,0,1\n7,0.5,1.25\n3,3.0,4.0\n", 2, []float64{0.5, 1.25, 3, 4}, []string{"7", "3"}, []string{"0", "1"}},
		{"pandas without index, decimal comma", "0;1\n1,5;2,5\n", 2, []float64{1.5, 2.5}, nil, []string{"0", "1"}},
		{"names and ranks without header", "S1,1,2,3\nS2,2,1,3\n", 3, []float64{1, 2, 3, 2, 1, 3}, []string{"S1", "S2"}, nil},
		{"a design without header", "0,1,5\n1,0,4\n2,1,3\n", 3, []float64{0, 1, 5, 1, 0, 4, 2, 1, 3}, nil, nil},
		{"square with names", ",a,b\na,0,1\nb,1,0\n", 2, []float64{0, 1, 1, 0}, []string{"a", "b"}, []string{"a", "b"}},
	} {
		n, err := ReadNumbers(strings.NewReader(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if n.Cols != c.cols || n.Rows*n.Cols != len(c.want) || !slices.EqualFunc(n.Values, c.want, same) || !slices.Equal(n.RowNames, c.rows) || !slices.Equal(n.ColumnNames, c.columns) {
			t.Errorf("%s: %+v", c.name, n)
		}
	}
	for text, says := range map[string]string{
		"":                      "no numbers",
		"1,2\n3\n":              "line 1",
		"1,x\n":                 "",
		"1,2\n3,x\n":            `"x"`,
		"1,,2\n":                "line 1",
		"a,b\n":                 "",
		"1.234,5;2\n3;4\n":      "",
		"words and more words":  "",
		"a,b\n1,2\n3,4,5\n":     "line",
		"x\n0x10\n":             "",
		"2020-01-01,1\nb,2,3\n": "line",

		"0,0.5,1.25\n1,2.5,0.75\n2,1.5,3.25\n": "counts the lines (0, 1, 2, ...)",
		"1,0.5,1.25\n2,2.5,0.75\n3,1.5,3.25\n": "counts the lines (1, 2, 3, ...)",
	} {
		if n, err := ReadNumbers(strings.NewReader(text)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %+v, %v", text, n, err)
		}
	}
}

func TestRead(t *testing.T) {
	for _, text := range []string{
		"condition,subset\nface 1,train\n\"house, big\",test\n",
		"\ufeffcondition;subset\r\nface 1;train\r\nhouse, big;test\r\n",
		"condition\tsubset\nface 1\ttrain\nhouse, big\ttest\n",
	} {
		table, err := Read(strings.NewReader(text))
		if err != nil || !slices.Equal(table.Columns, []string{"condition", "subset"}) || len(table.Rows) != 2 || table.Rows[1][0] != "house, big" || table.Lines[1] != 3 {
			t.Errorf("%q: %+v, %v", text, table, err)
			continue
		}
		if c, ok := table.Column("subset"); !ok || !slices.Equal(c, []string{"train", "test"}) {
			t.Errorf("%q: %q", text, c)
		}
	}
	one, err := Read(strings.NewReader("condition\nface 1\nface 2\n"))
	if err != nil || len(one.Columns) != 1 || one.Rows[1][0] != "face 2" {
		t.Errorf("%+v, %v", one, err)
	}
	for _, text := range []string{"", "a,b\n1\n", "a,a\n1,2\n"} {
		if _, err := Read(strings.NewReader(text)); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestPandas reads what pandas writes for frames of random form and compares with the
// frame's values.
func TestPandas(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import pandas").Run() != nil {
		t.Skip("pandas is not installed: python3-pandas")
	}
	out, err := exec.Command(interpreter, "-c", `
import csv, numpy as np, pandas as pd
rng = np.random.default_rng(4)
for k in range(150):
    r, c = rng.integers(2, 6), rng.integers(2, 5)
    x = np.round(rng.standard_normal((r, c)) * 10.0 ** rng.integers(-3, 4), 4)
    if rng.random() < .4:
        x[rng.random((r, c)) < .2] = np.nan
    x[0, 0], x[r - 1, c - 1] = 1.5, -2.25
    columns = ["col %d" % i for i in range(c)] if rng.random() < .5 else None
    index = ["row, %d" % i for i in range(r)] if rng.random() < .5 else None
    f = pd.DataFrame(x, columns=columns, index=index)
    f.index.name = rng.choice([None, "stimulus", "subject"]) if index is None else rng.choice([None, "stimulus", "subject", "word"])
    sep = str(rng.choice([",", ";", "\t"]))
    text = f.to_csv(sep=sep, decimal="," if sep == ";" and rng.random() < .5 else ".", na_rep=str(rng.choice(["", "NA", "NaN", "n/a"])),
                    quoting=int(rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])), index=bool(rng.random() < .7),
                    float_format=str(rng.choice(["%.4f", "%.6e"])))
    print(text.encode().hex(), r, c, *[repr(float(v)) for v in x.ravel()])
`).Output()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		raw := make([]byte, len(words[0])/2)
		for i := range raw {
			v, err := strconv.ParseUint(words[0][2*i:2*i+2], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			raw[i] = byte(v)
		}
		n, err := ReadNumbers(strings.NewReader(string(raw)))
		if err != nil {
			t.Errorf("%q: %v", raw, err)
			continue
		}
		if strconv.Itoa(n.Rows) != words[1] || strconv.Itoa(n.Cols) != words[2] {
			t.Errorf("%q: %d x %d, pandas has %s x %s", raw, n.Rows, n.Cols, words[1], words[2])
			continue
		}
		for i, w := range words[3:] {
			want, err := strconv.ParseFloat(w, 64)
			if err != nil || !(math.Abs(n.Values[i]-want) <= 1e-6*math.Abs(want)) && !same(n.Values[i], want) { // %.6e rounds
				t.Errorf("%q: value %d is %v, pandas has %s", raw, i, n.Values[i], w)
			}
		}
		count++
	}
	if count != 150 {
		t.Errorf("%d tables", count)
	}
}

func FuzzReadNumbers(f *testing.F) {
	f.Add("a;b\n1,5;2\n")
	f.Add(",a,b\n0,1.0,\n")
	f.Add("\"V1\" \"V2\"\n\"1\" 0.5 NA\n")
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := ReadNumbers(strings.NewReader(text)); err == nil && (len(n.Values) != n.Rows*n.Cols || n.Cols == 0) {
			t.Errorf("%q: %+v", text, n)
		}
		if table, err := Read(strings.NewReader(text)); err == nil {
			for _, row := range table.Rows {
				if len(row) != len(table.Columns) {
					t.Errorf("%q: %+v", text, table)
				}
			}
		}
	})
}
