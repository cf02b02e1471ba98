package artifacts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// row has a column of every type.
type row struct {
	Name string    `col:"name" doc:"of the row"`
	OK   bool      `col:"ok"`
	A    int32     `col:"a"`
	B    int64     `col:"b"`
	X    float32   `col:"x"`
	Y    float64   `col:"y"`
	V    []float32 `col:"v"`
}

// everything has a file of every kind.
var everything = Define(Schema{Name: "test-everything", Version: 1, Files: []FileSpec{
	TableOf[row]("rows.parquet"),
	{Name: "features.arrow", Kind: KindTensor, DType: Float32, Rank: 3},
	{Name: "*.tensor.arrow", Kind: KindTensor, Optional: true},
	{Name: "weights.arrow", Kind: KindWeights},
	{Name: "figures/*.svg", Kind: KindRaw, Optional: true},
}})

func randomRows(seed uint64, n int) []row {
	r := rand.New(rand.NewPCG(seed, 1))
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{
			Name: strings.Repeat("é", r.IntN(4)) + fmt.Sprint(r.IntN(50)), OK: r.IntN(2) == 1,
			A: int32(r.Uint32()), B: int64(r.Uint64()), X: r.Float32() - 0.5, Y: r.NormFloat64(),
		}
		if k := r.IntN(6); k > 0 { // 0: a null list, 1: an empty one
			rows[i].V = make([]float32, k-1)
			for j := range rows[i].V {
				rows[i].V[j] = r.Float32()
			}
		}
	}
	return rows
}

var (
	someParams = []Param{
		{"conv.weight", []int{2, 1, 3}, []float32{1, 2, 3, 4, 5, float32(math.Inf(1))}},
		{"step", nil, []float32{7}},
		{"empty", []int{0, 3}, []float32{}},
	}
	someProvenance = Provenance{
		Stage: "test", Code: "abc", Params: json.RawMessage(`{"b": 1.0, "a": [1e-5, true, "ü<"]}`), Seed: math.MaxUint64,
		Inputs:  map[string][]Digest{"in": {NewDigest([]byte("x")), NewDigest(nil)}},
		Machine: "linux/amd64", Host: HostFacts{Name: "here", CPUs: 2},
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Wall: time.Second,
	}
)

// fill writes a file of every kind.
func fill(t testing.TB, w *Writer, seed uint64) {
	t.Helper()
	must(t, WriteTable(w, "rows.parquet", randomRows(seed, 300)))
	must(t, WriteTensor(w, "features.arrow", []int{2, 1, 3}, []float32{1, 2, 3, 4, 5, 6}))
	x, err := NewTensorWriter[uint8](w, "u.tensor.arrow", nil)
	must(t, err)
	must(t, x.Append([]uint8{1, 2}))
	must(t, x.Append([]uint8{3}))
	must(t, x.Close())
	must(t, WriteWeights(w, "weights.arrow", someParams))
	f, err := w.File("figures/x.svg")
	must(t, err)
	_, err = io.WriteString(f, "<svg/>")
	must(t, err)
	must(t, f.Close())
}

func makeArtifact(t testing.TB, dir string, seed uint64, p Provenance) *Artifact {
	t.Helper()
	w, err := Create(dir, everything)
	must(t, err)
	defer w.Abort()
	fill(t, w, seed)
	a, err := w.Commit(p)
	must(t, err)
	return a
}

// readAll reads every file of an artifact that fill wrote.
func readAll(a *Artifact) (rows []row, err error) {
	rows, err = ReadTable[row](a, "rows.parquet")
	if err != nil {
		return nil, err
	}
	if _, x, err := ReadTensor[float32](a, "features.arrow"); err != nil {
		return nil, err
	} else if !cmp.Equal(x, []float32{1, 2, 3, 4, 5, 6}) {
		return nil, fmt.Errorf("WRONG VALUES: features %v", x)
	}
	if _, u, err := ReadTensor[uint8](a, "u.tensor.arrow"); err != nil {
		return nil, err
	} else if !cmp.Equal(u, []uint8{1, 2, 3}) {
		return nil, fmt.Errorf("WRONG VALUES: tensor %v", u)
	}
	if p, err := ReadWeights(a, "weights.arrow"); err != nil {
		return nil, err
	} else if !cmp.Equal(p, someParams) {
		return nil, fmt.Errorf("WRONG VALUES: weights %v", p)
	}
	if path, err := a.Path("figures/x.svg"); err != nil {
		return nil, err
	} else if text, err := os.ReadFile(path); err != nil || string(text) != "<svg/>" {
		return nil, fmt.Errorf("WRONG VALUES: %q %w", text, err)
	}
	return rows, nil
}

func TestEveryKindComesBack(t *testing.T) {
	dir := t.TempDir()
	a := makeArtifact(t, filepath.Join(dir, "a"), 1, someProvenance)
	b, err := Open(a.Dir())
	must(t, err)
	must(t, b.Verify())
	must(t, b.Conforms(everything))
	rows, err := readAll(b)
	must(t, err)
	if diff := cmp.Diff(randomRows(1, 300), rows); diff != "" { // tells nil from empty lists
		t.Error(diff)
	}
	if a.Digest() != b.Digest() || !cmp.Equal(a.Manifest(), b.Manifest(), cmpopts.EquateEmpty()) {
		t.Errorf("manifest changed on disk: %s", cmp.Diff(a.Manifest(), b.Manifest()))
	}
	if got := b.Manifest().Provenance; got.Wall != time.Second || got.Host.Name != "here" || got.Seed != math.MaxUint64 {
		t.Errorf("provenance came back as %+v", got)
	}
	left, err := os.ReadDir(dir)
	must(t, err)
	if len(left) != 1 {
		t.Errorf("temporary files left: %v", left)
	}
}

func TestDigestCoversWhatMatters(t *testing.T) {
	digest := func(change func(*Provenance)) Digest {
		p := someProvenance
		change(&p)
		return makeArtifact(t, filepath.Join(t.TempDir(), "a"), 1, p).Digest()
	}
	base := digest(func(*Provenance) {})
	same := map[string]func(*Provenance){
		"host":        func(p *Provenance) { p.Host = ThisHost() },
		"time":        func(p *Provenance) { p.Started = time.Now(); p.Wall = 5 },
		"param order": func(p *Provenance) { p.Params = json.RawMessage(`{"a":[0.00001,true,"\u00fc<"],"b":1}`) },
	}
	for name, change := range same {
		if digest(change) != base {
			t.Errorf("%s changes the digest", name)
		}
	}
	other := map[string]func(*Provenance){
		"stage": func(p *Provenance) { p.Stage = "x" }, "code": func(p *Provenance) { p.Code = "x" },
		"params": func(p *Provenance) { p.Params = nil }, "seed": func(p *Provenance) { p.Seed = 1 },
		"inputs": func(p *Provenance) { p.Inputs = nil }, "machine": func(p *Provenance) { p.Machine = "x" },
		"kernel": func(p *Provenance) { p.Kernel = "x" }, "decoder": func(p *Provenance) { p.Decoder = "x" },
	}
	for name, change := range other {
		if digest(change) == base {
			t.Errorf("%s does not change the digest", name)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	dir := t.TempDir()
	type other struct {
		Name string `col:"name"`
	}
	tests := []struct {
		name string
		want error
		text string
		do   func(w *Writer) error
	}{
		{"unknown file", ErrSchema, "nope.parquet", func(w *Writer) error { return WriteTable(w, "nope.parquet", []row{}) }},
		{"wrong kind", ErrSchema, "rows.parquet", func(w *Writer) error { return WriteTensor(w, "rows.parquet", []int{1}, []int32{1}) }},
		{"wrong columns", ErrSchema, "rows.parquet", func(w *Writer) error { return WriteTable(w, "rows.parquet", []other{}) }},
		{"wrong dtype", ErrSchema, "float64", func(w *Writer) error { return WriteTensor(w, "features.arrow", []int{1, 1, 1}, []float64{1}) }},
		{"wrong rank", ErrSchema, "2 axes", func(w *Writer) error { return WriteTensor(w, "features.arrow", []int{1, 1}, []float32{1}) }},
		{"wrong shape", ErrSchema, "[2 1 1]", func(w *Writer) error { return WriteTensor(w, "features.arrow", []int{2, 1, 1}, []float32{1}) }},
		{"empty axis", ErrSchema, "from 1", func(w *Writer) error { return WriteTensor(w, "features.arrow", []int{0, 0, 1}, []float32{}) }},
		{"leaves the directory", nil, "../x", func(w *Writer) error { _, err := w.File("../x"); return err }},
		{"takes the manifest", nil, ManifestName, func(w *Writer) error { _, err := w.File(ManifestName); return err }},
		{"twice", ErrExists, "x.svg", func(w *Writer) error {
			f, err := w.File("figures/x.svg")
			must(t, err)
			must(t, f.Close())
			_, err = w.File("figures/x.svg")
			return err
		}},
		{"not UTF-8", nil, "column name", func(w *Writer) error { return WriteTable(w, "rows.parquet", []row{{Name: "\xff"}}) }},
		{"incomplete", ErrSchema, "rows.parquet", func(w *Writer) error { _, err := w.Commit(Provenance{}); return err }},
		{"open file", nil, "still open", func(w *Writer) error {
			_, err := w.File("figures/x.svg")
			must(t, err)
			_, err = w.Commit(Provenance{})
			return err
		}},
		{"bad params", nil, "parameters", func(w *Writer) error { _, err := w.Commit(Provenance{Params: []byte("{")}); return err }},
		{"param twice", ErrSchema, "own", func(w *Writer) error {
			return WriteWeights(w, "weights.arrow", []Param{{Name: "a", Values: []float32{1}}, {Name: "a", Values: []float32{1}}})
		}},
		{"after abort", ErrClosed, "", func(w *Writer) error { w.Abort(); _, err := w.File("figures/x.svg"); return err }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, err := Create(filepath.Join(dir, "a"), everything)
			must(t, err)
			defer w.Abort()
			err = tt.do(w)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Fatalf("got %v, want %v with %q", err, tt.want, tt.text)
			}
			w.Abort()
			if left, _ := os.ReadDir(dir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestCreateRefusesToOverwrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	makeArtifact(t, dir, 1, Provenance{})
	if _, err := Create(dir, everything); !errors.Is(err, ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
}

func TestCreateSweepsDeadWriters(t *testing.T) {
	dir := t.TempDir()
	dead := filepath.Join(dir, ".a.partial-1")
	must(t, os.Mkdir(dead, 0o755)) // nobody holds its lock
	living, err := Create(filepath.Join(dir, "a"), everything)
	must(t, err)
	defer living.Abort()
	second, err := Create(filepath.Join(dir, "a"), everything)
	must(t, err)
	defer second.Abort()
	if _, err := os.Stat(dead); err == nil {
		t.Error("the dead writer's files are still there")
	}
	if _, err := os.Stat(living.temp); err != nil {
		t.Errorf("the living writer's files are gone: %v", err)
	}
}

func TestSealForeignFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	a := makeArtifact(t, dir, 1, someProvenance)
	must(t, os.Remove(filepath.Join(dir, ManifestName)))
	b, err := Seal(dir, everything, someProvenance)
	must(t, err)
	if a.Digest() != b.Digest() {
		t.Error("sealed artifact has another digest")
	}
	must(t, os.WriteFile(filepath.Join(dir, "stray.txt"), nil, 0o644))
	if _, err := Seal(dir, everything, someProvenance); !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), "stray.txt") {
		t.Errorf("got %v, want ErrSchema that names stray.txt", err)
	}
	if err := b.Verify(); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "stray.txt") {
		t.Errorf("got %v, want ErrDamaged that names stray.txt", err)
	}
}

// TestDamage flips a byte, cuts or removes a random file: every reader must give an
// error that names the file, or the right values when it is another file's.
func TestDamage(t *testing.T) {
	good := makeArtifact(t, filepath.Join(t.TempDir(), "good"), 1, someProvenance)
	want := randomRows(1, 300)
	r := rand.New(rand.NewPCG(2, 2))
	names := append(good.Files("*"), "figures/x.svg", ManifestName)
	for i := range 300 {
		dir := filepath.Join(t.TempDir(), "bad")
		must(t, os.CopyFS(dir, os.DirFS(good.Dir())))
		name := names[r.IntN(len(names))]
		path := filepath.Join(dir, name)
		must(t, os.Chmod(path, 0o644))
		data, err := os.ReadFile(path)
		must(t, err)
		before := bytes.Clone(data)
		info, err := os.Stat(path)
		must(t, err)
		what := ""
		switch at := r.IntN(len(data)); r.IntN(4) {
		case 0:
			what = fmt.Sprintf("cut at %d", at)
			data = data[:at]
		case 1:
			what = "removed"
			data = nil
		default:
			what = fmt.Sprintf("byte %d flipped", at)
			data[at] ^= byte(1 + r.IntN(255))
		}
		must(t, os.Remove(path))
		if what != "removed" {
			must(t, os.WriteFile(path, data, 0o644))
			must(t, os.Chtimes(path, info.ModTime(), info.ModTime())) // as bit rot would
		}
		a, err := Open(dir)
		var rows []row
		if err == nil {
			rows, err = readAll(a)
		}
		if err == nil && name == ManifestName {
			// The part of the manifest outside the digest may change unseen: host and times.
			var x, y onDisk
			must(t, json.Unmarshal(before, &x))
			must(t, json.Unmarshal(data, &y))
			x.Run, y.Run = runFacts{}, runFacts{}
			if !cmp.Equal(x, y) || !cmp.Equal(rows, want) {
				t.Errorf("%d: %s: %s: went unseen", i, name, what)
			}
			continue
		}
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "WRONG") {
			t.Errorf("%d: %s: %s: got %v, want ErrDamaged that names it", i, name, what, err)
		}
	}
}
