package artifacts

import (
	"io"
	"path/filepath"
	"testing"
)

type row struct {
	Name string    `col:"name"`
	OK   bool      `col:"ok"`
	A    int32     `col:"a"`
	B    int64     `col:"b"`
	X    float32   `col:"x"`
	Y    float64   `col:"y"`
	V    []float32 `col:"v"`
}

var everything = Define(Schema{Name: "test-everything", Version: 1, Files: []FileSpec{
	TableOf[row]("rows.parquet"),
	{Name: "features.arrow", Kind: KindTensor, DType: Float32, Rank: 3},
	{Name: "*.tensor.arrow", Kind: KindTensor, Optional: true},
	{Name: "weights.arrow", Kind: KindWeights, Optional: true},
	{Name: "figures/*.svg", Kind: KindRaw, Optional: true},
}})

func TestSmoke(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), "a"), everything)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	rows := []row{{"a", true, 1, 2, 3, 4, nil}, {"b", false, -1, -2, -3, -4, []float32{}}, {"c", true, 5, 6, 7, 8, []float32{1, 2, 3}}}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(WriteTable(w, "rows.parquet", rows))
	check(WriteTensor(w, "features.arrow", []int{2, 1, 3}, []float32{1, 2, 3, 4, 5, 6}))
	tw, err := NewTensorWriter[uint8](w, "s.tensor.arrow", nil)
	check(err)
	check(tw.Append([]byte{1, 2}))
	check(tw.Append([]byte{3}))
	check(tw.Close())
	check(WriteWeights(w, "weights.arrow", []Param{{"w", []int{2, 2}, []float32{1, 2, 3, 4}}, {"s", nil, []float32{9}}}))
	f, err := w.File("figures/x.svg")
	check(err)
	_, err = io.WriteString(f, "<svg/>")
	check(err)
	check(f.Close())
	a, err := w.Commit(Provenance{Stage: "test", Params: []byte(`{"b":1.0,"a":2}`), Machine: ThisMachine(), Host: ThisHost()})
	check(err)
	b, err := Open(a.Dir())
	check(err)
	check(b.Verify())
	check(b.Conforms(everything))
	got, err := ReadTable[row](b, "rows.parquet")
	check(err)
	t.Logf("%+v", got)
	x, err := OpenTensor[float32](b, "features.arrow")
	check(err)
	t.Log(x.Shape, x.Data, x.Row(1))
	check(x.Close())
	_, u, err := ReadTensor[uint8](b, "s.tensor.arrow")
	check(err)
	t.Log(u)
	p, err := ReadWeights(b, "weights.arrow")
	check(err)
	t.Logf("%+v", p)
}
