package synth

import (
	"context"

	"realnet/artifacts/schemas/dataset"
	"realnet/stages/stage"
)

// Stage is the synth stage.
var Stage = stage.New(stage.Spec{
	Name: "synth",
	Doc:  "Makes the in-silico study: images, fMRI and EEG with a known truth.",
	Out:  dataset.Schema,
}, DefaultParams(), run)

// study is everything that the files are made from.
type study struct {
	Params
	pretrain, train, test, eeg []object // eeg is test when the EEG has no images of its own
}

func newStudy(p Params) *study {
	s := &study{
		Params:   p,
		pretrain: p.subset("pretrain", p.Images.Pretrain),
		train:    p.subset("train", p.Images.Train),
		test:     p.subset("test", p.Images.Test),
	}
	s.eeg = s.test
	if p.Images.EEG > 0 {
		s.eeg = p.subset("eeg", p.Images.EEG)
	}
	return s
}

// objects are all images, each once.
func (s *study) objects() []object {
	list := append(append(append([]object{}, s.pretrain...), s.train...), s.test...)
	if s.Images.EEG > 0 {
		list = append(list, s.eeg...)
	}
	return list
}

func run(ctx context.Context, env *stage.Env, p Params) error {
	out := &output{w: env.Out}
	s := newStudy(p)
	for _, part := range []struct {
		name string
		make func(context.Context, *output, int) error
	}{
		{"images", s.writeImages},
		{"tables", s.writeTables},
		{"fMRI", s.writeFMRI},
		{"EEG", s.writeEEG},
		{"truth", s.writeTruth},
	} {
		env.Log.Info().Msg(part.name)
		if err := part.make(ctx, out, env.Workers); err != nil {
			return err
		}
	}
	return out.finish()
}
