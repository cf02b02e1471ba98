package model

import (
	"context"
	"fmt"
	"math"
)

// PretrainConfig is the training of a base network to classify, for studies
// without a checkpoint: Adam, with a learning rate that falls linearly
// over the epochs, LearningRate*(1 - epoch/Epochs).
type PretrainConfig struct {
	Epochs       int
	Batch        int
	LearningRate float64
	Validation   float64
	Seed         uint64
	Compute      Compute
}

// DefaultPretraining is what the in-silico studies use.
func DefaultPretraining() PretrainConfig {
	return PretrainConfig{Epochs: 5, Batch: 32, LearningRate: 2e-3}
}

// Validate says whether c describes a training.
func (c PretrainConfig) Validate() error {
	switch {
	case c.Epochs < 1 || c.Batch < 2:
		return fmt.Errorf("%w: %d epochs in batches of %d, want at least 1 and 2", ErrTraining, c.Epochs, c.Batch)
	case !(c.LearningRate > 0) || math.IsInf(c.LearningRate, 0):
		return fmt.Errorf("%w: learning rate %v, want above 0", ErrTraining, c.LearningRate)
	case !(c.Validation >= 0 && c.Validation < 1):
		return fmt.Errorf("%w: validation share %v, want at least 0 and below 1", ErrTraining, c.Validation)
	}
	return nil
}

// Pretrain trains the CORnet-S in net to classify; encoders are left alone.
// The rules are those of Train.
func Pretrain(ctx context.Context, net *Net, data Data, cfg PretrainConfig, hooks Hooks) (*History, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if err := data.check(net.cfg, false, true); err != nil {
		return nil, err
	}
	data.Targets = nil
	e, err := newEngine(net, cfg.Compute)
	if err != nil {
		return nil, err
	}
	train, held := heldOut(data.Images.Len(), cfg.Validation, cfg.Seed)
	t := &trainer{
		engine: e, data: data, train: train, held: held, hooks: hooks,
		batch: cfg.Batch, epochs: cfg.Epochs, seed: cfg.Seed,
		rate: func(epoch int) float64 {
			return cfg.LearningRate * (1 - float64(epoch)/float64(cfg.Epochs))
		},
		task: task{train: true, bnUpdates: 1, losses: &lossTerms{}},
	}
	cfg.Compute = Compute{Precision: cfg.Compute.Precision}
	if err := t.prepare(fmt.Sprintf("pretrain %+v, network %+v, data %016x", cfg, net.cfg, data.digest())); err != nil {
		return nil, err
	}
	return t.run(ctx)
}
