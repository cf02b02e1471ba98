package fiff

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"realnet/data/internal/reference"
)

// TestAgainstMNE reads what MNE wrote and compares with what MNE reads: names, times and
// every value, equal in float32 but for the last bit (the calibration is stored in
// float32).
func TestAgainstMNE(t *testing.T) {
	type read struct {
		File            string
		Channels, Names []string
		Rate            float64
		Times, Values   []float64
		Projections     int
		Sample          []int
	}
	list := reference.Values[read](t, "mne", "../../ci/reference/fiff.py", t.TempDir(), "3")
	for _, want := range list {
		e, err := Open(want.File)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		defer func() { _ = e.Close() }()
		var channels []string
		for _, c := range e.Data() {
			channels = append(channels, e.Channels[c].Name)
		}
		near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-12 }
		if !slices.Equal(channels, want.Channels) || e.Rate != want.Rate || !slices.EqualFunc(e.Times(), want.Times, near) || !slices.Equal(e.Names(), want.Names) || e.Projections != want.Projections {
			t.Errorf("%s: %q at %v, %v, %q, %d projections, want %+v", filepath.Base(want.File), channels, e.Rate, e.Times(), e.Names(), e.Projections, want)
		}
		var got []float32
		if want.Sample == nil {
			got, err = e.Read(t.Context(), e.Data(), 0, len(e.Events))
		}
		for _, i := range want.Sample {
			one, e := e.Read(t.Context(), e.Data(), i, i+1)
			got, err = append(got, one...), errors.Join(err, e)
		}
		if err != nil || len(got) != len(want.Values) {
			t.Errorf("%s: %d values, %v, want %d", want.File, len(got), err, len(want.Values))
			continue
		}
		for i, v := range got {
			if math.Abs(float64(v)-want.Values[i]) > 1.2e-7*math.Abs(want.Values[i]) {
				t.Errorf("%s: value %d is %v, MNE has %v", filepath.Base(want.File), i, v, want.Values[i])
				break
			}
		}
	}
	if files := len(list); files != 15 {
		t.Errorf("%d files", files)
	}
}

// TestDamaged changes and cuts a file: errors, no panic, and no memory for what is not
// there.
func TestDamaged(t *testing.T) {
	whole, err := os.ReadFile("testdata/small-epo.fif")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x-epo.fif")
	try := func(raw []byte) {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := Open(path)
		if err != nil {
			return
		}
		defer func() { _ = e.Close() }()
		_, _ = e.Read(t.Context(), e.Data(), 0, len(e.Events))
		_ = e.Names()
	}
	for i := 0; i < len(whole); i += 3 {
		changed := bytes.Clone(whole)
		changed[i] ^= 0xff
		try(changed)
		try(whole[:i])
	}
	for _, text := range []string{"", "text", string(whole[:16])} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); !errors.Is(err, ErrFormat) && !errors.Is(err, ErrUnsupported) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
