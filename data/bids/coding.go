package bids

import (
	"slices"

	"github.com/go-json-experiment/json"
)

// Coding says how a data set writes down what its events are.
type Coding struct {
	Condition string   `json:"condition"` // column that names what was shown
	Type      string   `json:"type"`      // column that tells kinds of events apart; "" when all are stimuli
	Stimulus  []string `json:"stimulus"`  // values of Type for something shown
	Repeat    []string `json:"repeat"`    // for a one-back repeat
	Rest      []string `json:"rest"`      // for baseline
	Ignore    []string `json:"ignore"`    // for what is left out, such as cues
}

// UnmarshalJSON lays the fields given over the coding. A condition without a type names
// what every event shows: it does not keep the kinds of another coding.
func (c *Coding) UnmarshalJSON(text []byte) error {
	var given struct {
		Condition *string `json:"condition"`
		Type      *string `json:"type"`
	}
	if err := json.Unmarshal(text, &given); err != nil {
		return err
	}
	if given.Condition != nil && given.Type == nil {
		*c = Coding{}
	}
	type plain Coding // without this method
	return json.Unmarshal(text, (*plain)(c), json.RejectUnknownMembers(true))
}

// ShenCoding is that of the image presentation of ds001506 (its README).
func ShenCoding() Coding {
	return Coding{Condition: "stimulus_name", Type: "event_type", Stimulus: []string{"1"}, Repeat: []string{"2"}, Rest: []string{"-1", "-2", "-3"}}
}

// Trial is an event by its coding.
type Trial struct {
	Onset, Duration float64 // s
	Condition       string  // "" at rest
	Rest, Repeat    bool
	Row             int // of the table
}

// Trials reads events by a coding. It fails with ErrTable on a kind that the coding
// does not name, and on a stimulus without condition or duration.
func (e *Events) Trials(c Coding) ([]Trial, error) {
	conditions, err := e.Text(c.Condition)
	if err != nil {
		return nil, err
	}
	var kinds []string
	if c.Type != "" {
		if kinds, err = e.Text(c.Type); err != nil {
			return nil, err
		}
	}
	var trials []Trial
	for i := range e.Rows {
		t := Trial{Onset: e.Onset[i], Duration: e.Duration[i], Condition: conditions[i], Row: i}
		if kinds != nil {
			switch kind := kinds[i]; {
			case slices.Contains(c.Ignore, kind):
				continue
			case slices.Contains(c.Rest, kind):
				t.Rest, t.Condition = true, ""
			case slices.Contains(c.Repeat, kind):
				t.Repeat = true
			case !slices.Contains(c.Stimulus, kind):
				return nil, e.cellError(i, c.Type, "%q is none of stimulus %q, repeat %q, rest %q, ignore %q", kind, c.Stimulus, c.Repeat, c.Rest, c.Ignore)
			}
		}
		if !t.Rest && (t.Condition == "" || t.Condition == "n/a") {
			return nil, e.cellError(i, c.Condition, "a stimulus must have a condition")
		}
		if !(t.Duration >= 0) {
			return nil, e.cellError(i, "duration", "a trial must have a duration")
		}
		trials = append(trials, t)
	}
	return trials, nil
}
