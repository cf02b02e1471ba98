package command

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realnet/data/array"
	"realnet/data/npy"
	"realnet/pipeline/arrays"
)

// fixture is testdata/commands.json, made by ci/reference/commands.py with scipy
// 1.10 and numpy 1.24.
type fixture struct {
	Patterns [][]float64          `json:"patterns"`
	RDM      map[string][]float64 `json:"rdm"`
	CV       struct {
		Rows       [][]float64 `json:"rows"`
		Crossnobis []float64   `json:"crossnobis"`
	} `json:"cv"`
	Model    []float64            `json:"model"`
	Brain    [][]float64          `json:"brain"`
	RSA      map[string][]float64 `json:"rsa"`
	Ceiling  map[string]float64   `json:"ceiling"`
	Subjects [][]float64          `json:"subjects"`
	Other    [][]float64          `json:"other"`
	TTest    map[string][]float64 `json:"ttest"`
	Paired   map[string][]float64 `json:"paired"`
	Wilcoxon map[string][]float64 `json:"wilcoxon"`
	SignFlip map[string][]float64 `json:"signflip"`
}

func readFixture(t *testing.T) fixture {
	t.Helper()
	text, err := os.ReadFile("testdata/commands.json")
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// saveRows writes a matrix as .npy.
func saveRows(t *testing.T, path string, rows [][]float64) string {
	t.Helper()
	var flat []float64
	for _, r := range rows {
		flat = append(flat, r...)
	}
	return save(t, path, []int{len(rows), len(rows[0])}, flat)
}

func save(t *testing.T, path string, shape []int, values []float64) string {
	t.Helper()
	if err := npy.WriteFile(path, array.Of(shape, values)); err != nil {
		t.Fatal(err)
	}
	return path
}

func saveText(t *testing.T, path string, lines ...string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// load reads what a command wrote.
func load(t *testing.T, path string) *arrays.Array {
	t.Helper()
	a, err := arrays.Read(t.Context(), path, arrays.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// succeed runs a command that must end with code 0 and returns its output.
func succeed(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := execute(t, args...)
	if code != ExitOK {
		t.Fatalf("realnet %s: code %d\n%s", strings.Join(args, " "), code, errs)
	}
	return out
}

// fail runs a command that must end with a code and say something.
func fail(t *testing.T, code int, say string, args ...string) {
	t.Helper()
	got, out, errs := execute(t, args...)
	if got != code || !strings.Contains(errs, say) || out != "" {
		t.Errorf("realnet %s: code %d, want %d with %q\nstdout: %s\nstderr: %s", strings.Join(args, " "), got, code, say, out, errs)
	}
}

// decode reads one JSON object and nothing else, with no field that v lacks.
func decode(t *testing.T, text string, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if d.More() {
		t.Fatalf("more than one JSON object: %s", text)
	}
}

// equal compares with a relative tolerance.
func equal(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance*(1+math.Abs(want[i]))) {
			t.Errorf("%s: value %d is %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

func in(t *testing.T) func(name string) string {
	dir := t.TempDir()
	return func(name string) string { return filepath.Join(dir, name) }
}
