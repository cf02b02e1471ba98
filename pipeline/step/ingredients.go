package step

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"realnet/artifacts"
	"realnet/stages/stage"
)

// Ingredients are everything that a node's output can depend on.
type Ingredients struct {
	Stage   string                        `json:"stage"`
	Code    string                        `json:"code"`
	Params  json.RawMessage               `json:"params"`
	Inputs  map[string][]artifacts.Digest `json:"inputs"` // by port, in order
	Machine string                        `json:"machine"`
	Kernel  string                        `json:"kernel,omitempty"`
}

// Key is the digest of the ingredients: the name under which the store knows
// the node's output.
func (i Ingredients) Key() (string, error) {
	text, err := artifacts.CanonicalOf(i)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Provenance is what the manifest of the output records of the ingredients.
func (i Ingredients) Provenance(st stage.Stage) artifacts.Provenance {
	var seeded struct {
		Seed uint64 `json:"seed"`
	}
	_ = json.Unmarshal(i.Params, &seeded) // a stage without a seed has seed 0
	return artifacts.Provenance{
		Stage: i.Stage, Code: i.Code, Params: i.Params, Seed: seeded.Seed, Inputs: i.Inputs,
		Machine: i.Machine, Kernel: i.Kernel, Decoder: st.Decoder,
	}
}

// NewIngredients returns the ingredients of a stage with these parameters and no
// inputs yet, on this machine.
func NewIngredients(st stage.Stage, code string, params json.RawMessage) Ingredients {
	i := Ingredients{Stage: st.Name, Code: code, Params: params, Inputs: map[string][]artifacts.Digest{}, Machine: artifacts.ThisMachine()}
	if st.Kernel != nil {
		i.Kernel = st.Kernel()
	}
	return i
}

// IngredientsOf returns the ingredients that an artifact records.
func IngredientsOf(p artifacts.Provenance) Ingredients {
	return Ingredients{Stage: p.Stage, Code: p.Code, Params: p.Params, Inputs: p.Inputs, Machine: p.Machine, Kernel: p.Kernel}
}

// Difference says in words what changed from an earlier run's ingredients, ""
// when nothing did.
func (i Ingredients) Difference(before Ingredients) string {
	var parts []string
	if changed := ChangedParams(before.Params, i.Params); len(changed) > 0 {
		parts = append(parts, "parameters changed: "+strings.Join(changed, ", "))
	}
	if i.Code != before.Code {
		parts = append(parts, "code changed")
	}
	var ports []string
	for port, now := range i.Inputs {
		if fmt.Sprint(now) != fmt.Sprint(before.Inputs[port]) {
			ports = append(ports, port)
		}
	}
	for port := range before.Inputs {
		if _, ok := i.Inputs[port]; !ok {
			ports = append(ports, port)
		}
	}
	if sort.Strings(ports); len(ports) > 0 {
		parts = append(parts, "input changed: "+strings.Join(ports, ", "))
	}
	if i.Machine != before.Machine || i.Kernel != before.Kernel {
		parts = append(parts, fmt.Sprintf("machine changed: %s %s", i.Machine, i.Kernel))
	}
	return strings.Join(parts, "; ")
}

// ChangedParams lists the dotted names of parameters that differ, with both
// values where they are short.
func ChangedParams(before, now json.RawMessage) []string {
	a, b := flatten(before), flatten(now)
	var out []string
	for name, v := range b {
		if w, ok := a[name]; !ok || w != v {
			out = append(out, fmt.Sprintf("%s %s -> %s", name, short(w), short(v)))
		}
	}
	for name, w := range a {
		if _, ok := b[name]; !ok {
			out = append(out, fmt.Sprintf("%s %s -> none", name, short(w)))
		}
	}
	sort.Strings(out)
	return out
}

func short(s string) string {
	if s == "" {
		return "none"
	}
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}

// entryNames are the names of a list's objects, or their indices.
func entryNames(list []map[string]json.RawMessage) []string {
	names, numbers := make([]string, len(list)), make([]string, len(list))
	seen := map[string]bool{"": true}
	unique := true
	for i, o := range list {
		numbers[i] = strconv.Itoa(i)
		if json.Unmarshal(o["name"], &names[i]) != nil || seen[names[i]] {
			unique = false
		}
		seen[names[i]] = true
	}
	if unique {
		return names
	}
	return numbers
}

// flatten turns a JSON object into dotted names and their JSON values. An entry of a list
// of objects is called by its name, where each has its own, else by its index.
func flatten(raw json.RawMessage) map[string]string {
	out := map[string]string{}
	var walk func(name string, raw json.RawMessage)
	walk = func(name string, raw json.RawMessage) {
		if string(bytes.TrimSpace(raw)) == "null" {
			return // as if it were not there
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) == nil && object != nil {
			for k, v := range object {
				walk(strings.TrimPrefix(name+"."+k, "."), v)
			}
			return
		}
		var list []map[string]json.RawMessage
		if json.Unmarshal(raw, &list) == nil && len(list) > 0 && !slices.ContainsFunc(list, func(o map[string]json.RawMessage) bool { return o == nil }) {
			for i, entry := range entryNames(list) {
				for k, v := range list[i] {
					walk(name+"."+entry+"."+k, v)
				}
			}
			return
		}
		var text bytes.Buffer
		if json.Compact(&text, raw) != nil {
			text.Write(raw)
		}
		out[name] = text.String()
	}
	if len(raw) > 0 {
		walk("", raw)
	}
	return out
}
