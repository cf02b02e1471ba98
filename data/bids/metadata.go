package bids

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
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

// Sidecar is the metadata of a run after inheritance.
type Sidecar struct {
	RepetitionTime float64   `json:"RepetitionTime"` // s between volumes; 0 when no file says it
	TaskName       string    `json:"TaskName"`
	EchoTime       float64   `json:"EchoTime,omitempty"`    // s
	SliceTiming    []float64 `json:"SliceTiming,omitempty"` // s after the start of the volume

	Fields map[string]json.RawMessage `json:"-"` // all of them, as in the files
	Files  []string                   `json:"-"` // where they come from, the nearest last
}

// mergeSidecars reads files in order; later ones win, key by key.
func mergeSidecars(files []string) (*Sidecar, error) {
	s := &Sidecar{Fields: map[string]json.RawMessage{}, Files: files}
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
	var fields map[string]json.RawMessage
	if err := decodeJSON(path, raw, &fields); err != nil {
		return err
	}
	for k, v := range fields {
		s.Fields[k] = v
	}
	if err := decodeJSON(path, raw, s); err != nil {
		return err
	}
	if s.RepetitionTime < 0 {
		return fmt.Errorf("bids: %s: %w: RepetitionTime is %g s", path, ErrMetadata, s.RepetitionTime)
	}
	return nil
}

// decodeJSON says line and column of what is wrong.
func decodeJSON(path string, raw []byte, into any) error {
	err := json.Unmarshal(bytes.TrimPrefix(raw, []byte(byteOrderMark)), into)
	if err == nil {
		return nil
	}
	var offset int64
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &mismatch):
		offset = mismatch.Offset
	}
	before := raw[:min(int(offset), len(raw))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n') - 1
	return fmt.Errorf("bids: %s:%d:%d: %w: %w", path, line, max(column, 1), ErrMetadata, err)
}
