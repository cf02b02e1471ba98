package artifacts

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// sums are what the rows of a table add up to. Row counts would not tell a table from
// one whose values are lost.
type sums struct {
	Rows, Letters, True, Null, Elements int
	A, B                                int64
	X, Y, V                             float64
}

func sumRows(rows []row) (s sums) {
	for _, r := range rows {
		s.Rows++
		s.Letters += len(r.Name)
		if r.OK {
			s.True++
		}
		s.A += int64(r.A)
		s.B += r.B // wraps, alike everywhere
		s.X += float64(r.X)
		s.Y += r.Y
		if r.V == nil {
			s.Null++
		}
		s.Elements += len(r.V)
		for _, v := range r.V {
			s.V += float64(v)
		}
	}
	return s
}

// writeTableFile returns the bytes of the table.
func writeTableFile(t testing.TB, rows []row, pieces int) (string, []byte) {
	t.Helper()
	w, err := Create(filepath.Join(t.TempDir(), "a"), Schema{Name: "rows", Version: 1, Files: []FileSpec{TableOf[row]("rows.parquet")}})
	must(t, err)
	table, err := NewTableWriter[row](w, "rows.parquet")
	must(t, err)
	for i := range pieces {
		must(t, table.Append(rows[i*len(rows)/pieces:(i+1)*len(rows)/pieces]...))
	}
	must(t, table.Close())
	a, err := w.Commit(Provenance{})
	must(t, err)
	path, err := a.Path("rows.parquet")
	must(t, err)
	data, err := os.ReadFile(path)
	must(t, err)
	return path, data
}

// TestTableInParquetGo reads tables with another implementation of Parquet.
func TestTableInParquetGo(t *testing.T) {
	type foreign struct {
		Name string    `parquet:"name"`
		OK   bool      `parquet:"ok"`
		A    int32     `parquet:"a"`
		B    int64     `parquet:"b"`
		X    float32   `parquet:"x"`
		Y    float64   `parquet:"y"`
		V    []float32 `parquet:"v,optional,list"`
	}
	for _, n := range []int{0, 1, 1000, 2*rowGroupRows + 17} {
		rows := randomRows(uint64(n), n)
		path, _ := writeTableFile(t, rows, 3)
		f, err := os.Open(path)
		must(t, err)
		reader := parquet.NewGenericReader[foreign](f)
		var got []row
		batch := make([]foreign, 1000)
		for {
			clear(batch)
			k, err := reader.Read(batch)
			for _, b := range batch[:k] {
				r := row(b)
				r.V = append([]float32(nil), b.V...)
				got = append(got, r)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
		}
		f.Close()
		a, b := sumRows(rows), sumRows(got)
		a.Null, b.Null = 0, 0 // this reader makes empty lists nil
		if a != b {
			t.Errorf("%d rows: wrote %+v, parquet-go reads %+v", n, a, b)
		}
		if n > 0 && n < 2000 {
			// The other direction: nullable columns, its own encodings and pages.
			var out bytes.Buffer
			type nullable struct {
				Y    *float64  `parquet:"y"`
				Name *string   `parquet:"name,dict"`
				A    *int32    `parquet:"a"`
				B    *int64    `parquet:"b"`
				X    *float32  `parquet:"x"`
				OK   *bool     `parquet:"ok"`
				V    []float32 `parquet:"v,list"`
				More string    `parquet:"more"`
			}
			w := parquet.NewGenericWriter[nullable](&out, parquet.Compression(&parquet.Zstd))
			for _, r := range rows {
				_, err := w.Write([]nullable{{&r.Y, &r.Name, &r.A, &r.B, &r.X, &r.OK, r.V, "x"}})
				must(t, err)
			}
			must(t, w.Close())
			got, err := readTable[row](bytes.NewReader(out.Bytes()), "foreign.parquet")
			must(t, err)
			b := sumRows(got)
			a.Null, b.Null = 0, 0 // a required list is empty, not null
			if a != b {
				t.Errorf("%d rows: parquet-go wrote %+v, we read %+v", n, a, b)
			}
		}
	}
}

func TestTableRoundTrip(t *testing.T) {
	rows := randomRows(9, 2*rowGroupRows+5)
	_, one := writeTableFile(t, rows, 1)
	_, many := writeTableFile(t, rows, 1000)
	if !bytes.Equal(one, many) {
		t.Error("the file depends on how the rows were appended")
	}
	got, err := readTable[row](bytes.NewReader(one), "x.parquet")
	must(t, err)
	if sumRows(got) != sumRows(rows) || !cmp.Equal(got, rows) {
		t.Errorf("wrote %+v, read %+v", sumRows(rows), sumRows(got))
	}
}

// TestTableLongLists makes row groups end by bytes, and one list fill several pages.
func TestTableLongLists(t *testing.T) {
	rows := make([]row, 16)
	for i := range rows {
		rows[i].V = make([]float32, 300_000)
		for j := range rows[i].V {
			rows[i].V[j] = float32(i*j%1000) / 8
		}
	}
	_, data := writeTableFile(t, rows, 7)
	got, err := readTable[row](bytes.NewReader(data), "x.parquet")
	must(t, err)
	same := func(a, b row) bool { return slices.Equal(a.V, b.V) }
	if !slices.EqualFunc(got, rows, same) {
		t.Errorf("wrote %+v, read %+v", sumRows(rows), sumRows(got))
	}
	reader := parquet.NewGenericReader[struct {
		V []float32 `parquet:"v,optional,list"`
	}](bytes.NewReader(data))
	sum, batch := 0.0, make([]struct {
		V []float32 `parquet:"v,optional,list"`
	}, 1)
	for {
		n, err := reader.Read(batch)
		for _, b := range batch[:n] {
			for _, v := range b.V {
				sum += float64(v)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
	}
	if want := sumRows(rows).V; sum != want {
		t.Errorf("parquet-go sums %v, want %v", sum, want)
	}
}

func TestReadTableRefuses(t *testing.T) {
	_, data := writeTableFile(t, randomRows(1, 10), 1)
	check := func(err error, words ...string) {
		t.Helper()
		for _, w := range append(words, "x.parquet") {
			if !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), w) {
				t.Errorf("got %v, want ErrSchema with %q", err, w)
			}
		}
	}
	_, err := readTable[struct {
		Z string `col:"zzz"`
	}](bytes.NewReader(data), "x.parquet")
	check(err, "column zzz", "missing", "name string")
	_, err = readTable[struct {
		Y float32 `col:"y"`
	}](bytes.NewReader(data), "x.parquet")
	check(err, "column y", "float64", "want float32")

	type nulls struct {
		Y *float64 `parquet:"y"`
	}
	var out bytes.Buffer
	w := parquet.NewGenericWriter[nulls](&out)
	_, err = w.Write([]nulls{{nil}})
	must(t, err)
	must(t, w.Close())
	_, err = readTable[struct {
		Y float64 `col:"y"`
	}](bytes.NewReader(out.Bytes()), "x.parquet")
	check(err, "column y", "null")

	type odd struct {
		Y uint32 `parquet:"y"`
	}
	out.Reset()
	w2 := parquet.NewGenericWriter[odd](&out)
	_, err = w2.Write([]odd{{1 << 31}})
	must(t, err)
	must(t, w2.Close())
	_, err = readTable[struct {
		Y int32 `col:"y"`
	}](bytes.NewReader(out.Bytes()), "x.parquet")
	check(err, "column y", "isSigned=false", "want int32")
}

func TestTableOf(t *testing.T) {
	type key struct {
		Subject string `col:"subject"`
	}
	got := TableOf[struct {
		key
		Trial  int       `col:"trial" doc:"from 0"`
		Vector []float32 `col:"vector"`
		Skip   chan int  `col:"-"`
	}]("x.parquet").Columns
	want := []Column{{"subject", ColString, ""}, {"trial", ColInt64, "from 0"}, {"vector", ColListFloat32, ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, f := range map[string]func(){
		"no tag": func() { TableOf[struct{ A int32 }]("x") },
		"bad type": func() {
			TableOf[struct {
				A uint32 `col:"a"`
			}]("x")
		},
		"not a struct": func() { TableOf[int]("x") },
		"twice": func() {
			TableOf[struct {
				A int32 `col:"a"`
				B int32 `col:"a"`
			}]("x")
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
