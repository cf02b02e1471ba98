package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"realnet/artifacts"
)

// origin says what made one input of the report.
type origin struct {
	Port, Stage, Code string
	Digest, Short     string
	Machine           string // with kernel and decoder, where they count
	Params            string // indented JSON
	Inputs            []originInput
	raw               json.RawMessage // parameters
}

type originInput struct{ Port, Digest, Short string }

// originOf takes what is the same on every run of the same inputs: no host, no
// times.
func originOf(port string, m artifacts.Manifest) origin {
	p := m.Provenance
	o := origin{
		Port: port, Stage: p.Stage, Code: p.Code, Digest: string(m.Digest), Short: m.Digest.Short(),
		Machine: strings.Join(slices.DeleteFunc([]string{p.Machine, p.Kernel, p.Decoder}, func(s string) bool { return s == "" }), ", "),
	}
	var text bytes.Buffer
	if json.Indent(&text, p.Params, "", "  ") == nil {
		o.Params = text.String()
	}
	if len(p.Params) > 0 && string(p.Params) != "null" {
		o.raw = p.Params
	}
	ports := make([]string, 0, len(p.Inputs))
	for name := range p.Inputs {
		ports = append(ports, name)
	}
	slices.Sort(ports)
	for _, name := range ports {
		for _, d := range p.Inputs[name] {
			o.Inputs = append(o.Inputs, originInput{name, string(d), d.Short()})
		}
	}
	return o
}

// made is what one stage made with one code.
type made struct {
	Stage, Code string
	Made        []origin
}

// from are the origins of what came through the given ports, stage by stage.
func (in inputs) from(ports []string) []made {
	var out []made
	for _, o := range in.origins {
		if !slices.Contains(ports, o.Port) {
			continue
		}
		at := slices.IndexFunc(out, func(m made) bool { return m.Stage == o.Stage && m.Code == shortCode(o.Code) })
		if at < 0 {
			at = len(out)
			out = append(out, made{Stage: o.Stage, Code: shortCode(o.Code)})
		}
		out[at].Made = append(out[at].Made, o)
	}
	return out
}

// swap is a stage that another program ran.
type swap struct{ Stage, Program string }

// swapped are those that the plan names, and those among the origins whose code is not
// this program's.
func (in inputs) swapped(p Params) []swap {
	var out []swap
	for _, name := range slices.Sorted(maps.Keys(p.Swapped)) {
		out = append(out, swap{name, p.Swapped[name]})
	}
	for _, o := range in.origins {
		foreign := o.Code != "" && !strings.HasPrefix(o.Code, builtIn)
		if foreign && !slices.ContainsFunc(out, func(s swap) bool { return s.Stage == o.Stage }) {
			out = append(out, swap{o.Stage, shortCode(o.Code)})
		}
	}
	return out
}

// builtIn is how the code identity of a stage of this program begins.
const builtIn = "code:"
