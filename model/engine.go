package model

import (
	"fmt"
	"sync"

	G "gorgonia.org/gorgonia"

	"realnet/model/kernels"
)

// Compute says what a network runs on.
type Compute struct {
	Workers   int               // goroutines; 0 is one a processor. Results do not depend on it
	Kernel    string            // avx512, avx2 or generic; "" is REALNET_KERNEL or else the fastest
	Precision kernels.Precision // of products in convolutions; "" is fp32
	Memory    int64             // bytes that may be used; 0 is what the machine has available
}

func (c Compute) backend() (kernels.Backend, error) {
	w := kernels.NewWorkers(c.Workers)
	if c.Kernel == "" {
		return kernels.Default(c.Precision, w)
	}
	return kernels.Select(c.Kernel, c.Precision, w)
}

// engine runs graphs of one network on one backend, in one arena.
type engine struct {
	net    *Net
	k      kernels.Backend
	memory int64
	arena  []float32
	graphs []*program
}

func newEngine(net *Net, c Compute) (*engine, error) {
	k, err := c.backend()
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return &engine{net: net, k: k, memory: c.Memory}, nil
}

// program is a graph with its inputs and results.
type program struct {
	tape    *tape
	batch   int
	images  []float32 // batch x side x side x 3
	labels  []int32   // batch
	targets []float32 // batch x K
	out     outputs
	loss    objective
	wrt     G.Nodes // parameters that move
	grads   G.Nodes // their gradients
	moves   []*weight
	flops   float64
}

// task is what a program computes.
type task struct {
	layers    []string // results wanted; none for a training step
	losses    *lossTerms
	train     bool // normalise by the batch and differentiate
	frozen    bool // the trunk keeps its weights and its running statistics
	bnUpdates int
}

// lossTerms chooses and weighs the losses.
type lossTerms struct {
	brain       bool // predict targets; else classify only
	beta        float64
	square      bool
	contrastive Contrastive
}

// gorgonia guards the building of graphs: Gorgonia memoises hashes in
// constants that all graphs share.
var gorgonia sync.Mutex

// program builds, differentiates and plans a graph.
func (e *engine) program(batch int, t task) (*program, error) {
	gorgonia.Lock()
	defer gorgonia.Unlock()
	cfg := e.net.cfg
	p := &program{batch: batch, images: make([]float32, batch*cfg.Input*cfg.Input*3)}
	b := newBuilder(e.net, e.k, batch)
	b.train, b.bnUpdates = t.train && !t.frozen, t.bnUpdates
	if t.train {
		b.trains = func(w *weight) bool { return w.kind.trainable() && !(t.frozen && w.trunk()) }
	}
	images := b.input("images", p.images, batch, cfg.Input, cfg.Input, 3)
	if t.losses != nil && t.losses.brain {
		p.out = b.realnet(images)
	} else {
		p.out = b.cornet(images)
	}
	var results G.Nodes
	for _, l := range t.layers {
		results = append(results, p.out.layer[l])
	}
	if t.losses != nil {
		p.objective(b, *t.losses)
		for _, n := range (G.Nodes{p.loss.total, p.loss.class, p.loss.square, p.loss.contrastive}) {
			if n != nil {
				results = append(results, n)
			}
		}
		if t.train {
			if err := p.differentiate(b); err != nil {
				return nil, err
			}
			results = append(results, p.grads...)
		}
	}
	var err error
	if p.tape, err = newTape(b.g, e.k, b.values, results); err != nil {
		return nil, err
	}
	for _, s := range p.tape.steps {
		p.flops += s.flops
	}
	return p, nil
}

// objective adds the losses.
func (p *program) objective(b *builder, l lossTerms) {
	p.labels = make([]int32, p.batch)
	p.loss.class = b.classLoss(p.out.logits(), p.labels)
	terms, weights := G.Nodes{p.loss.class}, []float64{1}
	if l.brain {
		k := b.net.cfg.Outputs
		p.targets = make([]float32, p.batch*k)
		targets := b.input("targets", p.targets, p.batch, k)
		p.loss.square = b.squareLoss(p.out.brain(), targets)
		if l.square {
			terms, weights = append(terms, p.loss.square), append(weights, l.beta)
		}
		// Beta 0, the control, needs no gradient of the encoders: it would be 0.
		p.loss.contrastive = b.contrastLoss(p.out.brain(), targets, l.contrastive != Live)
		if l.contrastive != None {
			terms, weights = append(terms, p.loss.contrastive), append(weights, l.beta)
		}
	}
	for i, w := range weights {
		if w == 0 {
			b.moving[terms[i]] = false
		}
	}
	p.loss.total = b.weightedSum(terms, weights)
}

// differentiate has Gorgonia derive the gradients of the parameters that the
// total depends on.
func (p *program) differentiate(b *builder) error {
	reached := map[*G.Node]bool{}
	var walk func(n *G.Node)
	walk = func(n *G.Node) {
		if reached[n] {
			return
		}
		reached[n] = true
		o, ok := n.Op().(*op)
		if !ok {
			return
		}
		for i, c := range inputs(b.g, n) {
			if o.wrt[i] {
				walk(c)
			}
		}
	}
	walk(p.loss.total)
	for _, n := range b.wrt {
		if reached[n] {
			p.wrt = append(p.wrt, n)
			p.moves = append(p.moves, b.net.weight(n.Name()))
		}
	}
	if len(p.wrt) == 0 {
		return fmt.Errorf("%w: nothing to train: the trunk is frozen and no loss reaches the encoders", ErrTraining)
	}
	var err error
	if p.grads, err = G.Grad(p.loss.total, p.wrt...); err != nil {
		return fmt.Errorf("model: differentiating the loss: %w", err)
	}
	return nil
}

// room checks that the memory for p is there, and extra bytes that the caller
// is going to allocate.
func (e *engine) room(p *program, extra int64) error {
	if p.tape.size <= len(e.arena) {
		return nil
	}
	return checkMemory(4*int64(p.tape.size)+extra+scratchBytes(p), e.memory)
}

// use makes p ready to run, in an arena that all graphs of the engine share.
func (e *engine) use(p *program) error {
	if err := e.room(p, 0); err != nil {
		return err
	}
	e.graphs = append(e.graphs, p)
	if n := p.tape.size; n > len(e.arena) {
		e.arena = nil // before its successor, so that there is only one
		e.arena = make([]float32, n)
		for _, other := range e.graphs {
			other.tape.bind(e.arena)
		}
		return nil
	}
	p.tape.bind(e.arena)
	return nil
}

// fill loads a batch: images, and labels and targets where p has them.
func (e *engine) fill(p *program, im Images, labels []int32, targets []float32, which []int) {
	im.normalise(p.images, which, e.k.Workers())
	if p.labels != nil {
		for i, at := range which {
			p.labels[i] = labels[at]
		}
	}
	if p.targets != nil {
		k := len(p.targets) / p.batch
		for i, at := range which {
			copy(p.targets[i*k:][:k], targets[at*k:][:k])
		}
	}
}

// losses are those of the last run.
func (p *program) losses() Losses {
	read := func(n *G.Node) float64 {
		if n == nil {
			return 0
		}
		return float64(p.tape.value(n)[0])
	}
	return Losses{
		Total: read(p.loss.total), Class: read(p.loss.class),
		Square: read(p.loss.square), Contrastive: read(p.loss.contrastive),
	}
}
