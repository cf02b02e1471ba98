package nifti

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// expectation is what nibabel reads from a fixture (ci/reference/nifti.py).
type expectation struct {
	Shape      []int
	DType      string
	Sum        float64
	First      []float64
	Last       []float64
	Affine     [4][4]float64
	TR         float64
	Extensions [][2]int
	Version    int
}

func loadJSON(t testing.TB, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func TestEqualsNibabel(t *testing.T) {
	expected := map[string]expectation{}
	loadJSON(t, "testdata/expected.json", &expected)
	for name, want := range expected {
		t.Run(name, func(t *testing.T) {
			im, err := Open(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			if len(im.Shape) != len(want.Shape) {
				t.Fatalf("shape %v, nibabel says %v", im.Shape, want.Shape)
			}
			for i := range want.Shape {
				if im.Shape[i] != want.Shape[i] {
					t.Fatalf("shape %v, nibabel says %v", im.Shape, want.Shape)
				}
			}
			if im.Type.String() != want.DType || im.Version != want.Version {
				t.Errorf("NIfTI-%d of %v, nibabel says NIfTI-%d of %s", im.Version, im.Type, want.Version, want.DType)
			}
			if tr := im.RepetitionTime(); tr != want.TR {
				t.Errorf("repetition time %g, nibabel says %g", tr, want.TR)
			}
			if len(im.Extensions) != len(want.Extensions) {
				t.Fatalf("%d extensions, nibabel says %v", len(im.Extensions), want.Extensions)
			}
			for i, e := range want.Extensions {
				// nibabel strips the padding zeros.
				if im.Extensions[i].Code != e[0] || len(im.Extensions[i].Data) < e[1] {
					t.Errorf("extension %d: code %d, %d bytes, nibabel says %v", i, im.Extensions[i].Code, len(im.Extensions[i].Data), e)
				}
			}
			affine := im.Affine()
			for i := range 4 {
				for j := range 4 {
					// The quaternion is stored as float32; nibabel widens it at another step.
					if math.Abs(affine[i][j]-want.Affine[i][j]) > 1e-6*(1+math.Abs(want.Affine[i][j])) {
						t.Fatalf("affine %v, nibabel says %v", affine, want.Affine)
					}
				}
			}
			data, err := Read[float64](im)
			if err != nil {
				t.Fatal(err)
			}
			var sum, size float64
			for _, v := range data {
				sum += v
				size += math.Abs(v)
			}
			// Values are equal; the order of summation is not.
			if math.Abs(sum-want.Sum) > 1e-14*size {
				t.Errorf("sum %v, nibabel says %v", sum, want.Sum)
			}
			for i, v := range want.First {
				if data[i] != v {
					t.Errorf("voxel %d is %v, nibabel says %v", i, data[i], v)
				}
			}
			for i, v := range want.Last {
				if got := data[len(data)-len(want.Last)+i]; got != v {
					t.Errorf("voxel %d from the end is %v, nibabel says %v", len(want.Last)-i, got, v)
				}
			}
		})
	}
}

// Every way to read gives the values of Read.
func TestWaysToReadAgree(t *testing.T) {
	for _, name := range []string{"int16.nii.gz", "scaled.nii", "big_int32.nii.gz", "float64.nii.gz", "five.nii.gz", "flat.nii", "volume.nii"} {
		im, err := Open(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		all, err := Read[float64](im)
		if err != nil {
			t.Fatal(err)
		}
		narrow, err := Read[float32](im)
		if err != nil {
			t.Fatal(err)
		}
		size := im.VolumeSize()
		n := 0
		for volume, err := range Volumes[float64](im) {
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range volume {
				if v != all[n*size+i] || narrow[n*size+i] != float32(v) {
					t.Fatalf("%s: volume %d voxel %d: %v, %v and %v", name, n, i, v, all[n*size+i], narrow[n*size+i])
				}
			}
			n++
		}
		if n != im.NumVolumes() {
			t.Errorf("%s: %d volumes, want %d", name, n, im.NumVolumes())
		}
		for _, err := range Volumes[float32](im) {
			if err != nil {
				t.Fatal(err)
			}
			break // stopping early must not hang or leak the reader
		}
		for _, voxels := range [][]int{{0}, {size - 1}, {0, 2, size - 1}, {}} {
			series, err := ReadVoxels[float64](im, voxels)
			if err != nil {
				t.Fatal(err)
			}
			for volume := range im.NumVolumes() {
				for j, v := range voxels {
					if series[volume*len(voxels)+j] != all[volume*size+v] {
						t.Fatalf("%s: voxel %d of volume %d differs", name, v, volume)
					}
				}
			}
		}
		for _, voxels := range [][]int{{-1}, {size}, {1, 1}, {2, 1}} {
			if _, err := ReadVoxels[float32](im, voxels); !errors.Is(err, ErrShape) {
				t.Errorf("%s: voxels %v: %v, want ErrShape", name, voxels, err)
			}
		}
	}
}

// Volumes that span many chunks, and chunks that span many volumes.
func TestChunkBorders(t *testing.T) {
	for _, shape := range [][]int{{61, 53, 47, 3}, {3, 1, 1, 100_003}} {
		h := NewHeader(shape, [3]float64{2, 2, 2}, 2)
		data := make([]int16, product(shape))
		for i := range data {
			data[i] = int16(i * 2654435761 >> 7)
		}
		path := filepath.Join(t.TempDir(), "x.nii.gz")
		if err := Write(path, h, data); err != nil {
			t.Fatal(err)
		}
		im, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		size := im.VolumeSize()
		var voxels []int
		for v := range size {
			if v%7 == 1 || v == size-1 || v%65536 < 3 {
				voxels = append(voxels, v)
			}
		}
		series, err := ReadVoxels[float32](im, voxels)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for volume, err := range Volumes[float32](im) {
			if err != nil {
				t.Fatal(err)
			}
			for j, v := range voxels {
				if want := float32(data[n*size+v]); series[n*len(voxels)+j] != want || volume[v] != want {
					t.Fatalf("shape %v, volume %d voxel %d: %v and %v, want %v", shape, n, v, series[n*len(voxels)+j], volume[v], want)
				}
			}
			n++
		}
	}
}

var sentinels = map[string]error{
	"ErrNotNIfTI":    ErrNotNIfTI,
	"ErrHeader":      ErrHeader,
	"ErrType":        ErrType,
	"ErrTruncated":   ErrTruncated,
	"ErrCorrupt":     ErrCorrupt,
	"fs.ErrNotExist": fs.ErrNotExist,
}

func TestHostileFiles(t *testing.T) {
	expected := map[string]string{}
	loadJSON(t, "testdata/hostile/expected.json", &expected)
	for name, want := range expected {
		path := filepath.Join("testdata", "hostile", name)
		im, err := Open(path)
		if err == nil {
			_, err = Read[float32](im)
		}
		if !errors.Is(err, sentinels[want]) {
			t.Errorf("%s: %v, want %s", name, err, want)
		} else {
			t.Logf("%v", err)
		}
	}
	for _, name := range []string{"complex64.nii", "rgb.nii"} {
		if _, err := Open(filepath.Join("testdata", name)); !errors.Is(err, ErrType) {
			t.Errorf("%s: %v, want ErrType", name, err)
		}
	}
	if _, err := Open("testdata"); !errors.Is(err, ErrNotNIfTI) {
		t.Errorf("a folder: %v, want ErrNotNIfTI", err)
	}
	if _, err := Open("testdata/absent.nii"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
}

// A gzip stream cut anywhere is an error, never fewer or other values.
func TestTruncatedAnywhere(t *testing.T) {
	whole, err := os.ReadFile("testdata/int16.nii.gz")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut.nii.gz")
	for n := range len(whole) {
		if err := os.WriteFile(path, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		im, err := Open(path)
		if err == nil {
			_, err = Read[float32](im)
		}
		if err == nil {
			t.Fatalf("no error after %d of %d bytes", n, len(whole))
		}
	}
}

func TestMask(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, grid []int, step float64, values ...float32) string {
		path := filepath.Join(dir, name)
		data := make([]float32, product(grid))
		copy(data, values)
		if err := Write(path, NewHeader(grid, [3]float64{step, step, step}, 0), data); err != nil {
			t.Fatal(err)
		}
		return path
	}
	grid := []int{2, 2, 2}
	left, err := ReadMask(write("left.nii", grid, 2, 1, 0, 0, float32(math.NaN())))
	if err != nil {
		t.Fatal(err)
	}
	right, err := ReadMask(write("right.nii", grid, 2, 3, 0, 0.5, -1, -0.25)) // above 0, as documented
	if err != nil {
		t.Fatal(err)
	}
	both, err := Union(left, right)
	if err != nil {
		t.Fatal(err)
	}
	if len(left.Voxels) != 1 || len(both.Voxels) != 2 || both.Voxels[1] != 2 {
		t.Errorf("left %v, union %v", left.Voxels, both.Voxels)
	}
	if _, err := ReadMask(write("empty.nii", grid, 2)); !errors.Is(err, ErrEmptyMask) {
		t.Errorf("empty mask: %v", err)
	}
	if _, err := ReadMask(write("series.nii", []int{2, 2, 2, 2}, 2, 1)); !errors.Is(err, ErrShape) {
		t.Errorf("mask with two volumes: %v", err)
	}
	other, err := ReadMask(write("other.nii", []int{2, 2, 3}, 2, 1))
	if err != nil {
		t.Fatal(err)
	}
	coarse, err := ReadMask(write("coarse.nii", grid, 3, 1))
	if err != nil {
		t.Fatal(err)
	}
	im, err := Open(filepath.Join(dir, "left.nii"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*Mask{other, coarse} {
		if _, err := ReadMasked[float32](im, m); !errors.Is(err, ErrShape) {
			t.Errorf("%s: %v, want ErrShape", m.Path, err)
		}
		if _, err := Union(left, m); !errors.Is(err, ErrShape) {
			t.Errorf("union with %s: %v, want ErrShape", m.Path, err)
		}
	}
	if series, err := ReadMasked[float32](im, both); err != nil || len(series) != 2 || series[0] != 1 || series[1] != 0 {
		t.Errorf("masked: %v, %v", series, err)
	}
}

// Memory stays within 1.5 times the values kept, and iterating keeps one volume.
func TestMemory(t *testing.T) {
	shape := []int{64, 64, 30, 40}
	data := make([]int16, product(shape))
	for i := range data {
		data[i] = int16(i * 40503 >> 5)
	}
	path := filepath.Join(t.TempDir(), "run.nii.gz")
	if err := Write(path, NewHeader(shape, [3]float64{3, 3, 3}, 2), data); err != nil {
		t.Fatal(err)
	}
	im, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	kept := func(read func()) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		read()
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	values := float64(4 * len(data))
	if used := kept(func() { _, err = Read[float32](im) }); err != nil || used > 1.5*values {
		t.Errorf("Read allocated %.2f times its values (%v)", used/values, err)
	}
	used := kept(func() {
		for _, e := range Volumes[float32](im) {
			err = e
		}
	})
	if err != nil || used > values/40+4<<20 {
		t.Errorf("Volumes allocated %.0f bytes, a volume has %.0f (%v)", used, values/40, err)
	}
}

// A compressed file can claim a thousand times its size; what it does not hold is not
// allocated.
func TestClaimsOfCompressedFiles(t *testing.T) {
	h := NewHeader([]int{500, 500, 400}, [3]float64{1, 1, 1}, 0) // 100 MB of uint8
	h.Type = Uint8
	raw := h.encode()
	noise := make([]byte, 200<<10)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	path := filepath.Join(t.TempDir(), "claims.nii.gz")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(append(raw, noise...)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(z.Close(), os.WriteFile(path, packed.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func(im *Image) error{
		"Read":       func(im *Image) error { _, err := Read[float64](im); return err },
		"ReadVoxels": func(im *Image) error { _, err := ReadVoxels[float64](im, []int{0, 99999999}); return err },
		"Volumes": func(im *Image) error {
			for _, err := range Volumes[float64](im) {
				return err
			}
			return nil
		},
	} {
		im, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err = read(im)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, ErrTruncated) || used > 100*uint64(packed.Len()) {
			t.Errorf("%s: %d bytes allocated for a file of %d, %v", name, used, packed.Len(), err)
		}
	}
}

// A panic while reading ahead is an error of the read, not the end of the process.
func TestPanicOfTheReader(t *testing.T) {
	im, err := Open(filepath.Join("testdata", "plain.nii"))
	if err != nil {
		t.Fatal(err)
	}
	open := im.open
	im.open = func(path string) (fs.File, error) {
		f, err := open(path)
		return &brokenFile{File: f}, err
	}
	if _, err := Read[float32](im); !errors.Is(err, ErrInternal) {
		t.Errorf("%v, want ErrInternal", err)
	}
}

// brokenFile panics at its second read.
type brokenFile struct {
	fs.File
	begun bool
}

func (f *brokenFile) Read(b []byte) (int, error) {
	if f.begun {
		panic("broken")
	}
	f.begun = true
	return f.File.Read(b[:min(100, len(b))])
}

func TestAtlas(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, values ...float32) string {
		path := filepath.Join(dir, name)
		data := make([]float32, 8)
		copy(data, values)
		if err := Write(path, NewHeader([]int{2, 2, 2}, [3]float64{2, 2, 2}, 0), data); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, err := ReadAtlas(write("atlas.nii", 0, 1001, 2, 1001, -3))
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Present(); !slices.Equal(got, []int{-3, 2, 1001}) {
		t.Errorf("values %v", got)
	}
	m, err := a.Mask(1001, 2)
	if err != nil || !slices.Equal(m.Voxels, []int{1, 2, 3}) {
		t.Errorf("mask %v, %v", m, err)
	}
	if _, err := a.Mask(7); !errors.Is(err, ErrEmptyMask) {
		t.Errorf("a value that no voxel has: %v", err)
	}
	if _, err := ReadAtlas(write("fraction.nii", 0.5)); !errors.Is(err, ErrType) {
		t.Errorf("a fraction: %v", err)
	}
	if _, err := ReadAtlas(write("nan.nii", float32(math.NaN()))); !errors.Is(err, ErrType) {
		t.Errorf("NaN: %v", err)
	}
	brain, err := ReadMask(write("brain.nii", 1, 1, 1, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	if both, err := Intersect(m, brain); err != nil || !slices.Equal(both.Voxels, []int{1, 2}) {
		t.Errorf("intersection %v, %v", both, err)
	}
	away, err := ReadMask(write("away.nii", 0, 0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Intersect(brain, away); !errors.Is(err, ErrEmptyMask) {
		t.Errorf("masks without a common voxel: %v", err)
	}
}
