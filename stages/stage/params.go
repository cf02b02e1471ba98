package stage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// decodeParams lays raw over the defaults, strictly.
func decodeParams[P any](name string, raw json.RawMessage, defaults P) (P, error) {
	p, err := clone(defaults)
	if err != nil {
		return p, fmt.Errorf("stage %s: defaults: %w", name, err)
	}
	if len(bytes.TrimSpace(raw)) > 0 {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&p); err != nil {
			return p, fmt.Errorf("stage %s: parameters: %w", name, explain(err, reflect.TypeOf(defaults)))
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return p, fmt.Errorf("stage %s: parameters: text after the JSON object", name)
		}
	}
	if v, ok := any(p).(Validator); ok {
		if err := v.Validate(); err != nil {
			return p, fmt.Errorf("stage %s: parameters: %w", name, err)
		}
	}
	return p, nil
}

// clone copies the defaults deeply, so that decoding into slices and maps of a
// run never touches them.
func clone[P any](p P) (P, error) {
	var out P
	text, err := json.Marshal(p)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(text, &out)
}

// explain adds the nearest valid name to an unknown-field error.
func explain(err error, t reflect.Type) error {
	const prefix = "json: unknown field "
	if text := err.Error(); strings.HasPrefix(text, prefix) {
		field := strings.Trim(strings.TrimPrefix(text, prefix), `"`)
		if near := Nearest(field, Fields(t)); near != "" {
			return fmt.Errorf("unknown field %q: did you mean %q?", field, near)
		}
		return fmt.Errorf("unknown field %q", field)
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("field %q: got a %s, want %s", wrong.Field, wrong.Value, wrong.Type)
	}
	return err
}
