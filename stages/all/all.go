// Package all is the list of the stages that exist. A new stage is one line in it.
package all

import (
	"realnet/stages"
	"realnet/stages/accuracy"
	"realnet/stages/activations"
	"realnet/stages/checkpoint"
	"realnet/stages/dimensions"
	"realnet/stages/eeg"
	"realnet/stages/eegrdm"
	"realnet/stages/embedding"
	"realnet/stages/encoding"
	"realnet/stages/fetch"
	"realnet/stages/fmri"
	"realnet/stages/folds"
	"realnet/stages/mds"
	"realnet/stages/pca"
	"realnet/stages/pretrain"
	"realnet/stages/published"
	"realnet/stages/rdm"
	"realnet/stages/report"
	"realnet/stages/rsa"
	"realnet/stages/stats"
	"realnet/stages/stimuli"
	"realnet/stages/synth"
	"realnet/stages/train"
)

// Stages returns every stage of the program.
func Stages() stages.Registry {
	return stages.NewRegistry(
		accuracy.Stage,
		activations.Stage,
		checkpoint.Stage,
		dimensions.Stage,
		eeg.Stage,
		eegrdm.Stage,
		embedding.Stage,
		encoding.Stage,
		fetch.Stage,
		fmri.Stage,
		folds.Stage,
		mds.Stage,
		pca.Stage,
		pretrain.Stage,
		published.Stage,
		rdm.Stage,
		report.Stage,
		rsa.Stage,
		stats.Stage,
		stimuli.Stage,
		synth.Stage,
		train.Stage,
	)
}
