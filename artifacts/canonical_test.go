package artifacts

import (
	"bytes"
	"encoding/json"
	"math"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		``: `null`, ` {"b":1,"a":[ true , null ]} `: `{"a":[true,null],"b":1}`,
		`1.0`: `1`, `-0`: `0`, `-0.0`: `0`, `1e3`: `1000`, `0.1`: `0.1`, `1e-5`: `1e-05`, `0.00010`: `0.0001`,
		`1e16`: `1e+16`, `9007199254740993`: `9007199254740993`, `18446744073709551615`: `18446744073709551615`,
		`1.5e300`: `1.5e+300`, `5e-324`: `5e-324`, `123456789.25`: `123456789.25`, `1e15`: `1000000000000000`,
		`"\u00fc\/\u0001\n\"\u2028\ud83d\ude00"`: "\"ü/\\u0001\\n\\\"\u2028😀\"",
		`{"é":1,"z":2,"Z":3,"":4,"😀":5,"～":6}`:   `{"":4,"Z":3,"z":2,"é":1,"～":6,"😀":5}`,
	} {
		got, err := Canonical([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{`{`, `[1,]`, `{"a":1,"a":2}`, `1 2`, `nope`, `1e999`, `"` + "\xff" + `"`, `{"a"}`, `]`, strings.Repeat("[", 2000)} {
		if got, err := Canonical([]byte(in)); err == nil {
			t.Errorf("%q: got %s, want an error", in, got)
		}
	}
}

// TestCanonicalAsPython compares with Python's json module, which FORMAT.md tells
// readers to use.
func TestCanonicalAsPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	values := []any{
		0.1, 1.0 / 3, 1e-4, 9.9999e-5, 1e-7, 123456.789, 1e15 + 0.5, 1.7976931348623157e308, math.SmallestNonzeroFloat64,
		2.5e16, 1e22, 1e23, -12345.678e-10, uint64(math.MaxUint64), "ü\u2028\u0000\x7f\\\"/😀",
		map[string]any{"b": 1, "a": []any{nil, true}, "😀": 1, "～": 2},
	}
	text, err := CanonicalOf(values)
	must(t, err)
	cmd := exec.Command(python, "-c", `import json,sys; sys.stdout.buffer.write(json.dumps(json.loads(sys.stdin.buffer.read()), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())`)
	cmd.Stdin = bytes.NewReader(text)
	got, err := cmd.Output()
	must(t, err)
	if !bytes.Equal(got, text) {
		t.Errorf("Python writes\n%s\nwe write\n%s", got, text)
	}
}

func TestCanonicalKeepsValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Filter(func(f float64) bool { return !math.IsInf(f, 0) && !math.IsNaN(f) }).Draw(t, "f")
		s := rapid.String().Draw(t, "s")
		in, err := json.Marshal(map[string]any{s: f})
		if err != nil {
			t.Fatal(err)
		}
		text, err := Canonical(in)
		if err != nil {
			t.Fatal(err)
		}
		var out map[string]float64
		if err := json.Unmarshal(text, &out); err != nil {
			t.Fatal(err)
		}
		if got, ok := out[s]; len(out) != 1 || !ok || got != f {
			t.Fatalf("%s became %s", in, text)
		}
		again, err := Canonical(text)
		if err != nil || !bytes.Equal(again, text) {
			t.Fatalf("%s is not canonical: %s %v", text, again, err)
		}
	})
}
