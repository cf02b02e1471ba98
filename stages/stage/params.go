package stage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	exact "github.com/go-json-experiment/json"
)

// decodeParams lays raw over the defaults, strictly.
func decodeParams[P any](name string, raw json.RawMessage, defaults P) (P, error) {
	p, err := clone(defaults)
	if err != nil {
		return p, fmt.Errorf("stage %s: defaults: %w", name, err)
	}
	if len(bytes.TrimSpace(raw)) > 0 {
		if err := exact.Unmarshal(raw, &p, exact.RejectUnknownMembers(true)); err != nil {
			return p, fmt.Errorf("stage %s: parameters: %w", name, explain(err, reflect.TypeOf(defaults)))
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
	var wrong *exact.SemanticError
	if !errors.As(err, &wrong) {
		return err
	}
	field := wrong.JSONPointer.LastToken()
	if errors.Is(err, exact.ErrUnknownName) {
		if near := Nearest(field, Fields(t)); near != "" {
			return fmt.Errorf("unknown field %q: did you mean %q?", field, near)
		}
		return fmt.Errorf("unknown field %q", field)
	}
	if wrong.Err == nil && wrong.GoType != nil {
		path := strings.ReplaceAll(strings.TrimPrefix(string(wrong.JSONPointer), "/"), "/", ".")
		return fmt.Errorf("field %q: got a %s, want %s", path, wrong.JSONKind, wrong.GoType)
	}
	return err
}
