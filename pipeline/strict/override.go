package strict

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// apply sets one dotted key in the decoded tree. Keys go through fields, map
// keys and list indices: variants.0.beta, stats.alpha.
func apply(o Override, root map[string]any, t reflect.Type) error {
	fault := func(format string, args ...any) error {
		return &Error{File: "--set", Field: o.Key, Problem: fmt.Sprintf(format, args...)}
	}
	steps := strings.Split(o.Key, ".")
	var place any = root
	store := func(any) {}
	for i, step := range steps {
		last := i == len(steps)-1
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.Struct, reflect.Map:
			var next reflect.Type
			if t.Kind() == reflect.Map {
				next = t.Elem()
			} else {
				var ok bool
				if next, ok = fieldType(t, step); !ok {
					return fault("unknown field %q%s", step, suggestion(step, t))
				}
			}
			m, ok := place.(map[string]any)
			if !ok {
				m = map[string]any{}
				store(m)
			}
			if last {
				v, err := overrideValue(o, next)
				if err != nil {
					return err
				}
				m[step] = v
				return nil
			}
			place, t = m[step], next
			store = func(v any) { m[step] = v }
		case reflect.Slice:
			list, _ := place.([]any)
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(list) {
				return fault("%q is not an index into %d entries", step, len(list))
			}
			if last {
				v, err := overrideValue(o, t.Elem())
				if err != nil {
					return err
				}
				list[n] = v
				return nil
			}
			place, t = list[n], t.Elem()
			store = func(v any) { list[n] = v }
		default:
			return fault("%s has no fields", strings.Join(steps[:i], "."))
		}
	}
	return nil
}

// overrideValue reads the value as YAML of the wanted type.
func overrideValue(o Override, t reflect.Type) (any, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n := len(o.Value); t.Kind() == reflect.String && (n < 2 || o.Value[0] != o.Value[n-1] || !strings.ContainsAny(o.Value[:1], `'"`)) {
		return o.Value, nil // as spelt, unless it is quoted
	}
	tree, err := parse("--set "+o.Key, []byte(o.Value))
	if err != nil {
		return nil, err
	}
	if tree == nil {
		return nil, &Error{File: "--set", Field: o.Key, Problem: "has no value"}
	}
	return (&decoder{file: "--set"}).value(tree, t, o.Key)
}
