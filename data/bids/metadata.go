package bids

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Description is dataset_description.json.
type Description struct {
	Name        string   `json:"Name"`
	BIDSVersion string   `json:"BIDSVersion"`
	DatasetType string   `json:"DatasetType,omitempty"` // "raw" or "derivative"
	License     string   `json:"License,omitempty"`
	Authors     []string `json:"Authors,omitempty"`
	DatasetDOI  string   `json:"DatasetDOI,omitempty"`
}

// Sidecar is the metadata of a run after inheritance. Only the fields that time the
// volumes must be of the right type; the others are kept as they stand.
type Sidecar struct {
	RepetitionTime float64   `json:"RepetitionTime,omitempty"` // s between volumes; 0 when no file says it
	VolumeTiming   []float64 `json:"VolumeTiming,omitempty"`   // s at which each volume begins, in place of RepetitionTime
	TaskName       string    `json:"TaskName,omitempty"`

	Fields map[string]jsontext.Value `json:"-"` // all of them, as in the files
	Files  []string                  `json:"-"` // where they come from, the nearest last
}

// Timing is the repetition time of the volumes in seconds, 0 when the metadata do not
// give it. Volumes that VolumeTiming places at other than equal steps from 0 fail with
// ErrMetadata, as do metadata that give both fields: BIDS allows one of them.
func (s *Sidecar) Timing() (float64, error) {
	at := s.VolumeTiming
	where := "bids: metadata"
	if n := len(s.Files); n > 0 {
		where = "bids: " + s.Files[n-1]
	}
	switch {
	case len(at) == 0:
		return s.RepetitionTime, nil
	case s.RepetitionTime > 0:
		return 0, fmt.Errorf("%s: %w: both RepetitionTime and VolumeTiming say when volumes begin; remove the one that is not true of the run", where, ErrMetadata)
	case len(at) == 1:
		return 0, fmt.Errorf("%s: %w: VolumeTiming has one time, which gives no repetition time", where, ErrMetadata)
	}
	tr := (at[len(at)-1] - at[0]) / float64(len(at)-1)
	const tolerance = 1e-3 // s, as far as scanners round
	for i, t := range at {
		if away := t - float64(i)*tr; !(math.Abs(away) <= tolerance) {
			return 0, fmt.Errorf("%s: %w: VolumeTiming places volume %d at %g s, equal steps of %.6g s from 0 would place it at %.6g s; sparse or irregular sampling is not supported", where, ErrMetadata, i+1, t, tr, float64(i)*tr)
		}
	}
	if !(tr > 0) {
		return 0, fmt.Errorf("%s: %w: VolumeTiming does not ascend", where, ErrMetadata)
	}
	return tr, nil
}

// StartTime is how many seconds into a volume its values stand: where slice timing moved
// them to, as fMRIPrep notes; 0 without that field.
func (s *Sidecar) StartTime() (float64, error) {
	value, ok := s.Fields["StartTime"]
	if !ok {
		return 0, nil
	}
	var start float64
	if err := json.Unmarshal(value, &start); err != nil || start < 0 {
		return 0, fmt.Errorf("bids: %s: %w: StartTime is %s", s.Files[len(s.Files)-1], ErrMetadata, value)
	}
	return start, nil
}

// mergeSidecars reads files in order; later ones win, key by key.
func mergeSidecars(files []string) (*Sidecar, error) {
	s := &Sidecar{Fields: map[string]jsontext.Value{}, Files: files}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("bids: %w", err)
		}
		if err := s.merge(path, raw); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Sidecar) merge(path string, raw []byte) error {
	fields, err := decodeObject(path, raw)
	if err != nil {
		return err
	}
	for key, into := range map[string]any{"RepetitionTime": &s.RepetitionTime, "VolumeTiming": &s.VolumeTiming} {
		if value, ok := fields[key]; ok {
			if err := json.Unmarshal(value, into); err != nil {
				// The value is a part of raw, so its place there is that of the error.
				return jsonError(path, raw, offsetOf(raw, value), fmt.Errorf("field %s: %w", key, err))
			}
		}
	}
	for k, v := range fields {
		s.Fields[k] = v
	}
	s.TaskName = text(s.Fields["TaskName"])
	if s.RepetitionTime < 0 {
		return fmt.Errorf("bids: %s: %w: RepetitionTime is %g s", path, ErrMetadata, s.RepetitionTime)
	}
	return nil
}

// decodeDescription takes what is text from fields that files type loosely: nothing
// is computed from them.
func decodeDescription(path string, raw []byte) (Description, error) {
	fields, err := decodeObject(path, raw)
	if err != nil {
		return Description{}, err
	}
	d := Description{
		Name: text(fields["Name"]), BIDSVersion: text(fields["BIDSVersion"]), DatasetType: text(fields["DatasetType"]),
		License: text(fields["License"]), DatasetDOI: text(fields["DatasetDOI"]),
	}
	if json.Unmarshal(fields["Authors"], &d.Authors) != nil {
		d.Authors = nil
		if one := text(fields["Authors"]); one != "" {
			d.Authors = []string{one}
		}
	}
	return d, nil
}

// text is a JSON string, "" for anything else.
func text(value jsontext.Value) string {
	var s string
	if json.Unmarshal(value, &s, jsontext.AllowInvalidUTF8(true)) != nil {
		return ""
	}
	return s
}

// decodeObject reads a JSON object as Python does: keys are matched exactly, and of
// equal keys the last counts. It says line and column of what is wrong.
func decodeObject(path string, raw []byte) (map[string]jsontext.Value, error) {
	var fields map[string]jsontext.Value
	err := json.Unmarshal(bytes.TrimPrefix(raw, []byte(byteOrderMark)), &fields, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err == nil {
		return fields, nil
	}
	var offset int64
	var syntax *jsontext.SyntacticError
	var mismatch *json.SemanticError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.ByteOffset
	case errors.As(err, &mismatch):
		offset = mismatch.ByteOffset
	}
	return nil, jsonError(path, raw, int(offset), err)
}

func jsonError(path string, raw []byte, offset int, err error) error {
	before := raw[:min(max(offset, 0), len(raw))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Errorf("bids: %s:%d:%d: %w: %w", path, line, column, ErrMetadata, err)
}

// offsetOf is where value, which is a copy of a part of raw, stands there last.
func offsetOf(raw []byte, value jsontext.Value) int { return bytes.LastIndex(raw, value) }
