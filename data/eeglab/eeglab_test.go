package eeglab

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"realnet/data/internal/reference"
	"realnet/data/matfile"
)

// TestAgainstMNE compares names and times with mne.read_epochs_eeglab, and every value
// within a rounding to float32.
func TestAgainstMNE(t *testing.T) {
	type read struct {
		File            string
		Channels, Names []string
		Times, Values   []float64
	}
	list := reference.Values[read](t, "mne, scipy", "../../ci/reference/eeglab.py", t.TempDir())
	for _, want := range list {
		e, err := Open(want.File)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
		number := func(a, b string) bool { // MNE writes 1.0 for the number 1
			x, err1 := strconv.ParseFloat(a, 64)
			y, err2 := strconv.ParseFloat(b, 64)
			return a == b || err1 == nil && err2 == nil && x == y
		}
		if !slices.Equal(e.Channels, want.Channels) || !slices.EqualFunc(e.Seconds, want.Times, near) || !slices.EqualFunc(e.Conditions, want.Names, number) {
			t.Errorf("%s: %q %v %q, MNE has %q %v %q", want.File, e.Channels, e.Seconds, e.Conditions, want.Channels, want.Times, want.Names)
		}
		v, err := e.Read(t.Context())
		if err != nil || len(v) != len(want.Values) {
			t.Fatalf("%s: %d values, %v", want.File, len(v), err)
		}
		for i := range v {
			if math.Abs(float64(v[i])-want.Values[i]) > 1.2e-7*math.Abs(want.Values[i]) {
				t.Errorf("%s: value %d is %v, MNE has %v", want.File, i, v[i], want.Values[i])
				break
			}
		}
	}
	if files := len(list); files != 6 {
		t.Errorf("%d files", files)
	}
}

func TestRefused(t *testing.T) {
	if _, err := Open("../matfile/testdata/plain.mat"); !errors.Is(err, ErrFormat) {
		t.Errorf("another .mat: %v", err)
	}
	path := filepath.Join(t.TempDir(), "x.set")
	if err := os.WriteFile(path, []byte("no data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, matfile.ErrNotMAT) {
		t.Errorf("text: %v", err)
	}
}
