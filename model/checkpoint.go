package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

var (
	// ErrNotThisNetwork is returned when a checkpoint lacks tensors of the
	// network or has them in other shapes.
	ErrNotThisNetwork = errors.New("model: checkpoint is not of this network")
	// ErrCheckpoint is returned when a checkpoint is inconsistent in itself:
	// a tensor twice, or values that do not fill its shape.
	ErrCheckpoint = errors.New("model: damaged checkpoint")
)

// Report says how a checkpoint and the network differ. Names are without the
// prefixes module. and realnet.
type Report struct {
	Missing    []string // in the network only; encoders keep their initial values
	Unexpected []string // in the checkpoint only; ignored
	Mismatched []string // in both, with another shape: "name: shape, want shape"
}

// bare strips the wrappers that the released files carry: module. of
// nn.DataParallel and realnet. of the encoder.
func bare(name string) string {
	for {
		rest, ok := strings.CutPrefix(name, "module.")
		if !ok {
			rest, ok = strings.CutPrefix(name, "realnet.")
		}
		if !ok {
			return name
		}
		name = rest
	}
}

// ConfigOf reads the size of a network off its checkpoint: width, classes and,
// with an encoder, K, hidden units and layers. The input's side is known from
// an encoder alone; without one it is side (224 in the study). It fails with
// ErrNotThisNetwork where the tensors that say so are missing.
func ConfigOf(params []Param, side int) (Config, error) {
	shapes := make(map[string][]int, len(params))
	for _, p := range params {
		shapes[bare(p.Name)] = p.Shape
	}
	dims := func(name string, n int) ([]int, error) {
		s, ok := shapes[name]
		if !ok || len(s) != n {
			return nil, fmt.Errorf("%w: %s is missing or has the shape %v", ErrNotThisNetwork, name, s)
		}
		return s, nil
	}
	first, err := dims("V1.conv1.weight", 4)
	if err != nil {
		return Config{}, err
	}
	last, err := dims("decoder.linear.weight", 2)
	if err != nil {
		return Config{}, err
	}
	c := Config{Width: first[0], Input: side, Classes: last[0]}
	if _, encoder := shapes["fc.weight"]; !encoder {
		return c, c.Validate()
	}
	head, err := dims("fc.weight", 2)
	if err != nil {
		return Config{}, err
	}
	c.Outputs = head[0]
	for _, l := range Areas {
		if _, ok := shapes[encoderName(l)+".weight"]; !ok {
			continue
		}
		w, err := dims(encoderName(l)+".weight", 2)
		if err != nil {
			return Config{}, err
		}
		c.Layers, c.Hidden = append(c.Layers, l), w[0]
		// features = C side^2; the layer's side is a power of two below the input's.
		f := c.feature(l)
		scale := 4 << slices.Index(Areas, l)
		if root := int(math.Round(math.Sqrt(float64(w[1]) / float64(f.C)))); len(c.Layers) == 1 && f.Side != root {
			c.Input = root * scale
		}
	}
	return c, c.Validate()
}

// match compares a checkpoint with the network and returns the values to
// load, by bare name. It changes nothing.
func match(ws []*weight, params []Param) (map[string][]float32, Report, error) {
	var rep Report
	found := make(map[string][]float32, len(params))
	want := make(map[string]*weight, len(ws))
	for _, w := range ws {
		want[w.name] = w
	}
	for _, p := range params {
		name := bare(p.Name)
		if len(p.Values) != size(p.Shape) {
			return nil, rep, fmt.Errorf("%w: %s has %d values for shape %v", ErrCheckpoint, p.Name, len(p.Values), p.Shape)
		}
		if _, twice := found[name]; twice {
			return nil, rep, fmt.Errorf("%w: %s is there twice (as %s)", ErrCheckpoint, name, p.Name)
		}
		w := want[name]
		if w == nil {
			rep.Unexpected = append(rep.Unexpected, name)
			continue
		}
		found[name] = p.Values
		if !slices.Equal(p.Shape, w.shape) {
			rep.Mismatched = append(rep.Mismatched, fmt.Sprintf("%s: %v, want %v", name, p.Shape, w.shape))
		}
	}
	trunk, encoder := 0, 0
	for _, w := range ws {
		if _, ok := found[w.name]; ok || w.kind == normSeen {
			continue
		}
		rep.Missing = append(rep.Missing, w.name)
		if w.trunk() {
			trunk++
		} else {
			encoder++
		}
	}
	encoders := 0
	for _, w := range ws {
		if !w.trunk() {
			encoders++
		}
	}
	if trunk > 0 || len(rep.Mismatched) > 0 || encoder > 0 && encoder < encoders {
		return nil, rep, fmt.Errorf("%w: %s%s%s", ErrNotThisNetwork, some("missing", rep.Missing),
			some("mismatched", rep.Mismatched), some("unexpected", rep.Unexpected))
	}
	for _, w := range ws {
		if i := slices.IndexFunc(found[w.name], func(v float32) bool { return v != v || math.IsInf(float64(v), 0) }); i >= 0 {
			return nil, rep, fmt.Errorf("%w: %s has %v at %d", ErrCheckpoint, w.name, found[w.name][i], i)
		}
	}
	return found, rep, nil
}

// some lists the first few names for an error.
func some(what string, names []string) string {
	const shown = 3
	if len(names) == 0 {
		return ""
	}
	s := fmt.Sprintf("%d %s (%s", len(names), what, strings.Join(names[:min(shown, len(names))], ", "))
	if len(names) > shown {
		s += ", ..."
	}
	return s + ") "
}
