package pipeline_test

import (
	"strings"
	"testing"

	"realnet/pipeline"
	"realnet/pipeline/strict"
	"realnet/stages/all"
)

// What a run would find out after hours is a fault of the study before anything runs.
func TestFaultsThatAPlanCanFind(t *testing.T) {
	for _, c := range []struct{ study, set, want string }{
		{"demo", "activations.layers=[V1,V3]", `activations.layers: "V3" is no layer: did you mean "V1"?`},
		{"demo", "train.layers=[V3]", `layer "V3"`},
		{"demo", "variants.1.layers=[V4,V1]", "in the order"},
		{"demo", "synth.eeg.subjects=3", `eeg_subjects: "04" is no subject`},
		{"demo", "synth.fmri.subjects=2", `subjects: "03"`},
		{"demo", "subjects=[01,7]", `subjects: "7" is no subject`},
		{"demo", "rois=[V1,V3]", `rois: "V3"`},
		{"demo", "rois=[]", "rois: none"},
		{"demo", "pca.rois=[XX]", `pca.rois: "XX"`},
		{"demo", "pca.components=2400", "have at most 800"},
		{"demo", "activations.subset=tets", `did you mean "test"?`},
		{"demo", "accuracy_on=held-out", `accuracy_on: "held-out" is no subset`},
		{"demo", "eeg_subset=eeg", `eeg_subset: "eeg"`},
		{"demo", "train.subset=training", "train.subset"},
		{"demo", "pretrain.subset=training", "pretrain.subset"},
		{"paper", "activations.subset=held-out", `there are train, test`},
		{"demo", "rdm.metric=crossnobis", "repeated measurements"},
		{"kriegeskorte92", "rdm.split=odd-even", "repeated measurements"},
		{"kriegeskorte92", "rsa.models.layers=[V3]", `rsa.models.layers: "V3"`},
		{"demo", "rdm.noise=ledoit", `noise: "ledoit"`},
		{"demo", "dimensions.method=pearson", "Spearman"},
		{"demo", "stats.control=contrl", `did you mean "control"?`},
		{"demo", "stats.layers=[logits]", `stats.layers: "logits"`},
		{"demo", "stats.rois=[V3]", `stats.rois: "V3"`},
		{"demo", "stats.eeg_window=[5,6]", "outside the synthetic EEG"},
		{"demo", "eeg.window=[-3,-2]", "outside the synthetic EEG"},
		{"demo", "synth.eeg.repetitions=10", "needs 20"},
		{"demo", "eegrdm.average=30", "needs 120"},
		{"demo", "eegrdm.smooth=4", "odd"},
		{"demo", "train.beta=5", "train.beta: 5 changes nothing"},
		{"demo", "variants.2.pairing=shuffled-within:", "shuffled-within:class"},
		{"paper", "variants.0.pairing=shuffled-within:class", "the images have no class: set stimuli.labels"},
		{"demo", "variants.0.name=a/b", "cannot be part of"},
		{"demo", "synth.images.test=3", "4 or more"},
		{"demo", "stimuli.size=20", "takes 32 or more"},
		{"demo", "stimuli.labels=names.tsv", "labels.tsv"},
		{"demo", "pretrain.width=0", "width"},
		{"demo", "pretrain.width=100000", "not within 1 and 512"},
		{"demo", "pretrain.classes=-1", "classes: -1"},
		{"demo", "pretrain.batch=0", "batches of 0"},
		{"demo", "pretrain.learning_rate=0", "learning rate 0"},
		{"demo", "pretrain.validation=1", "validation share 1"},
		{"demo", "accuracy.batch=0", "batch: 0 is not within"},
		{"demo", "rsa.permutations=1000000000", "permutations: 1000000000 is not within 0 and 10000000"},
		{"demo", "rsa.bootstrap=9223372036854775807", "bootstrap: 9223372036854775807"},
		{"demo", "rsa.bootstrap=1", "2 or more"},
		{"demo", "stats.permutations=9223372036854775807", "permutations: 9223372036854775807"},
		{"demo", "stats.flips=1000000000", "flips: 1000000000"},
		{"demo", "stats.contaminated=-1", "contaminated: -1"},
		{"demo", "dimensions.resamples=1000000000", "resamples: 1000000000"},
		{"demo", "dimensions.permutations=1000000000", "permutations: 1000000000"},
		{"demo", "eegrdm.average=9223372036854775807", "average: 9223372036854775807"},
		{"demo", "eegrdm.shrinkage=2", "shrinkage: 2"},
		{"demo", "train.epochs=9223372036854775807", "epochs: 9223372036854775807"},
		{"demo", "synth.fmri.subjects=1000000000", "synth.fmri.subjects: 1000000000"},
		{"demo", "synth.eeg.rate=1e-300", "rate"},
		{"demo", "data.fmri.dataset=haxby", `is not in the catalogue`},
		{"demo", "data.stimuli.dataset=", "data.stimuli: none given"},
		{"demo", "other_subjects=[01]", "data.other"},
		{"haxby", "rdm.split=session", "odd-even"},
		{"haxby", "fmri.average=condition", "fmri.average"},
		{"haxby", "rsa.method=spearmen", `method: "spearmen"`},
		{"haxby", "stats.correction=holms", "correction"},
	} {
		t.Run(c.study+" "+c.set, func(t *testing.T) {
			o, err := strict.ParseOverride(c.set)
			if err != nil {
				t.Fatal(err)
			}
			s, err := pipeline.LoadStudy(c.study, []strict.Override{o})
			if err == nil {
				_, err = pipeline.NewStudyPlan(t.Context(), s, pipeline.PlanOptions{Registry: all.Stages()})
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
