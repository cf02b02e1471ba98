package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"realnet/data/array"
)

func sample() []array.Named {
	return []array.Named{
		{Name: "b", Array: array.Of([]int{2, 2}, []float32{1, 2, 3, 4.5})},
		{Name: "a", Array: array.Of(nil, []int64{-7})},
		{Name: "c", Array: array.Of([]int{0}, []float64{})},
		{Name: "d", Array: array.Of([]int{3}, []uint8{1, 2, 3})},
	}
}

func file(header, data string) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

// TestBytes writes a file and compares it, byte by byte, with what the format's
// description (github.com/huggingface/safetensors, README) demands.
func TestBytes(t *testing.T) {
	var buf bytes.Buffer
	tensors := []array.Named{{Name: "x", Array: array.Of([]int{1, 2}, []float32{1, -2})}}
	if err := Write(&buf, tensors, map[string]string{"format": "pt"}); err != nil {
		t.Fatal(err)
	}
	want := file(`{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}} `, "\x00\x00\x80\x3f\x00\x00\x00\xc0")
	if !bytes.Equal(buf.Bytes(), want) {
		t.Errorf("%q, want %q", buf.Bytes(), want)
	}
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := WriteFile(path, sample(), nil); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := sample()
	slices.SortFunc(want, func(a, b array.Named) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	for i, w := range want {
		g := s.Tensors[i]
		gv, err := g.Float64()
		wv, _ := w.Float64()
		if err != nil || g.Name != w.Name || g.DType != w.DType || !slices.Equal(g.Shape, append([]int{}, w.Shape...)) || !slices.Equal(gv, wv) {
			t.Errorf("%s: %v %v %v, want %v", g.Name, g.Shape, gv, err, wv)
		}
	}
}

// TestPythonReadsIt reads the file with numpy, by the description of the format:
// Debian has no package of the reference implementation.
func TestPythonReadsIt(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import numpy").Run() != nil {
		t.Skip("numpy is not installed: python3-numpy")
	}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := WriteFile(path, sample(), nil); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(interpreter, "-c", `
import json, struct, sys, numpy as np
b = open(sys.argv[1], "rb").read()
n, = struct.unpack("<Q", b[:8])
assert n % 8 == 0
h = json.loads(b[8:8 + n])
t = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U8": "u1"}
get = lambda k: np.frombuffer(b[8 + n:][slice(*h[k]["data_offsets"])], t[h[k]["dtype"]]).reshape(h[k]["shape"])
assert (get("b") == [[1, 2], [3, 4.5]]).all() and get("a") == -7 and get("c").shape == (0,) and (get("d") == [1, 2, 3]).all()
assert max(v["data_offsets"][1] for v in h.values()) == len(b) - 8 - n
`, path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":            {},
		"header too long":  binary.LittleEndian.AppendUint64(nil, 1<<40),
		"not JSON":         file(`{"x"`, ""),
		"gap":              file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "ab"),
		"bytes left over":  file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "ab"),
		"truncated":        file(`{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}`, "ab"),
		"overlap":          file(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "ab"),
		"shape":            file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, "abcd"),
		"shape overflows":  file(`{"x":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,4]}}`, "abcd"),
		"backwards":        file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,-1]}}`, "a"),
		"other case":       file(`{"x":{"dtype":"U8","shape":[1],"Data_offsets":[0,1]}}`, "a"),
		"a name twice":     file(`{"x":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}`, "a"),
		"a tensor twice":   file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}`, "a"),
		"unknown field":    file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"z":1}}`, "a"),
		"metadata no text": file(`{"__metadata__":{"a":1},"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "a"),
	} {
		if _, err := Read(bytes.NewReader(b), int64(len(b))); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A tensor of a type that is not read is named, and the others are read.
func TestUnsupportedTensor(t *testing.T) {
	b := file(`{"w":{"dtype":"F8_E4M3","shape":[1,2],"data_offsets":[0,2]},"x":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, "abc")
	s, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Tensors) != 1 || s.Tensors[0].Name != "x" || len(s.Unsupported) != 1 || s.Unsupported[0].Name != "w" || s.Unsupported[0].Err() == nil {
		t.Errorf("%+v, unsupported %+v", s.Tensors, s.Unsupported)
	}
	if v, err := s.Tensors[0].Float64(); err != nil || v[0] != 'c' {
		t.Errorf("%v, %v", v, err)
	}
}

func FuzzRead(f *testing.F) {
	var buf bytes.Buffer
	if err := Write(&buf, sample(), map[string]string{"format": "pt"}); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Add(file(`{"x":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}`, "ab"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, a := range s.Tensors {
			if v, err := a.Float32(); err != nil || len(v) > len(b) {
				t.Fatalf("%s: %d values, %v", a.Name, len(v), err)
			}
		}
	})
}
