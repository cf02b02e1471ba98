package model

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/sourcegraph/conc"
)

// Net is a network: its configuration, parameters and running statistics. It
// must not be used from two goroutines at a time.
type Net struct {
	cfg     Config
	weights []*weight
	byName  map[string]*weight
}

// New returns a network with initial values drawn from seed: convolutions
// normal with variance 2/(k k out), linear layers uniform in +-1/sqrt(in).
// Every tensor has its own stream, so that networks that differ in their
// encoders alone start from the same trunk. It fails with ErrConfig.
func New(cfg Config, seed uint64) (*Net, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.Layers = slices.Clone(cfg.Layers)
	n := &Net{cfg: cfg, weights: cfg.layout(), byName: map[string]*weight{}}
	for _, w := range n.weights {
		n.byName[w.name] = w
	}
	n.each(func(_ int, w *weight) {
		w.values = make([]float32, size(w.shape))
		w.initialise(rand.New(rand.NewPCG(seed, hashName(w.name))))
	})
	return n, nil
}

// each calls f for every tensor, several at a time.
func (n *Net) each(f func(i int, w *weight)) {
	var next atomic.Int64
	var wg conc.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(n.weights); i = int(next.Add(1)) - 1 {
				f(i, n.weights[i])
			}
		})
	}
	wg.Wait()
}

// hashName is 64-bit FNV-1a.
func hashName(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return h
}

// Config returns the network's configuration.
func (n *Net) Config() Config { return n.cfg }

func (n *Net) weight(name string) *weight {
	w := n.byName[name]
	if w == nil {
		panic(fmt.Sprintf("model: no tensor %s", name))
	}
	return w
}

func (n *Net) values(name string) []float32 { return n.weight(name).values }

// Params copies the network out, under the released names: realnet.module.V1...
// and fc_v1... with an encoder, V1... without.
func (n *Net) Params() []Param {
	prefix := ""
	if n.cfg.Outputs > 0 {
		prefix = "realnet.module."
	}
	ps := make([]Param, len(n.weights))
	n.each(func(i int, w *weight) {
		name := w.name
		if w.trunk() {
			name = prefix + name
		}
		ps[i] = Param{Name: name, Shape: slices.Clone(w.shape), Values: w.export()}
	})
	return ps
}

// Trunk copies the CORnet-S inside out, under its own names.
func (n *Net) Trunk() []Param {
	ps := n.Params()
	ps = slices.DeleteFunc(ps, func(p Param) bool { return strings.HasPrefix(p.Name, "fc") })
	for i := range ps {
		ps[i].Name = bare(ps[i].Name)
	}
	return ps
}

// Load copies a checkpoint of CORnet-S or ReAlnet in. Names may carry the
// prefixes module. and realnet.; the encoders may be missing as a whole, and
// then keep their values. Anything else that is missing, or has another shape,
// is ErrNotThisNetwork; ErrCheckpoint is a tensor twice, of the wrong length or
// not finite. On error the network is unchanged.
func (n *Net) Load(params []Param) (Report, error) {
	found, rep, err := match(n.weights, params)
	if err != nil {
		return rep, err
	}
	n.each(func(_ int, w *weight) {
		if v, ok := found[w.name]; ok {
			w.load(v)
		}
	})
	return rep, nil
}
