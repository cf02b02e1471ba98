package torch

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"realnet/data/array"
	"realnet/data/pickle"
)

// expected is what torch 1.13 says of a tensor (ci/reference/torch_checkpoints.py).
type expected struct {
	Shape  []int
	DType  string
	Values []string
}

func loadExpected(t testing.TB) map[string]map[string]expected {
	t.Helper()
	b, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]map[string]expected{}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestAgainstTorch compares every value of every tensor, exactly.
func TestAgainstTorch(t *testing.T) {
	for file, tensors := range loadExpected(t) {
		c, err := Open("testdata/" + file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		all, skipped, err := c.Arrays()
		if err != nil || len(all) != len(tensors) || len(skipped) != 0 {
			t.Errorf("%s: %d tensors, %v, want %d", file, len(all), err, len(tensors))
		}
		for _, a := range all {
			want, ok := tensors[a.Name]
			if !ok {
				t.Errorf("%s: unexpected %q", file, a.Name)
				continue
			}
			check(t, file+" "+a.Name, a.Array, want)
		}
		c.Close()
	}
}

func check(t *testing.T, name string, a *array.Array, want expected) {
	t.Helper()
	got, err := a.Float64()
	if err != nil || a.DType.String() != want.DType || len(got) != len(want.Values) || !slices.Equal(a.Shape, want.Shape) && len(a.Shape)+len(want.Shape) > 0 {
		t.Errorf("%s: %s %v of %d values, %v, want %s %v", name, a.DType, a.Shape, len(got), err, want.DType, want.Shape)
		return
	}
	single, err := a.Float32()
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range want.Values {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || got[i] != v || float64(single[i]) != float64(float32(v)) && !math.IsNaN(v) {
			t.Errorf("%s[%d]: %v, want %v", name, i, got[i], s)
		}
	}
}

func TestCheckpoint(t *testing.T) {
	for _, form := range []string{"zip", "legacy"} {
		c, err := Open("testdata/checkpoint_" + form + ".pth")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if c.Value("epoch") != 43.0 {
			t.Errorf("epoch %v", c.Value("epoch"))
		}
		flags, ok := c.Value("flags").(*pickle.Dict)
		if !ok || !slices.Equal(flags.Values, []any{0.1, int64(256), nil, 0.5, int64(3)}) {
			t.Errorf("flags %v", c.Value("flags"))
		}
	}
}

// TestSkipped reads checkpoints with parts that are not data: the tensors beside them,
// and each part by name (values from torch 1.13, ci/reference/torch_checkpoints.py).
func TestSkipped(t *testing.T) {
	for _, file := range []string{"training_zip.pth", "training_legacy.pth", "training_legacy4.pth"} {
		c, err := Open("testdata/" + file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		defer c.Close()
		all, skipped, err := c.Arrays()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]float64{}
		for _, a := range all {
			if got[a.Name], err = a.Float64(); err != nil {
				t.Errorf("%s: %s: %v", file, a.Name, err)
			}
		}
		if !slices.Equal(got["state_dict.module.weight"], []float64{0, 1, 2, 3, 4, 5}) || !slices.Equal(got["after"], []float64{9}) {
			t.Errorf("%s: %v", file, got)
		}
		var names []string
		for _, s := range skipped {
			names = append(names, s.Name)
			if want := map[string]error{"complex": ErrUnsupported}[s.Name]; !errors.Is(s.Err, want) && !errors.Is(s.Err, pickle.ErrForbidden) {
				t.Errorf("%s: %s: %v", file, s.Name, s.Err)
			}
		}
		if !slices.Equal(names, []string{"args", "path", "complex", "sparse", "when"}) {
			t.Errorf("%s: skipped %q", file, names)
		}
		s, ok := c.Value("scheduler").(*pickle.Dict)
		if !ok {
			t.Fatalf("%s: scheduler %T", file, c.Value("scheduler"))
		}
		if m, _ := s.Get("milestones"); len(m.(*pickle.Dict).Keys) != 2 {
			t.Errorf("%s: milestones %v", file, m)
		}
	}
}

func TestRefused(t *testing.T) {
	for file, want := range map[string]error{
		"whole_module.pth":   pickle.ErrForbidden,
		"hostile_zip.pth":    pickle.ErrForbidden,
		"hostile_legacy.pth": pickle.ErrForbidden,
		"complex.pth":        ErrUnsupported,
		"expected.json":      ErrFormat,
	} {
		if _, err := Open("testdata/" + file); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", file, err, want)
		}
	}
}

// TestChecksum changes each byte of the tensors of an archive: torch does not compare the
// CRC that it writes, Python's zipfile does (BadZipFile). No other value may come out.
func TestChecksum(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, sample()); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	read := func(raw []byte, rows bool) (values [][]float64, err error) {
		c, err := Read(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return nil, err
		}
		all, skipped, err := c.Arrays()
		if err != nil || len(skipped) > 0 {
			return nil, errors.Join(err, errors.New("skipped"))
		}
		for _, a := range all {
			if rows && len(a.Shape) > 0 && a.Shape[0] > 1 {
				if a.Array, err = a.Rows(1, 2); err != nil {
					return nil, err
				}
			}
			v, err := a.Float64()
			if err != nil {
				return nil, err
			}
			values = append(values, v)
		}
		return values, nil
	}
	for _, rows := range []bool{false, true} {
		want, err := read(whole, rows)
		if err != nil {
			t.Fatal(err)
		}
		refused := 0
		for i := range whole {
			changed := bytes.Clone(whole)
			changed[i] ^= 4
			got, err := read(changed, rows)
			if err != nil {
				refused++
			} else if !slices.EqualFunc(got, want, slices.Equal[[]float64]) {
				t.Errorf("byte %d changed: %v", i, got)
			}
		}
		if refused < 200 {
			t.Errorf("%d of %d changes were noticed", refused, len(whole))
		}
	}
}

// TestTruncated cuts checkpoints at every fifth byte and the last ones: an error
// each time.
func TestTruncated(t *testing.T) {
	for _, file := range []string{"views_legacy.pth", "views_zip.pth"} {
		whole, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(whole); n++ {
			if n < len(whole)-200 {
				n += 4
			}
			if _, err := Read(bytes.NewReader(whole[:n]), int64(n)); err == nil {
				t.Errorf("%s cut to %d bytes was read", file, n)
			}
		}
	}
}

func sample() []array.Named {
	return []array.Named{
		{Name: "V1.conv1.weight", Array: array.Of([]int{2, 1, 3}, []float32{1, -2, 3, 4, 5, 6.5})},
		{Name: "V1.norm1.num_batches_tracked", Array: array.Of(nil, []int64{7})},
		{Name: "empty", Array: array.Of([]int{0, 2}, []float64{})},
		{Name: "mask", Array: array.Of([]int{2}, []uint8{0, 255})},
	}
}

func TestWrite(t *testing.T) {
	var a, b bytes.Buffer
	if err := Write(&a, sample()); err != nil {
		t.Fatal(err)
	}
	if err := Write(&b, sample()); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two writings differ")
	}
	c, err := Read(bytes.NewReader(a.Bytes()), int64(a.Len()))
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := c.Arrays()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range sample() {
		g, _ := got[i].Float64()
		w, _ := want.Float64()
		if got[i].Name != want.Name || !slices.Equal(g, w) || got[i].DType != want.DType {
			t.Errorf("%s: %v, want %v", got[i].Name, g, w)
		}
	}
}

func TestTorchReadsIt(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import torch").Run() != nil {
		t.Skip("torch is not installed: python3-torch")
	}
	path := filepath.Join(t.TempDir(), "w.pth")
	tensors := []array.Named{
		{Name: "weight", Array: array.Of([]int{2, 3}, []float32{1, 2, 3, 4, 5, 6})},
		{Name: "bias", Array: array.Of([]int{2}, []float32{-1, 0.5})},
	}
	if err := WriteFile(path, append(tensors, sample()...)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(interpreter, "-c", `
import sys, torch
from collections import OrderedDict
d = torch.load(sys.argv[1], map_location="cpu")
assert type(d) is OrderedDict, type(d)
net = torch.nn.Linear(3, 2)
net.load_state_dict({k: d[k] for k in ("weight", "bias")})
assert net.weight.tolist() == [[1, 2, 3], [4, 5, 6]] and net.bias.tolist() == [-1, 0.5]
assert d["V1.norm1.num_batches_tracked"].dtype == torch.int64 and d["V1.norm1.num_batches_tracked"].item() == 7
assert d["V1.conv1.weight"].shape == (2, 1, 3) and d["empty"].shape == (0, 2) and d["empty"].dtype == torch.float64
assert d["mask"].tolist() == [0, 255]
`, path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.pth")
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		all, _, err := c.Arrays()
		if err != nil {
			return
		}
		for _, a := range all {
			if a.Len() > 64*(len(b)+1<<14)+64 {
				t.Fatalf("%d values from %d bytes", a.Len(), len(b))
			}
			_, _ = a.Float32()
		}
	})
}
