package bids

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"realnet/data/realdata"
)

// Each run of ds001506 shows 50 images and repeats 5 of them right after, as its README
// says; training runs show 50 different images.
func TestShenTrials(t *testing.T) {
	d, err := Open(realdata.Path(t, "ds001506"))
	if err != nil {
		t.Fatal(err)
	}
	runs, err := d.Runs(Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range runs {
		events, err := ReadEvents(run.Events)
		if err != nil {
			t.Fatal(err)
		}
		trials, err := events.Trials(ShenCoding())
		if err != nil {
			t.Fatal(err)
		}
		shown, repeats, rest := map[string]bool{}, 0, 0.0
		for i, trial := range trials {
			switch {
			case trial.Rest:
				rest += trial.Duration
			case trial.Repeat:
				repeats++
				if trials[i-1].Condition != trial.Condition {
					t.Errorf("%s: repeat of %s after %s", run.Name, trial.Condition, trials[i-1].Condition)
				}
			default:
				shown[trial.Condition] = true
			}
		}
		if len(shown) != 50 || repeats != 5 || rest != 38 {
			t.Errorf("%s: %d images, %d repeats, %g s of rest; want 50, 5 and 38", run.Name, len(shown), repeats, rest)
		}
	}
}

func TestTrialsRefuse(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown kind", "onset\tduration\tevent_type\tstimulus_name\n0\t1\t7\ta\n", `:2: invalid table: column 3 (event_type): "7" is none of`},
		{"no name", "onset\tduration\tevent_type\tstimulus_name\n0\t1\t1\tn/a\n", "column 4 (stimulus_name)"},
		{"no duration", "onset\tduration\tevent_type\tstimulus_name\n0\tn/a\t1\ta\n", "column 2 (duration)"},
		{"no column", "onset\tduration\tstimulus_name\n0\t1\ta\n", `no column "event_type"`},
	} {
		table, err := parseTable("e.tsv", []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		events, err := newEvents(table)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := events.Trials(ShenCoding()); !errors.Is(err, ErrTable) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestHaxbyRuns(t *testing.T) {
	root := realdata.Path(t, "haxby2001")
	runs, err := OpenfMRIRuns(root, "bold_25mm.nii.gz")
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 12 {
		t.Fatalf("%d runs, want 12", len(runs))
	}
	for i, run := range runs {
		if run.Subject() != "001" || compareLabels(run.Name.Get("run"), "0") <= 0 || run.Motion == "" {
			t.Errorf("run %d: %+v", i, run)
		}
		s, err := run.Sidecar()
		if err != nil || s.RepetitionTime != 2.5 {
			t.Errorf("sidecar: %+v, %v", s, err)
		}
		events, err := ReadEvents(run.Events)
		if err != nil {
			t.Fatal(err)
		}
		if trials, err := events.Trials(Coding{Condition: "trial_type"}); err != nil || len(trials) != 8 {
			t.Errorf("%d trials, %v", len(trials), err)
		}
	}
	if _, err := OpenfMRIRuns(root, "bold.nii.gz"); !errors.Is(err, ErrNotFound) {
		t.Errorf("absent image: %v", err)
	}
	if _, err := OpenfMRIRuns(t.TempDir(), "bold.nii.gz"); !errors.Is(err, ErrNotFound) {
		t.Errorf("empty folder: %v", err)
	}
}

// A condition alone is enough where every event shows something.
func TestCodingFromJSON(t *testing.T) {
	for text, want := range map[string]Coding{
		`{}`:                          ShenCoding(),
		`{"condition": "trial_type"}`: {Condition: "trial_type"},
		`{"condition": "image", "type": "event_type"}`: {Condition: "image", Type: "event_type", Stimulus: []string{"1"}, Repeat: []string{"2"}, Rest: []string{"-1", "-2", "-3"}},
		`{"rest": ["rest"]}`:                           {Condition: "stimulus_name", Type: "event_type", Stimulus: []string{"1"}, Repeat: []string{"2"}, Rest: []string{"rest"}},
	} {
		got := ShenCoding()
		if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
	c := ShenCoding()
	if err := json.Unmarshal([]byte(`{"Condition": "x"}`), &c); err == nil {
		t.Error("a field of another case was accepted")
	}
}
