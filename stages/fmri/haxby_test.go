package fmri_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/data/bids"
	"realnet/data/nifti"
	"realnet/data/realdata"
	"realnet/stages/analysis/bold"
)

// From files to patterns on real data: subject 1 of Haxby et al. 2001, 12 runs of 121
// volumes, 8 conditions shown once a run. Patterns of odd and even runs are more alike
// within a condition than between, by as much as nibabel, numpy and scipy find
// (ci/reference/haxby.py; patterns are float32, hence the tolerance).
//
// At 25 mm the ventral temporal mask is a single voxel, which has no pattern; so the
// masks are the gray matter at 25 mm and the one slice of full resolution.
func TestHaxbySplitHalf(t *testing.T) {
	root := realdata.Path(t, "haxby2001")
	gray, err := nifti.ReadMask(filepath.Join(root, "sub001", "masks", "25mm", "gray.nii.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		image           string
		mask            *nifti.Mask
		voxels          int
		within, between float64
		identified      int
	}{
		{"bold_1slice.nii.gz", nil, 530, 0.28664390, -0.04029899, 6},
		{"bold_25mm.nii.gz", gray, 28, 0.26052944, -0.03721883, 4},
	} {
		all, _ := haxbyPatterns(t, root, c.image, c.mask).Usable()
		if len(all.Labels) != 8*12 || all.Voxels != c.voxels {
			t.Fatalf("%s: %d patterns of %d voxels, want 8 conditions x 12 runs of %d", c.image, len(all.Labels), all.Voxels, c.voxels)
		}
		odd, even := halves(t, all)
		var within, between float64
		var identified int
		for i := range 8 {
			best, match := math.Inf(-1), -1
			for j := range 8 {
				r := correlation(odd.Row(i), even.Row(j))
				if i == j {
					within += r / 8
				} else {
					between += r / 56
				}
				if r > best {
					best, match = r, j
				}
			}
			if match == i {
				identified++
			}
		}
		t.Logf("%s: %d voxels, split-half correlation within conditions %.3f, between %.3f, %d of 8 identified", c.image, all.Voxels, within, between, identified)
		if math.Abs(within-c.within) > 1e-5 || math.Abs(between-c.between) > 1e-5 || identified != c.identified {
			t.Errorf("%s: within %.8f, between %.8f, identified %d; the reference has %.8f, %.8f, %d",
				c.image, within, between, identified, c.within, c.between, c.identified)
		}
		// What the study rests on, whatever the reference says: Haxby et al. found
		// positive correlations within and negative ones between all categories.
		if within < 0.2 || between > 0 {
			t.Errorf("%s: within %.3f, between %.3f: these data are reliable, so volumes, labels or voxels were mixed up", c.image, within, between)
		}
	}

	vt, err := nifti.ReadMask(filepath.Join(root, "sub001", "masks", "25mm", "vt.nii.gz"))
	if err != nil {
		t.Fatal(err)
	}
	odd, even := halves(t, haxbyPatterns(t, root, "bold_25mm.nii.gz", vt))
	r := correlation(odd.Data, even.Data)
	t.Logf("bold_25mm.nii.gz: %d voxel of VT, its profile over conditions correlates %.3f between halves", odd.Voxels, r)
	if math.Abs(r-0.73860190) > 1e-5 {
		t.Errorf("profile of the VT voxel correlates %.8f between halves, the reference has 0.73860190", r)
	}
}

// haxbyPatterns processes the 12 runs; without a mask every voxel is taken.
func haxbyPatterns(t *testing.T, root, image string, mask *nifti.Mask) *bold.Patterns {
	t.Helper()
	files, err := bids.OpenfMRIRuns(root, image)
	if err != nil {
		t.Fatal(err)
	}
	var runs []*bold.Patterns
	for i, f := range files {
		p, err := bold.Process(t.Context(), haxbyRun(t, f, i+1, mask), bold.HaxbyRecipe(), 2)
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, p)
	}
	all, err := bold.Concat(runs...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// halves averages the odd and the even runs by condition, in the same order, and
// removes every voxel's mean over conditions.
func halves(t *testing.T, all *bold.Patterns) (odd, even *bold.Patterns) {
	t.Helper()
	half := func(remainder int) *bold.Patterns {
		chosen := &bold.Patterns{Voxels: all.Voxels}
		for i, l := range all.Labels {
			if l.Run%2 == remainder {
				chosen.Labels = append(chosen.Labels, l)
				chosen.Data = append(chosen.Data, all.Row(i)...)
			}
		}
		mean := bold.AverageBy(chosen, bold.ByCondition)
		grand := bold.AverageBy(chosen, func(bold.Label) string { return "" })
		sorted := &bold.Patterns{Voxels: all.Voxels}
		for _, i := range conditionOrder(mean) {
			if mean.Labels[i].Repetitions != 6 {
				t.Errorf("%+v: want an average of 6 runs", mean.Labels[i])
			}
			sorted.Labels = append(sorted.Labels, mean.Labels[i])
			for v, x := range mean.Row(i) {
				sorted.Data = append(sorted.Data, x-grand.Data[v])
			}
		}
		return sorted
	}
	return half(1), half(0)
}

func conditionOrder(p *bold.Patterns) []int {
	order := make([]int, len(p.Labels))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(p.Labels[a].Condition, p.Labels[b].Condition) })
	return order
}

func haxbyRun(t *testing.T, files bids.Run, number int, mask *nifti.Mask) *bold.Run {
	t.Helper()
	im, err := nifti.Open(files.Bold)
	if err != nil {
		t.Fatal(err)
	}
	var data []float32
	if mask == nil {
		data, err = nifti.Read[float32](im)
	} else {
		data, err = nifti.ReadMasked[float32](im, mask)
	}
	if err != nil {
		t.Fatal(err)
	}
	motion, err := bids.ReadMotion(files.Motion)
	if err != nil {
		t.Fatal(err)
	}
	events, err := bids.ReadEvents(files.Events)
	if err != nil {
		t.Fatal(err)
	}
	trials, err := events.Trials(bids.Coding{Condition: "trial_type"})
	if err != nil {
		t.Fatal(err)
	}
	sidecar, err := files.Sidecar()
	if err != nil {
		t.Fatal(err)
	}
	return &bold.Run{
		ID: number, Data: data, Volumes: im.NumVolumes(), Voxels: len(data) / im.NumVolumes(), TR: sidecar.RepetitionTime,
		Motion: motion.Data, MotionColumns: len(motion.Names), Events: boldEvents(trials),
	}
}

func boldEvents(trials []bids.Trial) []bold.Event {
	var events []bold.Event
	for _, t := range trials {
		events = append(events, bold.Event{Onset: t.Onset, Duration: t.Duration, Condition: t.Condition, Rest: t.Rest, Repeat: t.Repeat})
	}
	return events
}

func correlation(a, b []float32) float64 {
	x, y := make([]float64, len(a)), make([]float64, len(b))
	for i := range a {
		x[i], y[i] = float64(a[i]), float64(b[i])
	}
	bold.ZScore(x, 0)
	bold.ZScore(y, 0)
	var r float64
	for i := range x {
		r += x[i] * y[i] / float64(len(x))
	}
	return r
}
