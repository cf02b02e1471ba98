package pipeline

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"realnet/stages/stage"
)

// mostVariants bounds what a sweep expands into.
const mostVariants = 1000

// seedKey is the key of a sweep that gives variants seeds of their own.
const seedKey = "seed"

// expandSweep replaces the variants of a study by every combination of the sweep's
// values: {train.beta: [10, 20], seed: [1..3]} makes of a variant six. The control, and
// variants that have a value of their own for a swept field, stay as they are, so that
// a study that is expanded already expands no further. Equal steps of the variants have
// the same key, so that they run once.
func (s *Study) expandSweep() error {
	if len(s.Sweep) == 0 {
		return nil
	}
	keys := slices.Sorted(maps.Keys(s.Sweep))
	slices.SortStableFunc(keys, func(a, b string) int { // repetitions last
		return boolOrder(a == seedKey) - boolOrder(b == seedKey)
	})
	points := []Variant{{}}
	for _, key := range keys {
		values, err := expandRanges(s.Sweep[key])
		if err != nil {
			return fmt.Errorf("sweep.%s: %w", key, err)
		}
		if len(points)*len(values) > mostVariants {
			return fmt.Errorf("sweep: more than %d combinations", mostVariants)
		}
		next := make([]Variant, 0, len(points)*len(values))
		for _, p := range points {
			for _, text := range values {
				v := p
				if err := v.setField(key, text); err != nil {
					return fmt.Errorf("sweep.%s: %w", key, err)
				}
				v.Name = strings.TrimPrefix(p.Name+"-"+strings.TrimPrefix(key, "train.")+"-"+strings.NewReplacer("/", "_", " ", "_").Replace(text), "-")
				next = append(next, v)
			}
		}
		points = next
	}
	templates := s.Variants
	if len(templates) == 0 {
		templates = []Variant{{}}
	}
	var out []Variant
	for _, t := range templates {
		if t.Name == s.Stats.Control && t.Name != "" || t.hasOwn(keys) {
			out = append(out, t)
			continue
		}
		for _, p := range points {
			v := t
			v.lay(p, keys)
			v.Name = strings.Trim(t.Name+"-"+p.Name, "-")
			out = append(out, v)
		}
	}
	if len(out) > mostVariants {
		return fmt.Errorf("sweep: %d variants, at most %d", len(out), mostVariants)
	}
	s.Variants = out
	return nil
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

// expandRanges replaces FIRST..LAST by the whole numbers between.
func expandRanges(values []string) ([]string, error) {
	var out []string
	for _, text := range values {
		low, high, ok := strings.Cut(text, "..")
		if !ok {
			out = append(out, text)
			continue
		}
		first, err1 := strconv.Atoi(low)
		last, err2 := strconv.Atoi(high)
		if err1 != nil || err2 != nil || last < first || last-first >= mostVariants {
			return nil, fmt.Errorf("%q is no range of whole numbers, as in 1..5", text)
		}
		for n := first; n <= last; n++ {
			out = append(out, strconv.Itoa(n))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no value")
	}
	return out, nil
}

// sweepField is the index of a variant's field that a key of a sweep sets.
func sweepField(key string) (int, error) {
	t := reflect.TypeFor[Variant]()
	var keys []string
	for i := range t.NumField() {
		name := stage.JSONName(t.Field(i))
		switch name {
		case "name", "gain":
			continue
		case seedKey:
		default:
			name = "train." + name
		}
		if name == key {
			return i, nil
		}
		keys = append(keys, name)
	}
	return 0, fmt.Errorf("cannot be swept%s (can: %s)", didYouMean(key, keys), strings.Join(keys, ", "))
}

// setField sets a field from its text; lists of layers are joined by +, as V4+IT.
func (v *Variant) setField(key, text string) error {
	i, err := sweepField(key)
	if err != nil {
		return err
	}
	field := reflect.ValueOf(v).Elem().Field(i)
	raw := []byte(text)
	if field.Kind() == reflect.Slice {
		if raw, err = json.Marshal(strings.Split(text, "+")); err != nil {
			return err
		}
	}
	if json.Unmarshal(raw, field.Addr().Interface()) == nil && !field.IsZero() {
		return nil
	}
	if raw, err = json.Marshal(text); err != nil {
		return err
	}
	if json.Unmarshal(raw, field.Addr().Interface()) != nil {
		return fmt.Errorf("%q is no value of it", text)
	}
	return nil
}

// hasOwn reports whether the variant has a value of its own for one of the keys.
func (v Variant) hasOwn(keys []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		i, err := sweepField(key)
		return err == nil && !reflect.ValueOf(v).Field(i).IsZero()
	})
}

// lay takes the swept fields of a point.
func (v *Variant) lay(p Variant, keys []string) {
	for _, key := range keys {
		if i, err := sweepField(key); err == nil {
			reflect.ValueOf(v).Elem().Field(i).Set(reflect.ValueOf(p).Field(i))
		}
	}
}
