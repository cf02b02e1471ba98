package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"syscall"
)

import "dagger/realnet/internal/dagger"

// failure puts what the program of a container said, and how it ended, in place of
// Dagger's words.
func failure(err error) error {
	var failed *dagger.ExecError
	if !errors.As(err, &failed) {
		return err
	}
	return errors.New(reason(failed.ExitCode, failed.Stderr))
}

// nodeFailure is how a node failed.
type nodeFailure struct{ node, said string }

// failures are those of a run, in the order of the plan.
type failures []nodeFailure

// String lists them, one after the other.
func (f failures) String() string {
	var lines []string
	for _, n := range f {
		lines = append(lines, n.node+": "+n.said)
	}
	return strings.Join(lines, "\n")
}

// json is the form in which `realnet reproduce --failures` reads them: node to error.
func (f failures) json() string {
	byNode := map[string]string{}
	for _, n := range f {
		byNode[n.node] = n.said
	}
	text, err := json.Marshal(byNode)
	if err != nil { // a map of strings has no value that JSON lacks
		panic(err)
	}
	return string(text)
}

// reason says why a program ended: its own words first, then exit code or signal. Its
// log is left out, but for the last record of a program that was killed without a
// word.
func reason(code int, stderr string) string {
	var words []string
	var last string
	for line := range strings.Lines(stderr) {
		if message, ok := record(line); ok {
			last = message
			continue
		}
		words = append(words, line)
	}
	said := strings.TrimSpace(strings.Join(words, ""))
	end := fmt.Sprintf("exit code %d", code)
	if signal := syscall.Signal(code - 128); code > 128 && code < 128+65 {
		end += fmt.Sprintf(": killed by signal %d (%s)", signal, signal)
		if signal == syscall.SIGKILL {
			end += ", as the kernel does when memory runs out: give the engine's machine more, or run less side by side with --jobs 1 or --memory"
		}
		if said == "" && last != "" {
			end += "; it was at: " + last
		}
	}
	if said == "" {
		return end
	}
	return said + "\n(" + end + ")"
}

// whose says which artifacts an error names, that a node had below /in: the node that
// made each, and of fetched files also the folder of --data.
func (p plan) whose(n node, text string) string {
	for i, in := range n.In {
		folder := inFolder(i)
		if !strings.Contains(text, folder+"/") {
			continue
		}
		if in.Node == "" {
			text += fmt.Sprintf("\n(%s is %s of --data)", folder, p.belowData(in.External))
			continue
		}
		text += fmt.Sprintf("\n(%s is the artifact of %s", folder, in.Node)
		for _, from := range p.Nodes {
			if from.ID == in.Node && len(from.In) == 1 && from.In[0].External != "" {
				text += fmt.Sprintf("; %s/files are copies of %s of --data", folder, p.belowData(from.In[0].External))
			}
		}
		text += ")"
	}
	return text
}

// belowData is the folder of an external within --data.
func (p plan) belowData(name string) string {
	for _, e := range p.Externals {
		if e.Name == name {
			if below, ok := strings.CutPrefix(e.Path, dataFolder+"/"); ok {
				return "folder " + below
			}
		}
	}
	return "the folder itself"
}

// record reads a line of a program's log.
func record(line string) (message string, ok bool) {
	var r struct {
		Level   string  `json:"level"`
		Message string  `json:"message"`
		Done    float64 `json:"done"`
		Total   float64 `json:"total"`
	}
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &r) != nil || r.Level == "" {
		return "", false
	}
	if r.Total > 0 {
		return fmt.Sprintf("%s, %g of %g", r.Message, r.Done, r.Total), true
	}
	return r.Message, true
}
