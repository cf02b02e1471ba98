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
