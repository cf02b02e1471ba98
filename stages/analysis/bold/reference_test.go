package bold

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"testing"
)

// reference is what numpy and scipy make of a small run (ci/reference/bold.py).
type reference struct {
	Volumes, Voxels int
	TR              float64
	Data            []float32
	Motion          []float64
	Events          []Event

	ResidualQuadraticMotion []float64 `json:"residual_quadratic_motion"`
	Detrended               []float64
	ZScoreDDOF1             []float64 `json:"zscore_ddof1"`
	Clipped                 []float64 `json:"clipped_3sd_10_rounds"`
	HRF                     []float64 `json:"hrf_dt_0.125"`

	Shen           []float64
	ShenConditions []string `json:"shen_conditions"`
	Horikawa       []float64
	Haxby          []float64
	PercentRest    []float64 `json:"percent_rest"`
	GLM            []float64
	LSA            []float64
	GLMRepeats     []float64 `json:"glm_repeats_modelled"`
	LSS            []float64

	Censored      []bool
	LSACensored   []float64 `json:"lsa_censored"`
	HaxbyCensored []float64 `json:"haxby_censored"`
	HaxbyLost     int       `json:"haxby_lost"`
}

func loadReference(t testing.TB) (*reference, *Run) {
	t.Helper()
	raw, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	ref := &reference{}
	if err := json.Unmarshal(raw, ref); err != nil {
		t.Fatal(err)
	}
	return ref, &Run{
		ID: 3, Subset: "train", Data: ref.Data, Volumes: ref.Volumes, Voxels: ref.Voxels, TR: ref.TR,
		Motion: ref.Motion, MotionColumns: 6, Events: ref.Events,
	}
}

// column is voxel v of a row-major matrix.
func column[T float32 | float64](data []T, voxels, v int) []float64 {
	var y []float64
	for i := v; i < len(data); i += voxels {
		y = append(y, float64(data[i]))
	}
	return y
}

// near compares relative to the largest value, so that a value that is 0 by cancellation
// is held to the precision of its neighbours.
func near[T float32 | float64](t *testing.T, what string, got []T, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	var scale, worst float64
	for i, w := range want {
		scale = max(scale, math.Abs(w))
		if d := math.Abs(float64(got[i]) - w); !(d <= worst) {
			worst = d
		}
	}
	if !(worst <= tolerance*scale) {
		t.Errorf("%s: off by %.3g of the largest value, tolerance %g", what, worst/scale, tolerance)
	} else {
		t.Logf("%s: off by at most %.2g", what, worst/scale)
	}
}

// Steps on one series, in float64: 1e-12 is the rounding of a least-squares fit with
// condition about 100 on values of 1000.
func TestStepsEqualSciPy(t *testing.T) {
	ref, run := loadReference(t)
	quadratic, err := NewNuisance(run.Volumes, 2, run.Motion, 6)
	if err != nil {
		t.Fatal(err)
	}
	linear, err := NewNuisance(run.Volumes, 1, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for v := range run.Voxels {
		series := func() []float64 { return column(ref.Data, run.Voxels, v) }
		y := series()
		quadratic.Remove(y)
		near(t, "quadratic trend and motion", y, column(ref.ResidualQuadraticMotion, run.Voxels, v), 1e-11)
		y = series()
		linear.Remove(y)
		near(t, "linear trend", y, column(ref.Detrended, run.Voxels, v), 1e-11)
		y = series()
		if !ZScore(y, 1) {
			t.Fatal("z-score refused")
		}
		near(t, "z-score", y, column(ref.ZScoreDDOF1, run.Voxels, v), 1e-12)
		y = series()
		Clip(y, 3, 10)
		near(t, "clipping", y, column(ref.Clipped, run.Voxels, v), 1e-14)
	}
	near(t, "HRF", HRF(0.125), ref.HRF, 1e-13)
}

// Whole recipes; patterns are float32, hence 1e-6.
func TestRecipesEqualSciPy(t *testing.T) {
	ref, run := loadReference(t)
	rest := HaxbyRecipe()
	rest.RegressMotion, rest.KeepMean, rest.Normalise = false, true, PercentRest
	glm := Recipe{DropVolumes: 2, DetrendOrder: 1, RegressMotion: true, Normalise: None, ClipRounds: 1, Estimate: GLM, Repeats: Keep, Unusable: Error}
	lsa := glm
	lsa.DropVolumes, lsa.Estimate, lsa.Repeats = 0, LSA, Drop
	lss := lsa
	lss.Estimate = LSS
	hidden := lsa
	hidden.Estimate = GLM
	for _, c := range []struct {
		name   string
		recipe Recipe
		want   []float64
	}{
		{"shen", ShenRecipe(), ref.Shen},
		{"horikawa", HorikawaRecipe(), ref.Horikawa},
		{"haxby", HaxbyRecipe(), ref.Haxby},
		{"percent of rest", rest, ref.PercentRest},
		{"glm", glm, ref.GLM},
		{"lsa", lsa, ref.LSA},
		{"lss", lss, ref.LSS},
		{"glm with repeats modelled", hidden, ref.GLMRepeats},
	} {
		p, err := Process(t.Context(), run, c.recipe, 2)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		near(t, c.name, p.Data, c.want, 1e-6)
		if len(p.Labels)*p.Voxels != len(p.Data) || len(p.Unusable) != 0 {
			t.Errorf("%s: %d labels, unusable %v", c.name, len(p.Labels), p.Unusable)
		}
	}
	p, err := Process(t.Context(), run, ShenRecipe(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var conditions []string
	for _, l := range p.Labels {
		conditions = append(conditions, l.Condition)
		if l.Run != 3 || l.Subset != "train" || l.Repeat || l.Repetitions != 1 || l.Duration != 8 {
			t.Errorf("label %+v", l)
		}
	}
	if !slices.Equal(conditions, ref.ShenConditions) {
		t.Errorf("conditions %v, want %v", conditions, ref.ShenConditions)
	}
}

// Censored volumes take part in nothing, and a trial without a volume is lost.
func TestCensoringEqualsSciPy(t *testing.T) {
	ref, run := loadReference(t)
	run.Censored = ref.Censored
	lost, err := Process(t.Context(), run, HaxbyRecipe(), 2)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "average", lost.Data, ref.HaxbyCensored, 1e-6)
	if len(lost.Lost) != ref.HaxbyLost || ref.HaxbyLost == 0 {
		t.Errorf("%d trials lost, the reference loses %d", len(lost.Lost), ref.HaxbyLost)
	}
	run.Start = 1 // s: half a TR
	lsa := Recipe{DetrendOrder: 1, RegressMotion: true, Normalise: None, ClipRounds: 1, Estimate: LSA, Repeats: Keep, Unusable: Error}
	p, err := Process(t.Context(), run, lsa, 2)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "lsa", p.Data, ref.LSACensored, 1e-6)
	for i := range run.Censored {
		run.Censored[i] = true
	}
	if _, err := Process(t.Context(), run, lsa, 2); !errors.Is(err, ErrShape) {
		t.Errorf("no volume left: %v", err)
	}
}

// Left out, a voxel without numbers or without variation is named and the others stand.
func TestVoxelsLeftOut(t *testing.T) {
	_, run := loadReference(t)
	run.Data = slices.Clone(run.Data)
	for volume := range run.Volumes {
		run.Data[volume*run.Voxels+4] = 5
	}
	run.Data[10*run.Voxels+1] = float32(math.NaN())
	recipe := HaxbyRecipe()
	if _, err := Process(t.Context(), run, recipe, 2); !errors.Is(err, ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	recipe.Unusable = Leave
	p, err := Process(t.Context(), run, recipe, 2)
	if err != nil || !slices.Equal(p.Unusable, []int{1, 4}) {
		t.Errorf("left out %v, %v, want voxels 1 and 4", p.Unusable, err)
	}
}
