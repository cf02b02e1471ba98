package model

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"realnet/model/kernels"
)

// trainer runs a training: epochs of steps, each a run of the graph and an
// update by Adam.
type trainer struct {
	engine *engine
	data   Data
	train  []int // images
	held   []int
	task   task
	hooks  Hooks
	state  *State

	batch, epochs int
	seed          uint64
	rate          func(epoch int) float64
	full, rest    *program // of a whole batch and of the last one
	check         map[int]*program
	moments       map[*weight]moment
	started       time.Time
	startedAt     int // steps done before
}

// moment is Adam's memory of one parameter.
type moment struct{ m, v []float32 }

// Train aligns net with the targets of data, and returns the course of the
// losses. It changes net; after an error or a cancelled ctx, net is at an
// undefined point of the training, and the last State is the way back.
//
// Memory grows with the number of parameters (4 values each: weight, gradient,
// two moments) and with the batch; what is needed is checked before the first
// step (ErrMemory).
func Train(ctx context.Context, net *Net, data Data, cfg TrainConfig, hooks Hooks) (*History, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if net.cfg.Outputs == 0 {
		return nil, fmt.Errorf("%w: the network has no encoder that could predict targets", ErrTraining)
	}
	if err := data.check(net.cfg, true, cfg.Teacher == Labels); err != nil {
		return nil, err
	}
	e, err := newEngine(net, cfg.Compute)
	if err != nil {
		return nil, err
	}
	digest := data.digest()
	train, held := heldOut(data.Images.Len(), cfg.Validation, cfg.Seed)
	if cfg.Shuffled {
		if data.Targets, err = shufflePairs(data.Targets, data.Images.Len(), data.Groups, cfg.Seed); err != nil {
			return nil, err
		}
	}
	t := &trainer{
		engine: e, data: data, train: train, held: held, hooks: hooks,
		batch: cfg.Batch, epochs: cfg.Epochs, seed: cfg.Seed,
		rate: func(int) float64 { return cfg.LearningRate },
		task: task{
			train: true, frozen: cfg.Frozen, bnUpdates: cfg.BNUpdates,
			losses: &lossTerms{brain: true, beta: cfg.Beta, square: cfg.Square, contrastive: cfg.Contrastive},
		},
	}
	cfg.Compute = Compute{Precision: cfg.Compute.Precision}
	if err := t.prepare(fmt.Sprintf("train %+v, network %+v, data %016x", cfg, net.cfg, digest)); err != nil {
		return nil, err
	}
	if cfg.Teacher == Argmax {
		if hooks.Resume == nil {
			if t.state.labels, err = e.argmax(ctx, data.Images, cfg.Batch); err != nil {
				return nil, err
			}
		}
		t.data.Labels = t.state.labels
	}
	return t.run(ctx)
}

// prepare plans the graphs, checks and takes the memory, and goes to where the
// training starts or resumes. identity tells this training from others.
func (t *trainer) prepare(identity string) error {
	if len(t.train) < 2 {
		return fmt.Errorf("%w: %d images to train on, want at least 2", ErrData, len(t.train))
	}
	var err error
	if t.full, err = t.engine.program(min(t.batch, len(t.train)), t.task); err != nil {
		return err
	}
	var moving int64
	for _, w := range t.full.moves {
		moving += int64(len(w.values))
	}
	if err := t.engine.room(t.full, 2*4*moving); err != nil {
		return err
	}
	t.moments = make(map[*weight]moment, len(t.full.moves))
	for _, w := range t.full.moves {
		t.moments[w] = moment{make([]float32, len(w.values)), make([]float32, len(w.values))}
	}
	t.state = newState(identity, t.engine.net, t.full.moves, t.moments)
	if t.hooks.Resume != nil {
		if err := t.state.restore(t.hooks.Resume); err != nil {
			return err
		}
	}
	if err := t.engine.use(t.full); err != nil {
		return err
	}
	if n := len(t.train) % t.batch; len(t.train) > t.batch && n > 1 {
		if t.rest, err = t.engine.program(n, t.task); err != nil {
			return err
		}
		return t.engine.use(t.rest)
	}
	return nil
}

func (t *trainer) run(ctx context.Context) (*History, error) {
	t.started, t.startedAt = time.Now(), len(t.state.History.Steps)
	for t.state.Epoch < t.epochs {
		if err := t.epoch(ctx, t.state.Epoch); err != nil {
			return nil, err
		}
		t.state.Epoch++
		if t.hooks.Epoch != nil {
			if err := t.hooks.Epoch(t.state); err != nil {
				return nil, fmt.Errorf("model: after epoch %d: %w", t.state.Epoch, err)
			}
		}
	}
	h := t.state.History
	return &h, nil
}

// epoch trains on every image once; epoch counts from 0.
func (t *trainer) epoch(ctx context.Context, epoch int) error {
	adam := kernels.DefaultAdam(t.rate(epoch))
	order := batches(t.train, t.batch, t.seed, epoch)
	var sum Losses
	images := 0.0
	for i, which := range order {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("model: epoch %d, step %d: %w", epoch+1, i+1, err)
		}
		p := t.full
		if len(which) != p.batch {
			p = t.rest
		}
		step := len(t.state.History.Steps) + 1
		adam.Step = step
		losses, err := t.step(p, which, adam)
		if err != nil {
			return fmt.Errorf("%w: epoch %d, step %d of %d: %w", ErrDiverged, epoch+1, i+1, len(order), err)
		}
		t.state.History.Steps = append(t.state.History.Steps, Step{Epoch: epoch + 1, Step: step, Losses: losses})
		sum.add(losses, float64(len(which)))
		images += float64(len(which))
		t.report(epoch, step, len(order), losses)
	}
	if err := t.engine.net.finite(); err != nil {
		return fmt.Errorf("%w: after epoch %d: %w", ErrDiverged, epoch+1, err)
	}
	var mean Losses
	mean.add(sum, 1/images)
	e := Epoch{Epoch: epoch + 1, Train: mean}
	if len(t.held) > 0 {
		v, err := t.validate(ctx)
		if err != nil {
			return err
		}
		e.Validation = &v
	}
	t.state.History.Epochs = append(t.state.History.Epochs, e)
	return nil
}

// step is one training step: a batch in, forward, backward, update. The weights
// stay as they were if a loss is not finite.
func (t *trainer) step(p *program, which []int, adam kernels.Adam) (Losses, error) {
	t.engine.fill(p, t.data.Images, t.data.Labels, t.data.Targets, which)
	p.tape.run()
	losses := p.losses()
	if err := t.finite(losses); err != nil {
		return losses, err
	}
	for i, w := range p.moves {
		m := t.moments[w]
		t.engine.k.AdamStep(w.values, m.m, m.v, p.tape.value(p.grads[i]), adam)
	}
	return losses, nil
}

// growth of a loss, over the larger of 1 and its first value, that is called divergence.
const growth = 1000

// finite names the first loss that is not finite or has grown out of bounds.
func (t *trainer) finite(l Losses) error {
	first := l
	if len(t.state.History.Steps) > 0 {
		first = t.state.History.Steps[0].Losses
	}
	for _, term := range []struct {
		name       string
		now, first float64
	}{
		{"cross-entropy", l.Class, first.Class},
		{"mean square", l.Square, first.Square},
		{"contrastive term", l.Contrastive, first.Contrastive},
		{"total", l.Total, first.Total},
	} {
		if math.IsNaN(term.now) || math.IsInf(term.now, 0) {
			return fmt.Errorf("the %s is %v; lower the learning rate or scale the targets", term.name, term.now)
		}
		if term.now > growth*max(1, math.Abs(term.first)) {
			return fmt.Errorf("the %s has grown from %.4g to %.4g; lower the learning rate", term.name, term.first, term.now)
		}
	}
	return nil
}

// finite names the first tensor with a value that is not.
func (n *Net) finite() error {
	for _, w := range n.weights {
		if i := slices.IndexFunc(w.values, func(v float32) bool { return v-v != 0 }); i >= 0 {
			return fmt.Errorf("%s has the value %v", w.name, w.values[i])
		}
	}
	return nil
}

func (t *trainer) report(epoch, step, perEpoch int, l Losses) {
	if t.hooks.Step == nil {
		return
	}
	p := Progress{
		Epoch: epoch + 1, Epochs: t.epochs, Step: step, Steps: perEpoch * t.epochs,
		Losses: l, Elapsed: time.Since(t.started),
	}
	p.Left = p.Elapsed / time.Duration(step-t.startedAt) * time.Duration(p.Steps-step)
	t.hooks.Step(p)
}

// validate is the mean loss over the held-out images, in evaluation mode.
func (t *trainer) validate(ctx context.Context) (Losses, error) {
	var sum Losses
	if t.check == nil {
		t.check = map[int]*program{}
	}
	for part := range slices.Chunk(t.held, t.batch) {
		if err := ctx.Err(); err != nil {
			return sum, fmt.Errorf("model: validation: %w", err)
		}
		p := t.check[len(part)]
		if p == nil {
			var err error
			if p, err = t.engine.program(len(part), task{losses: t.task.losses}); err != nil {
				return sum, err
			}
			if err := t.engine.use(p); err != nil {
				return sum, err
			}
			t.check[len(part)] = p
		}
		t.engine.fill(p, t.data.Images, t.data.Labels, t.data.Targets, part)
		p.tape.run()
		sum.add(p.losses(), float64(len(part)))
	}
	var mean Losses
	mean.add(sum, 1/float64(len(t.held)))
	return mean, nil
}
