package stages

import (
	"sort"

	"realnet/stages/stage"
)

// Registry finds stages by name.
type Registry map[string]stage.Stage

// NewRegistry returns a registry of the given stages. It panics when two have
// the same name.
func NewRegistry(list ...stage.Stage) Registry {
	r := Registry{}
	for _, s := range list {
		if _, twice := r[s.Name]; twice {
			panic("two stages are named " + s.Name)
		}
		r[s.Name] = s
	}
	return r
}

// Get returns the stage of a name.
func (r Registry) Get(name string) (stage.Stage, bool) {
	s, ok := r[name]
	return s, ok
}

// Names lists the stages, sorted.
func (r Registry) Names() []string {
	names := make([]string, 0, len(r))
	for name := range r {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
