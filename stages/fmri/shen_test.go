package fmri_test

import (
	"hash/fnv"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"realnet/data/bids"
	"realnet/data/nifti"
	"realnet/data/realdata"
	"realnet/stages/analysis/bold"
)

// The real events of a training and a test session of ds001506 (Shen et al. 2019) drive
// simulated runs of the real length, 239 volumes of 2 s, that go through a NIfTI file and
// the recipe of the lab. Every image evokes its own pattern 4 s after it is shown; the
// recipe must give it back under the image's name.
func TestShenRecipeOnRealEvents(t *testing.T) {
	dataset, err := bids.Open(realdata.Path(t, "ds001506"))
	if err != nil {
		t.Fatal(err)
	}
	runs, err := dataset.Runs(bids.Filter{Subject: "01", Run: "01"})
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 2 {
		t.Fatalf("%d first runs, want one of each session", len(runs))
	}
	const voxels, volumes = 200, 239
	for id, files := range runs {
		events, err := bids.ReadEvents(files.Events)
		if err != nil {
			t.Fatal(err)
		}
		trials, err := events.Trials(bids.ShenCoding())
		if err != nil {
			t.Fatal(err)
		}
		sidecar, err := files.Sidecar()
		if err != nil {
			t.Fatal(err)
		}

		rng := rand.New(rand.NewPCG(uint64(id), 1506))
		motion := make([]float64, volumes*6)
		for i := range motion {
			motion[i] = 0.1 * rng.NormFloat64()
		}
		data := make([]float32, volumes*voxels)
		for i := range data {
			volume, v := i/voxels, i%voxels
			data[i] = float32(800 + 0.1*float64(volume) + 30*motion[volume*6+v%6] + rng.NormFloat64())
		}
		for _, trial := range trials {
			if trial.Rest {
				continue
			}
			from, to := int(trial.Onset/sidecar.RepetitionTime)+2, int((trial.Onset+trial.Duration)/sidecar.RepetitionTime)+2
			for volume := from; volume < min(to, volumes); volume++ {
				for v, x := range planted(trial.Condition, voxels) {
					data[volume*voxels+v] += float32(5 * x)
				}
			}
		}
		path := filepath.Join(t.TempDir(), "bold.nii.gz")
		if err := nifti.Write(path, nifti.NewHeader([]int{10, 20, 1, volumes}, [3]float64{2, 2, 2}, 2), data); err != nil {
			t.Fatal(err)
		}
		image, err := nifti.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		read, err := nifti.Read[float32](image)
		if err != nil {
			t.Fatal(err)
		}
		run := &bold.Run{
			ID: id, Data: read, Volumes: image.NumVolumes(), Voxels: image.VolumeSize(), TR: sidecar.RepetitionTime,
			Motion: motion, MotionColumns: 6, Events: boldEvents(trials),
		}
		patterns, err := bold.Process(t.Context(), run, bold.ShenRecipe(), 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(patterns.Labels) != 50 {
			t.Fatalf("%s: %d patterns, want one for each of 50 images", files.Name, len(patterns.Labels))
		}
		worst := 1.0
		for i, l := range patterns.Labels {
			worst = min(worst, correlation(patterns.Row(i), planted(l.Condition, voxels)))
		}
		// The mean over the run and six regressors take about 8 of 55 blocks' worth of the
		// pattern at most; a window that is one volume off mixes in a quarter of the next image.
		t.Logf("%s: planted patterns recovered with r of at least %.3f", files.Name, worst)
		if worst < 0.95 {
			t.Errorf("%s: a planted pattern comes back with r = %.3f", files.Name, worst)
		}
		for _, lag := range []int{1, 3} {
			off := bold.ShenRecipe()
			off.LagVolumes = lag
			shifted, err := bold.Process(t.Context(), run, off, 2)
			if err != nil {
				t.Fatal(err)
			}
			if r := correlation(shifted.Row(10), planted(shifted.Labels[10].Condition, voxels)); r >= worst {
				t.Errorf("%s: a lag of %d recovers as much (r = %.3f) as the true one of 2", files.Name, lag, r)
			}
		}
	}
}

// planted is the pattern of an image, a fixed function of its name.
func planted(name string, voxels int) []float32 {
	h := fnv.New64a()
	h.Write([]byte(name))
	rng := rand.New(rand.NewPCG(h.Sum64(), 0))
	pattern := make([]float32, voxels)
	for i := range pattern {
		pattern[i] = float32(rng.NormFloat64())
	}
	return pattern
}
