package stage

import (
	"bytes"
	"cmp"
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
	if err := checkInts("", reflect.ValueOf(p)); err != nil {
		return p, fmt.Errorf("stage %s: parameters: %w", name, err)
	}
	if v, ok := any(p).(Validator); ok {
		if err := v.Validate(); err != nil {
			return p, fmt.Errorf("stage %s: parameters: %w", name, err)
		}
	}
	return p, nil
}

// mostInt bounds whole numbers of parameters, whatever they count: products of a few of
// them then fit 64 bits where memory is reckoned.
const mostInt = 1_000_000_000

// checkInts reports an int that is out of all proportion. Seeds, which are unsigned, and
// int64, for bytes and durations, may have any value.
func checkInts(path string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Int:
		return Within(path, v.Int(), -mostInt, mostInt)
	case reflect.Struct:
		for i := range v.NumField() {
			f, at := v.Type().Field(i), path
			name := JSONName(f)
			switch {
			case f.Anonymous && f.Type.Kind() == reflect.Struct:
			case name == "":
				continue
			default:
				at = strings.TrimPrefix(path+"."+name, ".")
			}
			if err := checkInts(at, v.Field(i)); err != nil {
				return err
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := checkInts(fmt.Sprintf("%s[%d]", path, i), v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if err := checkInts(fmt.Sprintf("%s.%v", path, key), v.MapIndex(key)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Within reports a parameter that is not in a range; NaN is in none.
func Within[T cmp.Ordered](field string, value, low, high T) error {
	if value >= low && value <= high {
		return nil
	}
	return fmt.Errorf("%s: %v is not within %v and %v", field, value, low, high)
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
