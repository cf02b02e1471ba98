package synth_test

import (
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dimensions"
	"realnet/artifacts/schemas/epochs"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/targets"
	"realnet/stages/analysis/pca"
	"realnet/stages/eeg"
	"realnet/stages/embedding"
	"realnet/stages/fmri"
	pcastage "realnet/stages/pca"
	"realnet/stages/stage/stagetest"
	stimulistage "realnet/stages/stimuli"
)

// The stages that read public datasets read this one, and all call an image by one name.
func othersReadIt(t *testing.T, a *artifacts.Artifact) {
	names, subsets, column := labels(t, a)
	label := column("label")
	in := stagetest.In{"dataset": a}

	s := stimulistage.DefaultParams()
	s.Labels, s.Size = "labels.tsv", 32
	pictures := stagetest.Run(t, stimulistage.Stage, s, in)
	rows := table[stimuli.Image](t, pictures, stimuli.ImagesTable)
	if len(rows) != len(names) {
		t.Fatalf("stimuli: %d images, want %d", len(rows), len(names))
	}
	_, pixels, err := artifacts.ReadTensor[uint8](pictures, stimuli.Tensor)
	if err != nil {
		t.Fatal(err)
	}
	number := map[string]int{}
	for i, n := range names {
		number[n] = i
	}
	for i, row := range rows {
		k := number[row.Name]
		if row.Subset != subsets[k] || float64(row.Label) != label[k] {
			t.Errorf("stimuli: %+v, want subset %s, label %v", row, subsets[k], label[k])
		}
		im := picture(t, a, row.Subset, row.Name)
		if string(im.Pix) != string(pixels[i*len(im.Pix):(i+1)*len(im.Pix)]) {
			t.Errorf("stimuli: %s has other pixels than its file", row.Name)
		}
	}

	test, _ := testImages(t, a)
	e := eeg.DefaultParams()
	e.Subject = "02"
	for i, c := range table[epochs.Condition](t, stagetest.Run(t, eeg.Stage, e, in), epochs.ConditionsTable) {
		if c.Name != test[i] {
			t.Errorf("eeg: condition %d is %s, want %s", i, c.Name, test[i])
		}
	}
	eegOfTrainingImages(t, in, number, subsets)
	known := stagetest.Run(t, embedding.Stage, embedding.DefaultParams(), in)
	for i, o := range table[dimensions.Object](t, known, dimensions.ObjectsTable) {
		if o.Name != test[i] {
			t.Errorf("embedding: object %d is %s, want %s", i, o.Name, test[i])
		}
	}

	f := fmri.DefaultParams()
	f.Subject, f.ROIs, f.TrainMatch, f.TestMatch = "01", []string{"V1", "V2", "V4", "LOC"}, "perceptionNaturalImageTraining", "perceptionNaturalImageTest"
	brain := stagetest.Run(t, fmri.Stage, f, in)
	p := pcastage.DefaultParams()
	p.Components, p.Scale, p.Whiten = 16, pca.ZScore, pcastage.First
	for _, sample := range table[targets.Sample](t, stagetest.Run(t, pcastage.Stage, p, stagetest.In{"patterns": brain}), targets.SamplesTable) {
		k, ok := number[sample.Condition]
		if !ok || subsets[k] != sample.Subset {
			t.Errorf("pca: %+v is no image of the study", sample)
		}
	}
}

func table[T any](t *testing.T, a *artifacts.Artifact, name string) []T {
	t.Helper()
	rows, err := artifacts.ReadTable[T](a, name)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Targets made of EEG have a row for every training image, by its name, and follow what
// the EEG encodes.
func eegOfTrainingImages(t *testing.T, in stagetest.In, number map[string]int, subsets []string) {
	e := eeg.DefaultParams()
	e.Subject, e.Set = "02", eeg.Training
	p := pcastage.DefaultParams()
	p.Components = 4
	made := stagetest.SameForAnyWorkers(t, pcastage.Stage, p, stagetest.In{"patterns": stagetest.Run(t, eeg.Stage, e, in)})
	rows := table[targets.Sample](t, made, targets.SamplesTable)
	trained := 0
	for _, s := range subsets {
		if s == "train" {
			trained++
		}
	}
	if len(rows) != trained {
		t.Errorf("targets of EEG: %d rows, want %d", len(rows), trained)
	}
	for _, row := range rows {
		if k, ok := number[row.Condition]; !ok || subsets[k] != "train" || row.Subset != subsets[k] {
			t.Errorf("targets of EEG: %+v is no training image", row)
		}
	}
}
