package report

import (
	"bytes"
	"encoding/json"
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
	params            map[string]json.RawMessage
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
	if json.Unmarshal(p.Params, &o.params) != nil {
		o.params = nil
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

// swapped are the stages among the origins whose program was not built in.
func (in inputs) swapped() []made {
	ports := make([]string, len(in.origins))
	for i, o := range in.origins {
		ports[i] = o.Port
	}
	return slices.DeleteFunc(in.from(ports), func(m made) bool { return strings.HasPrefix(m.Code, builtIn) })
}

// builtIn is how the code identity of a stage of this program begins.
const builtIn = "code:"
