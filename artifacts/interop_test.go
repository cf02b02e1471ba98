package artifacts

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMakeInteropArtifact writes an artifact and its sums for ci/interop/run.sh, which
// reads it with DuckDB and apache-arrow.
func TestMakeInteropArtifact(t *testing.T) {
	out := os.Getenv("INTEROP_OUT")
	if out == "" {
		t.Skip("INTEROP_OUT is not set: ci/interop/run.sh sets it")
	}
	rows := randomRows(5, rowGroupRows+1000) // two row groups
	for i := range rows {                    // sums that are exact in any order
		rows[i].X = float32(i%1000) / 8
		rows[i].Y = float64(i%777) / 16
		for j := range rows[i].V {
			rows[i].V[j] = float32((i+j)%100) / 4
		}
	}
	w, err := Create(filepath.Join(out, "artifact"), Schema{Name: "interop", Version: 1, Files: []FileSpec{
		TableOf[row]("rows.parquet"),
		{Name: "weights.arrow", Kind: KindWeights},
		{Name: "*.arrow", Kind: KindTensor},
	}})
	must(t, err)
	defer w.Abort()
	must(t, WriteTable(w, "rows.parquet", rows))
	must(t, WriteWeights(w, "weights.arrow", []Param{{"conv", []int{2, 3}, ramp[float32](6)}, {"step", nil, []float32{7}}}))
	tensors := strings.Join([]string{
		interopTensor[float32](t, w, "float32", 7, 3, 5),
		interopTensor[float64](t, w, "float64", 1000),
		interopTensor[int32](t, w, "int32", 4, 6),
		interopTensor[int64](t, w, "int64", 4, 6),
		interopTensor[uint8](t, w, "uint8", 2, 224, 224, 3),
		"weights.arrow conv [2 3] 15\nweights.arrow step [] 7\n",
	}, "")
	_, err = w.Commit(Provenance{Stage: "interop"})
	must(t, err)
	s := sumRows(rows)
	b := int64(0)
	for _, r := range rows {
		b += r.B % 1000003
	}
	var tables strings.Builder
	for _, line := range []struct {
		name string
		sum  float64
	}{
		{"rows", float64(s.Rows)},
		{"name", float64(s.Letters)},
		{"ok", float64(s.True)},
		{"a", float64(s.A)},
		{"b", float64(b)},
		{"x", s.X},
		{"y", s.Y},
		{"v", s.V},
		{"v null", float64(s.Null)},
		{"v elements", float64(s.Elements)},
	} {
		fmt.Fprintf(&tables, "rows.parquet %s %.17g\n", line.name, line.sum)
	}
	must(t, os.WriteFile(filepath.Join(out, "tables.want"), []byte(tables.String()), 0o644))
	must(t, os.WriteFile(filepath.Join(out, "tensors.want"), []byte(tensors), 0o644))
}

// interopTensor writes a tensor and returns the line that apache-arrow should print.
func interopTensor[E Element](t *testing.T, w *Writer, dtype string, shape ...int) string {
	n := 1
	for _, d := range shape {
		n *= d
	}
	data := ramp[E](n)
	must(t, WriteTensor(w, dtype+".arrow", shape, data))
	sum := 0
	for i, v := range data {
		sum += int(v) * ((i + 1) % 7)
	}
	return fmt.Sprintf("%s.arrow %v %s %d\n", dtype, shape, dtype, sum)
}
