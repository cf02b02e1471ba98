package artifacts

import (
	"fmt"
	"path/filepath"
	"testing"
)

func must(b testing.TB, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

type score struct {
	Subject string  `col:"subject"`
	Layer   string  `col:"layer"`
	Trial   int32   `col:"trial"`
	Value   float64 `col:"value"`
}

var (
	scores = Define(Schema{Name: "test-scores", Version: 1, Files: []FileSpec{TableOf[score]("scores.parquet")}})
	tensor = Define(Schema{Name: "test-tensor", Version: 1, Files: []FileSpec{{Name: "x.arrow", Kind: KindTensor}}})
)

func manyScores(n int) []score {
	rows := make([]score, n)
	for i := range rows {
		rows[i] = score{fmt.Sprintf("sub-%02d", i%3), []string{"V1", "V2", "V4", "IT"}[i%4], int32(i), float64(i) / 7}
	}
	return rows
}

// BenchmarkPutTiny is the whole machinery around a stage: a writer, a table of 10
// rows, commit with flushes, memo.
func BenchmarkPutTiny(b *testing.B) {
	s, err := OpenStore(b.TempDir())
	must(b, err)
	rows := manyScores(10)
	i := 0
	for b.Loop() {
		w, err := s.Create(scores)
		must(b, err)
		must(b, WriteTable(w, "scores.parquet", rows))
		_, err = s.Put(fmt.Sprint("key", i), w, Provenance{Stage: "bench", Seed: uint64(i)})
		must(b, err)
		i++
	}
}

// BenchmarkLookup is what each node of a finished study costs.
func BenchmarkLookup(b *testing.B) {
	s, err := OpenStore(b.TempDir())
	must(b, err)
	w, err := s.Create(scores)
	must(b, err)
	must(b, WriteTable(w, "scores.parquet", manyScores(10)))
	_, err = s.Put("key", w, Provenance{Stage: "bench"})
	must(b, err)
	for b.Loop() {
		if _, ok, err := s.Lookup("key"); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkTableWrite(b *testing.B) {
	rows := manyScores(100_000)
	dir := b.TempDir()
	for b.Loop() {
		w, err := Create(filepath.Join(dir, "a"), scores)
		must(b, err)
		must(b, WriteTable(w, "scores.parquet", rows))
		w.Abort()
	}
	b.ReportMetric(float64(len(rows))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkTableRead(b *testing.B) {
	w, err := Create(filepath.Join(b.TempDir(), "a"), scores)
	must(b, err)
	must(b, WriteTable(w, "scores.parquet", manyScores(100_000)))
	a, err := w.Commit(Provenance{})
	must(b, err)
	for b.Loop() {
		rows, err := ReadTable[score](a, "scores.parquet")
		if err != nil || len(rows) != 100_000 {
			b.Fatal(len(rows), err)
		}
	}
	b.ReportMetric(1e5*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// The tensor of the format comparison in libraries: 1200 x 20000 float32, 96 MB.
const tensorRows, tensorWidth = 1200, 20000

func BenchmarkTensorWrite96MB(b *testing.B) {
	data := make([]float32, tensorRows*tensorWidth)
	dir := b.TempDir()
	b.SetBytes(int64(4 * len(data)))
	for b.Loop() {
		w, err := Create(filepath.Join(dir, "a"), tensor)
		must(b, err)
		must(b, WriteTensor(w, "x.arrow", []int{tensorRows, tensorWidth}, data))
		w.Abort()
	}
}

func BenchmarkTensorCommit96MB(b *testing.B) {
	data := make([]float32, tensorRows*tensorWidth)
	dir := b.TempDir()
	b.SetBytes(int64(4 * len(data)))
	i := 0
	for b.Loop() {
		w, err := Create(filepath.Join(dir, fmt.Sprint(i)), tensor)
		must(b, err)
		must(b, WriteTensor(w, "x.arrow", []int{tensorRows, tensorWidth}, data))
		_, err = w.Commit(Provenance{})
		must(b, err)
		i++
	}
}

func benchmarkTensorRead(b *testing.B, again bool) {
	w, err := Create(filepath.Join(b.TempDir(), "a"), tensor)
	must(b, err)
	must(b, WriteTensor(w, "x.arrow", []int{tensorRows, tensorWidth}, make([]float32, tensorRows*tensorWidth)))
	a, err := w.Commit(Provenance{})
	must(b, err)
	b.SetBytes(4 * tensorRows * tensorWidth)
	for b.Loop() {
		if !again {
			a, err = Open(a.Dir())
			must(b, err)
		}
		x, err := OpenTensor[float32](a, "x.arrow")
		must(b, err)
		sum := float32(0)
		for _, v := range x.Data {
			sum += v
		}
		if sum != 0 {
			b.Fatal(sum)
		}
		must(b, x.Close())
	}
}

// BenchmarkTensorRead96MB maps, hashes and sums; Again is the second time in a process.
func BenchmarkTensorRead96MB(b *testing.B)      { benchmarkTensorRead(b, false) }
func BenchmarkTensorRead96MBAgain(b *testing.B) { benchmarkTensorRead(b, true) }
