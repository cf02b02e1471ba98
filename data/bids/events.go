package bids

import (
	"fmt"
	"math"
	"strconv"
)

// Events is an events.tsv: what happened during a run. Onset and Duration are the
// required columns as numbers; everything else stays in the table, as text.
type Events struct {
	*Table
	Onset    []float64 // s after the first volume of the file
	Duration []float64 // s; NaN where the file says n/a
}

// ReadEvents reads an events.tsv.
func ReadEvents(path string) (*Events, error) {
	table, err := ReadTable(path)
	if err != nil {
		return nil, err
	}
	return newEvents(table)
}

func newEvents(table *Table) (*Events, error) {
	e := &Events{Table: table}
	var err error
	if e.Onset, err = table.Float("onset"); err != nil {
		return nil, err
	}
	if e.Duration, err = table.Float("duration"); err != nil {
		return nil, err
	}
	for i := range table.Rows {
		if math.IsNaN(e.Onset[i]) {
			return nil, table.cellError(i, "onset", "an event must have an onset")
		}
		if e.Duration[i] < 0 {
			return nil, table.cellError(i, "duration", "%g s is negative", e.Duration[i])
		}
	}
	return e, nil
}

// NewEvents returns an empty list of events with columns beside onset and duration.
func NewEvents(columns ...string) *Events {
	return &Events{Table: NewTable(append([]string{"onset", "duration"}, columns...)...)}
}

// Add appends an event; cells are those of the columns beside onset and duration.
func (e *Events) Add(onset, duration float64, cells ...string) error {
	if math.IsNaN(onset) || math.IsInf(onset, 0) || !(duration >= 0) || math.IsInf(duration, 0) {
		return fmt.Errorf("bids: %w: event at %g s of %g s", ErrTable, onset, duration)
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	if err := e.Append(append([]string{number(onset), number(duration)}, cells...)...); err != nil {
		return err
	}
	e.Onset, e.Duration = append(e.Onset, onset), append(e.Duration, duration)
	return nil
}
