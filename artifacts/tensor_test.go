package artifacts

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

func ramp[E Element](n int) []E {
	data := make([]E, n)
	for i := range data {
		data[i] = E(i % 251)
	}
	return data
}

func testTensor[E Element](t *testing.T, shape ...int) {
	n := 1
	for _, d := range shape {
		n *= d
	}
	data := ramp[E](n)
	w, err := Create(filepath.Join(t.TempDir(), "a"), Schema{Name: "t", Version: 1, Files: []FileSpec{{Name: "*.arrow", Kind: KindTensor}}})
	must(t, err)
	defer w.Abort()
	must(t, WriteTensor(w, "whole.arrow", shape, data))
	pieces, err := NewTensorWriter[E](w, "pieces.arrow", shape[1:])
	must(t, err)
	size := pieces.size
	for i, k := 0, 1; i < shape[0]; i, k = i+k, k%1000+1 {
		must(t, pieces.Append(data[i*size:min(i+k, shape[0])*size]))
	}
	must(t, pieces.Close())
	a, err := w.Commit(Provenance{})
	must(t, err)
	if f := a.Manifest().Files; f[0].SHA256 != f[1].SHA256 {
		t.Errorf("%v: the file depends on how the rows were appended", shape)
	}
	x, err := OpenTensor[E](a, "pieces.arrow")
	must(t, err)
	if !slices.Equal(x.Shape, shape) || !slices.Equal(x.Data, data) {
		t.Errorf("%v of %T: came back as %v", shape, data, x.Shape)
	}
	if n > 0 {
		first, start := uintptr(unsafe.Pointer(&x.Data[0])), uintptr(unsafe.Pointer(&x.mapped[0]))
		if first < start || first >= start+uintptr(len(x.mapped)) {
			t.Errorf("%v: Data is a copy", shape)
		}
		if last := shape[0] - 1; !slices.Equal(x.Row(last), data[last*size:]) {
			t.Errorf("%v: last row differs", shape)
		}
	}
	must(t, x.Close())
	dtype, got, err := TensorInfo(a, "whole.arrow")
	if err != nil || dtype != dtypeOf[E]() || !slices.Equal(got, shape) {
		t.Errorf("TensorInfo: %v %v %v", dtype, got, err)
	}
}

func TestTensorRoundTrip(t *testing.T) {
	testTensor[uint8](t, 3, 5, 7)
	testTensor[int32](t, 3, 5, 7)
	testTensor[int64](t, 1)
	testTensor[float32](t, 17)
	testTensor[float64](t, 2, 1, 1, 3)
	testTensor[float32](t, 0, 4)
	testTensor[float32](t, 200_000, 1)
	if !testing.Short() {
		testTensor[uint8](t, 1, 100_000_000)
	}
}

func TestOpenTensorRefusesAnotherType(t *testing.T) {
	a := makeArtifact(t, filepath.Join(t.TempDir(), "a"), 1, Provenance{})
	_, err := OpenTensor[float64](a, "features.arrow")
	if !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), "features.arrow: schema mismatch: dtype is float32, want float64") {
		t.Error(err)
	}
	if _, err := OpenTensor[float64](a, "none.arrow"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// foreignTensor writes a tensor as another program might: in batches of any size,
// compressed, with nulls, without the extension type.
func foreignTensor(t testing.TB, batches [][]float32, width int32, metadata map[string]string, nulls bool, options ...ipc.Option) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{
		Name: "x", Type: arrow.FixedSizeListOf(width, arrow.PrimitiveTypes.Float32),
		Metadata: arrow.MetadataFrom(metadata), Nullable: true,
	}}, nil)
	f, err := os.Create(filepath.Join(t.TempDir(), "foreign.arrow"))
	must(t, err)
	defer f.Close()
	w, err := ipc.NewFileWriter(f, append(options, ipc.WithSchema(schema))...)
	must(t, err)
	for _, values := range batches {
		b := array.NewFixedSizeListBuilder(memory.DefaultAllocator, width, arrow.PrimitiveTypes.Float32)
		for row := range slices.Chunk(values, int(width)) {
			b.Append(true)
			b.ValueBuilder().(*array.Float32Builder).AppendValues(row, nil)
		}
		if nulls {
			b.AppendNull()
		}
		column := b.NewArray()
		must(t, w.Write(array.NewRecord(schema, []arrow.Array{column}, int64(column.Len()))))
	}
	must(t, w.Close())
	data, err := os.ReadFile(f.Name())
	must(t, err)
	return data
}

func TestForeignTensors(t *testing.T) {
	meta := map[string]string{extensionName: fixedShapeTensor, extensionMetadata: `{"shape":[3,2],"dim_names":["a","b"]}`}
	batches := [][]float32{ramp[float32](12), ramp[float32](6), ramp[float32](60)}
	x, err := parseTensor[float32](foreignTensor(t, batches, 6, meta, false), "f")
	must(t, err)
	if want := slices.Concat(batches...); !slices.Equal(x.Data, want) || !reflect.DeepEqual(x.Shape, []int{13, 3, 2}) || !slices.Equal(x.Row(2), want[12:18]) {
		t.Errorf("several batches: %v %v", x.Shape, x.Data)
	}
	permuted := map[string]string{extensionName: fixedShapeTensor, extensionMetadata: `{"shape":[3,2],"permutation":[1,0]}`}
	wrong := map[string]string{extensionName: fixedShapeTensor, extensionMetadata: `{"shape":[3,3]}`}
	for text, data := range map[string][]byte{
		"compressed": foreignTensor(t, batches, 6, meta, false, ipc.WithZstd()),
		"nulls":      foreignTensor(t, batches, 6, meta, true),
		"permuted":   foreignTensor(t, batches, 6, permuted, false),
		"[3 3]":      foreignTensor(t, batches, 6, wrong, false),
		`is ""`:      foreignTensor(t, batches, 6, nil, false),
		"not an":     []byte("ARROW1 and then nothing of the kind"),
	} {
		if _, err := parseTensor[float32](data, "f.arrow"); err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), "f.arrow") {
			t.Errorf("want an error with %q, got %v", text, err)
		}
	}
}

// TestTensorFileIsStable pins the bytes: a change of the library that alters them
// would change every digest.
func TestTensorFileIsStable(t *testing.T) {
	a := makeArtifact(t, filepath.Join(t.TempDir(), "a"), 1, Provenance{})
	path, err := a.Path("features.arrow")
	must(t, err)
	data, err := os.ReadFile(path)
	must(t, err)
	if !bytes.HasPrefix(data, []byte("ARROW1\x00\x00")) || !bytes.HasSuffix(data, []byte("ARROW1")) {
		t.Error("not an Arrow IPC file")
	}
	b := makeArtifact(t, filepath.Join(t.TempDir(), "b"), 1, Provenance{})
	if a.Digest() != b.Digest() {
		t.Error("the same values gave two digests")
	}
}
