package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"

	"realnet/pipeline/step"

	"realnet/stages"
	"realnet/stages/stage"
)

// Input says where one input of a node comes from: another node's output, or a
// plain folder that the user has (an external).
type Input struct {
	Port     string `json:"port"`
	Node     string `json:"node,omitempty"`
	External string `json:"external,omitempty"`
}

// Node is one run of a stage.
type Node struct {
	ID     string          `json:"id"` // such as rdm/fmri/sub-01/VT
	Stage  string          `json:"stage"`
	Params json.RawMessage `json:"params"` // canonical and complete
	In     []Input         `json:"in,omitempty"`
}

// Plan is the DAG of stage runs that a study needs. Nodes are in an order in
// which every node comes after its inputs.
type Plan struct {
	Study     string          `json:"study"`
	Nodes     []Node          `json:"nodes"`
	Externals []step.External `json:"externals,omitempty"`

	registry stages.Registry
	index    map[string]int
	lacks    map[string]lacking // by the fetch node that lacks files
}

// NewPlan returns an empty plan whose nodes run stages of the registry.
func NewPlan(study string, registry stages.Registry) *Plan {
	return &Plan{Study: study, registry: registry, index: map[string]int{}, lacks: map[string]lacking{}}
}

// From names the output of a node as an input.
func From(port, node string) Input { return Input{Port: port, Node: node} }

// FromFolder names an external folder as an input.
func FromFolder(port, external string) Input { return Input{Port: port, External: external} }

// Add appends a node. Its inputs must be in the plan already, its stage must
// exist and take these parameters, and every port must get what it accepts.
// It returns the node's ID, for use in From.
func (p *Plan) Add(id, stageName string, params any, in ...Input) (string, error) {
	fail := func(format string, args ...any) (string, error) {
		return "", fmt.Errorf("plan %s: node %s: %w", p.Study, id, fmt.Errorf(format, args...))
	}
	if _, twice := p.index[id]; twice {
		return fail("is planned twice")
	}
	st, ok := p.registry.Get(stageName)
	if !ok {
		return fail("%w %q%s", ErrUnknownStage, stageName, didYouMean(stageName, p.registry.Names()))
	}
	raw, err := json.Marshal(params)
	if err != nil {
		return fail("parameters: %w", err)
	}
	canonical, err := st.Canonical(raw)
	if err != nil {
		return fail("%w", err)
	}
	count := map[string]int{}
	for _, input := range in {
		port, ok := st.Port(input.Port)
		if !ok {
			return fail("stage %s has no port %q", stageName, input.Port)
		}
		schema := stage.Folder
		if input.Node != "" {
			at, ok := p.index[input.Node]
			if !ok {
				return fail("input %s: no node %q before it", input.Port, input.Node)
			}
			from, _ := p.registry.Get(p.Nodes[at].Stage)
			schema = from.Out.Name
		} else if _, ok := p.external(input.External); !ok {
			return fail("input %s: no external folder %q", input.Port, input.External)
		}
		if !port.Accepts(schema) {
			return fail("port %s takes %s, not %s", input.Port, strings.Join(port.Schemas, ", "), schema)
		}
		if count[input.Port]++; count[input.Port] > 1 && !port.Many {
			return fail("port %s takes one artifact", input.Port)
		}
	}
	for _, port := range st.In {
		if count[port.Name] == 0 && !port.Optional {
			return fail("port %s (%s) has no input", port.Name, port.Doc)
		}
	}
	p.index[id] = len(p.Nodes)
	p.Nodes = append(p.Nodes, Node{ID: id, Stage: stageName, Params: canonical, In: in})
	return id, nil
}

// ErrUnknownStage is returned when a plan or a flag names a stage that does not
// exist.
var ErrUnknownStage = errors.New("unknown stage")

// AddExternal names a folder outside the store that nodes may read.
func (p *Plan) AddExternal(e step.External) { p.Externals = append(p.Externals, e) }

func (p *Plan) external(name string) (step.External, bool) {
	for _, e := range p.Externals {
		if e.Name == name {
			return e, true
		}
	}
	return step.External{}, false
}

// Node returns the node of an ID.
func (p *Plan) Node(id string) (Node, bool) {
	i, ok := p.index[id]
	if !ok {
		return Node{}, false
	}
	return p.Nodes[i], true
}

// Until keeps the nodes of one stage and everything that they need.
func (p *Plan) Until(stageName string) (*Plan, error) {
	keep := map[string]bool{}
	for i := len(p.Nodes) - 1; i >= 0; i-- {
		n := p.Nodes[i]
		if n.Stage == stageName {
			keep[n.ID] = true
		}
		if keep[n.ID] {
			for _, in := range n.In {
				keep[in.Node] = true
			}
		}
	}
	if len(keep) == 0 {
		return nil, fmt.Errorf("%w in study %s: %q%s (stages: %s)", ErrUnknownStage, p.Study, stageName,
			didYouMean(stageName, p.stages()), strings.Join(p.stages(), ", "))
	}
	out := NewPlan(p.Study, p.registry)
	out.Externals = p.Externals
	for _, n := range p.Nodes {
		if keep[n.ID] {
			if l, ok := p.lacks[n.ID]; ok {
				out.lacks[n.ID] = l
			}
			out.index[n.ID] = len(out.Nodes)
			out.Nodes = append(out.Nodes, n)
		}
	}
	return out, nil
}

// Same reports whether two plans have the same steps on the same data. What the report
// repeats of the study is no step.
func (p *Plan) Same(other *Plan) bool {
	return slices.EqualFunc(p.Nodes, other.Nodes, func(a, b Node) bool {
		return a.ID == b.ID && a.Stage == b.Stage && slices.Equal(a.In, b.In) && bytes.Equal(ownParams(a), ownParams(b))
	}) && reflect.DeepEqual(p.lacks, other.lacks) && slices.EqualFunc(p.Externals, other.Externals, func(a, b step.External) bool {
		return a.Name == b.Name && a.Path == b.Path && a.Digest == b.Digest
	})
}

// ownParams are a node's parameters without the copy of the study that a report has.
func ownParams(n Node) []byte {
	if n.Stage != ReportStage {
		return n.Params
	}
	var params map[string]json.RawMessage
	if json.Unmarshal(n.Params, &params) != nil {
		return n.Params
	}
	delete(params, "study_json")
	text, err := json.Marshal(params)
	if err != nil {
		return n.Params
	}
	return text
}

// stages lists the stages that the plan uses, sorted.
func (p *Plan) stages() []string {
	seen := map[string]bool{}
	var names []string
	for _, n := range p.Nodes {
		if !seen[n.Stage] {
			seen[n.Stage] = true
			names = append(names, n.Stage)
		}
	}
	sort.Strings(names)
	return names
}

// Check reports whether the plan keeps its invariants: unique IDs, inputs before
// their users, known stages. Plans made by Add always do; it is for plans read
// from JSON and for tests.
func (p *Plan) Check() error {
	again := NewPlan(p.Study, p.registry)
	again.Externals = p.Externals
	for _, n := range p.Nodes {
		if _, err := again.Add(n.ID, n.Stage, n.Params, n.In...); err != nil {
			return err
		}
	}
	return nil
}

func didYouMean(name string, candidates []string) string {
	if near := stage.Nearest(name, candidates); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return ""
}
