package bold

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// estimator maps a series to patterns; every estimator here is linear: pattern k is the
// dot product of weights[k] with the volumes from start[k].
type estimator struct {
	labels  []Label
	lost    []Label // events without a kept volume
	start   []int   // among the kept volumes
	weights [][]float64
}

func (e *estimator) estimate(k int, y []float64) float64 {
	var sum float64
	for i, w := range e.weights[k] {
		sum += w * y[e.start[k]+i]
	}
	return sum
}

func newEstimator(run *Run, recipe Recipe, kept []int, nuisance *Nuisance) (*estimator, error) {
	switch recipe.Estimate {
	case Average:
		return newAverage(run, recipe, kept)
	case LSS:
		return newLSS(run, recipe, kept, nuisance)
	}
	return newGLM(run, recipe, kept, nuisance)
}

// positions are the places among kept of those volumes that are.
func positions(kept, volumes []int) []int {
	var at []int
	for _, t := range volumes {
		if i, ok := slices.BinarySearch(kept, t); ok {
			at = append(at, i)
		}
	}
	return at
}

func (r *Run) label(e Event) Label {
	return Label{Condition: e.Condition, Run: r.ID, Subset: r.Subset, Onset: e.Onset, Duration: e.Duration, Repeat: e.Repeat, Repetitions: 1}
}

// newAverage gives each event the mean of its window.
func newAverage(run *Run, recipe Recipe, kept []int) (*estimator, error) {
	est := &estimator{}
	n := run.Volumes - recipe.DropVolumes
	for i, e := range run.Events {
		if e.Rest || e.Repeat && recipe.Repeats == Drop {
			continue
		}
		w := run.window(e, recipe)
		if recipe.TruncateLast {
			w.to = min(w.to, n)
		}
		if w.from < 0 || w.to > n || w.from >= w.to {
			return nil, fmt.Errorf("bold: run %d: %w: event %d (%s) at %g s: with a lag of %d its volumes %d to %d are outside the %d that are left after dropping %d",
				run.ID, ErrEvents, i, e.Condition, e.Onset, recipe.LagVolumes, w.from, w.to-1, n, recipe.DropVolumes)
		}
		from, _ := slices.BinarySearch(kept, w.from)
		to, _ := slices.BinarySearch(kept, w.to)
		if from == to {
			est.lost = append(est.lost, run.label(e))
			continue
		}
		weights := make([]float64, to-from)
		for t := range weights {
			weights[t] = 1 / float64(len(weights))
		}
		est.labels = append(est.labels, run.label(e))
		est.start = append(est.start, from)
		est.weights = append(est.weights, weights)
	}
	return est, nil
}

// newGLM fits all events at once. By the theorem of Frisch, Waugh and Lovell the
// coefficients of the design X beside nuisance N are those of X without N on y without
// N, so the weights are the pseudoinverse of the residual of X.
func newGLM(run *Run, recipe Recipe, kept []int, nuisance *Nuisance) (*estimator, error) {
	est := &estimator{}
	groups, hidden := run.modelled(recipe, est)
	k := len(groups)
	if k == 0 {
		return est, nil
	}
	pinv, err := run.pseudoinverse(recipe, kept, nuisance, groups)
	if err != nil {
		return nil, err
	}
	for j := range k - hidden {
		est.start = append(est.start, 0)
		est.weights = append(est.weights, mat.Row(nil, j, pinv))
	}
	return est, nil
}

// newLSS fits a model for each trial: the trial, and all other events as one regressor
// (least squares separate; Mumford et al. 2012, NeuroImage 59:2636).
func newLSS(run *Run, recipe Recipe, kept []int, nuisance *Nuisance) (*estimator, error) {
	est := &estimator{}
	groups, hidden := run.modelled(recipe, est)
	for j := range len(groups) - hidden {
		model := [][]Event{groups[j]}
		if others := slices.Concat(slices.Concat(groups[:j]...), slices.Concat(groups[j+1:]...)); len(others) > 0 {
			model = append(model, others)
		}
		pinv, err := run.pseudoinverse(recipe, kept, nuisance, model)
		if err != nil {
			return nil, err
		}
		est.start = append(est.start, 0)
		est.weights = append(est.weights, mat.Row(nil, 0, pinv))
	}
	return est, nil
}

// pseudoinverse is that of the regressors of groups of events without nuisance.
func (r *Run) pseudoinverse(recipe Recipe, kept []int, nuisance *Nuisance, groups [][]Event) (*mat.Dense, error) {
	n, k := len(kept), len(groups)
	design := mat.NewDense(n, k, nil)
	raw := mat.NewDense(n, k, nil)
	for j, g := range groups {
		whole := regressor(r.Volumes, r.TR, r.Start, g)[recipe.DropVolumes:]
		x := make([]float64, n)
		for i, t := range kept {
			x[i] = whole[t]
		}
		raw.SetCol(j, x)
		nuisance.Remove(x)
		design.SetCol(j, x)
	}
	var svd mat.SVD
	if k > n || !svd.Factorize(design, mat.SVDThin) {
		return nil, fmt.Errorf("bold: run %d: %w: %d regressors for %d volumes", r.ID, ErrEvents, k, n)
	}
	values := svd.Values(nil)
	if values[k-1] <= 1e-8*mat.Norm(raw, 2) {
		return nil, fmt.Errorf("bold: run %d: %w: the %d regressors of %s are collinear (smallest singular value %.2g, largest %.2g); average, or model conditions instead of trials",
			r.ID, ErrEvents, k, recipe.Estimate, values[k-1], values[0])
	}
	var u, v, scaled, pinv mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	scaled.Apply(func(_, j int, x float64) float64 { return x / values[j] }, &v)
	pinv.Mul(&scaled, u.T())
	return &pinv, nil
}

// modelled groups the events into regressors, one a condition or one a trial, and
// labels those that give a pattern. Dropped repeats evoke responses too, so they are
// modelled, last, without a pattern; hidden is their number.
func (r *Run) modelled(recipe Recipe, est *estimator) (groups [][]Event, hidden int) {
	index := map[string]int{}
	var repeats []Event
	for _, e := range r.Events {
		switch {
		case e.Rest:
			continue
		case e.Repeat && recipe.Repeats == Drop:
			repeats = append(repeats, e)
			continue
		}
		j, ok := index[e.Condition]
		if !ok || recipe.Estimate != GLM {
			index[e.Condition] = len(groups)
			groups = append(groups, []Event{e})
			est.labels = append(est.labels, r.label(e))
			continue
		}
		groups[j] = append(groups[j], e)
		est.labels[j].Repetitions++
		est.labels[j].Repeat = est.labels[j].Repeat && e.Repeat
	}
	if recipe.Estimate == GLM && len(repeats) > 0 {
		return append(groups, repeats), 1
	}
	for _, e := range repeats {
		groups = append(groups, []Event{e})
	}
	return groups, len(repeats)
}
