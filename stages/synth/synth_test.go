package synth_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	"realnet/artifacts/schemas/patterns"
	"realnet/data/bids"
	"realnet/data/images"
	"realnet/data/npy"
	"realnet/data/pickle"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/rdm"
	"realnet/stages/fmri"
	"realnet/stages/stage/stagetest"
	"realnet/stages/synth"
)

// small is a study of a second.
func small() synth.Params {
	p := synth.DefaultParams()
	p.Seed = 7
	p.Images.Size, p.Images.Pretrain, p.Images.Train, p.Images.Test = 32, 24, 90, 30
	p.FMRI.Subjects, p.FMRI.RunImages, p.FMRI.TestRepetitions = 2, 45, 6
	for i := range p.FMRI.ROIs {
		p.FMRI.ROIs[i].Voxels = 51
	}
	p.EEG.Subjects, p.EEG.Repetitions, p.EEG.Times = 2, 4, 20
	return p
}

var _ = []any{json.Marshal, math.Abs, os.ReadFile, filepath.Join, artifacts.Open, dataset.Root, patterns.Tensor, bids.Open, images.Decode, npy.Allow, pickle.Builtin, compare.Methods, rdm.Metrics, fmri.Stage}

func TestSameForAnyWorkers(t *testing.T) {
	stagetest.SameForAnyWorkers(t, synth.Stage, small(), nil)
}

func TestTiming(t *testing.T) {
	if os.Getenv("SYNTH_KEEP") == "" {
		t.Skip()
	}
	a := stagetest.Run(t, synth.Stage, synth.DefaultParams(), nil)
	os.CopyFS(os.Getenv("SYNTH_KEEP"), os.DirFS(a.Dir()))
}
