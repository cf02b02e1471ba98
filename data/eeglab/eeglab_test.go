package eeglab

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"realnet/data/matfile"
)

// TestAgainstMNE compares names and times with mne.read_epochs_eeglab, and every value
// within a rounding to float32.
func TestAgainstMNE(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import mne, scipy").Run() != nil {
		t.Skip("MNE is not installed: python3-mne")
	}
	list, err := exec.Command(interpreter, "../../ci/reference/eeglab.py", t.TempDir()).Output()
	if err != nil {
		t.Fatal(err)
	}
	in := json.NewDecoder(bytes.NewReader(list))
	files := 0
	for ; ; files++ {
		var want struct {
			File            string
			Channels, Names []string
			Times, Values   []float64
		}
		if err := in.Decode(&want); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
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
	if files != 6 {
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
