package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The parts of `realnet plan --json` that this module reads.
type plan struct {
	Nodes     []node     `json:"nodes"`
	Externals []external `json:"externals"`
	Missing   string     `json:"missing"` // what somebody has to get first; "" when nothing
}

type node struct {
	ID     string          `json:"id"`
	Stage  string          `json:"stage"`
	Params json.RawMessage `json:"params"`
	In     []source        `json:"in"`
	Need   need            `json:"need"`
	Made   string          `json:"made"` // folder of its artifact, where --reuse has it
}

// source is where an input of a node comes from.
type source struct {
	Port     string `json:"port"`
	Node     string `json:"node"`
	External string `json:"external"`
}

type external struct {
	Name  string   `json:"name"`
	Path  string   `json:"path"`
	Files []string `json:"files"`
}

// stages lists the stages whose programs a run of the plan needs, sorted.
func (p plan) stages() []string {
	seen := map[string]bool{}
	var names []string
	for _, n := range p.Nodes {
		if n.Made == "" && !seen[n.Stage] {
			seen[n.Stage] = true
			names = append(names, n.Stage)
		}
	}
	slices.Sort(names)
	return names
}

// patterns turns a study's patterns into Dagger's: one without a slash means that
// name in any folder.
func patterns(files []string) []string {
	out := make([]string, len(files))
	for i, f := range files {
		if out[i] = f; !strings.Contains(f, "/") {
			out[i] = "**/" + f
		}
	}
	return out
}

// settings puts together what the command took apart: Dagger reads a repeated flag as
// a line of CSV, so that KEY=[a,b] arrives as two values. A value that does not begin
// with KEY= belongs to the one before it. (realnet itself joins open brackets.)
func settings(values []string) []string {
	var out []string
	for _, v := range values {
		if n := len(out); n > 0 && !key.MatchString(v) {
			out[n-1] += "," + v
			continue
		}
		out = append(out, v)
	}
	return out
}

var key = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.\[\]]*=`)

func cut(text, form string) (name, value string, err error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" || value == "" {
		return "", "", fmt.Errorf("%q: write %s", text, form)
	}
	return name, value, nil
}
