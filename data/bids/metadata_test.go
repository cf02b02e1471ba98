package bids

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// Values as Python's json.loads gives them: keys are exact, the last of equal ones counts.
func TestKeysAreExact(t *testing.T) {
	for text, want := range map[string]float64{
		`{"RepetitionTime": 2, "repetitiontime": 7}`:                        2,
		`{"repetitiontime": 7, "RepetitionTime": 2}`:                        2,
		`{"REPETITIONTIME": 7}`:                                             0,
		`{"RepetitionTime": 7, "RepetitionTime": 2}`:                        2,
		`{"RepetitionTime": 2, "TaskName": 5, "EchoTime": [1, 2]}`:          2, // loosely typed, unused
		"{\"RepetitionTime\": 2, \"Manufacturer\": \"caf\xe9\"}":            2, // Latin-1
		`{"RepetitionTime": 2, "repetitionTime": {"deep": {"deep": "no"}}}`: 2,
	} {
		s := Sidecar{Fields: map[string]jsontext.Value{}}
		if err := s.merge("b.json", []byte(text)); err != nil || s.RepetitionTime != want {
			t.Errorf("%s: %g, %v, want %g", text, s.RepetitionTime, err, want)
		}
	}
	d, err := decodeDescription("d.json", []byte(`{"Name": "x", "name": "y", "Authors": "A", "BIDSVersion": 1.8, "HowToAcknowledge": ["a"]}`))
	if err != nil || d.Name != "x" || len(d.Authors) != 1 || d.Authors[0] != "A" {
		t.Errorf("description: %+v, %v", d, err)
	}
}

// BIDS 1.9, Timing parameters: VolumeTiming takes the place of RepetitionTime, and both
// must not be given.
func TestVolumeTiming(t *testing.T) {
	for _, c := range []struct {
		text string
		want float64 // NaN: refused
	}{
		{`{"RepetitionTime": 2}`, 2},
		{`{"VolumeTiming": [0, 2, 4, 6]}`, 2},
		{`{"VolumeTiming": [0, 0.72, 1.4403, 2.16]}`, 0.72},
		{`{"VolumeTiming": [0, 2, 5, 7, 10]}`, math.NaN()}, // sparse
		{`{"VolumeTiming": [1, 3, 5]}`, math.NaN()},        // does not begin at 0
		{`{"VolumeTiming": [4, 2, 0]}`, math.NaN()},
		{`{"VolumeTiming": [0, 0, 0]}`, math.NaN()},
		{`{"VolumeTiming": [0]}`, math.NaN()},
		{`{"VolumeTiming": [0, 2], "RepetitionTime": 2}`, math.NaN()},
		{`{"volumetiming": [0, 2, 5]}`, 0},
		{`{}`, 0},
	} {
		s := Sidecar{Fields: map[string]jsontext.Value{}}
		if err := s.merge("b.json", []byte(c.text)); err != nil {
			t.Fatal(err)
		}
		got, err := s.Timing()
		if math.IsNaN(c.want) != errors.Is(err, ErrMetadata) || err == nil && math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %g, %v, want %g", c.text, got, err, c.want)
		}
	}
	s := Sidecar{Fields: map[string]jsontext.Value{}}
	if err := s.merge("b.json", []byte("{\n \"VolumeTiming\": \"soon\"}")); !errors.Is(err, ErrMetadata) || !strings.Contains(err.Error(), "b.json:2:18") {
		t.Errorf("VolumeTiming as text: %v", err)
	}
}
