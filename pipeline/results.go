package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"realnet/artifacts/schemas/page"
	"realnet/stages/report/number"
)

// Result is one entry of results.json. A number that does not apply is null
// there and nil here.
type Result struct {
	Name       string   `json:"name"`
	Kind       string   `json:"kind"`
	Value      *float64 `json:"value"`
	CILow      *float64 `json:"ci_low"`
	CIHigh     *float64 `json:"ci_high"`
	P          *float64 `json:"p"`           // not corrected
	PCorrected *float64 `json:"p_corrected"` // for the other results of its family
	N          int64    `json:"n"`
	Pass       *bool    `json:"pass"` // nil when the result is no check
	Text       string   `json:"text,omitempty"`
	Model      string   `json:"model,omitempty"`
	Reference  string   `json:"reference,omitempty"`
	Relation   string   `json:"relation,omitempty"`
	Layer      string   `json:"layer,omitempty"`
	Subject    string   `json:"subject,omitempty"`
	Planted    string   `json:"planted,omitempty"`
}

// Results is the content of results.json.
type Results struct {
	Study   string          `json:"study"`
	Partial []string        `json:"partial,omitempty"` // nodes that failed, when some did
	Params  json.RawMessage `json:"parameters"`
	Results []Result        `json:"results"`
}

// ErrNoResults is returned when a run's folder has no results yet.
var ErrNoResults = errors.New("has no results")

// ReadResults reads results.json of a run's folder: the one that this very run
// wrote.
func ReadResults(dir string) (Results, error) {
	var r Results
	rec, err := ReadRun(dir)
	if err != nil {
		return r, err
	}
	if rec.Missing != "" {
		return r, fmt.Errorf("%s %w: %s", dir, ErrNoResults, rec.Missing)
	}
	if len(rec.Files) == 0 {
		return r, fmt.Errorf("%s %w that are sure to be its own: an older version wrote %s; run the study again (nothing is computed twice)", dir, ErrNoResults, RunFile)
	}
	text, err := rec.read(dir, page.Results)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w", filepath.Join(dir, page.Results), err)
	}
	return r, nil
}

// Headlines are the checks of the study, one line each.
func (r Results) Headlines() []string {
	var lines []string
	for _, e := range r.Results {
		if e.Pass == nil {
			continue
		}
		mark := "pass"
		if !*e.Pass {
			mark = "FAIL"
		}
		line := fmt.Sprintf("%s  %s = %s", mark, e.Name, shown(e.Value))
		if e.CILow != nil && e.CIHigh != nil {
			line += fmt.Sprintf(" [%s, %s]", shown(e.CILow), shown(e.CIHigh))
		}
		if e.PCorrected != nil {
			line += fmt.Sprintf(", corrected p = %s", shown(e.PCorrected))
		}
		if e.N > 0 {
			line += fmt.Sprintf(", n = %d", e.N)
		}
		lines = append(lines, line)
	}
	return lines
}

// ErrCheckFailed is returned when a check of the study failed: the run is
// complete and its report says what that means.
var ErrCheckFailed = errors.New("checks failed")

// FailedChecks returns an error that names the failed checks, nil when none
// failed.
func (r Results) FailedChecks() error {
	var names []string
	for _, e := range r.Results {
		if e.Pass != nil && !*e.Pass {
			names = append(names, e.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s (the report says what each means)", ErrCheckFailed, strings.Join(names, ", "))
}

func shown(v *float64) string {
	switch {
	case v == nil:
		return "-"
	case math.Abs(*v) >= 1e-3 || *v == 0:
		return number.Short(*v, 4)
	}
	return number.Short(*v, 2)
}

// String shows the value with its interval, "-" for none.
func (r *Result) String() string {
	if r == nil {
		return "-"
	}
	text := shown(r.Value)
	if r.CILow != nil && r.CIHigh != nil {
		text += fmt.Sprintf(" [%s, %s]", shown(r.CILow), shown(r.CIHigh))
	}
	return text
}
