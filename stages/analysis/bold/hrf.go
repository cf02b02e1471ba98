package bold

import "math"

// microtime is the number of steps a volume is divided into when events are convolved
// with the haemodynamic response.
const microtime = 16

// HRF is the canonical haemodynamic response of SPM sampled every dt seconds over 32 s:
// the gamma density of shape 6 minus a sixth of that of shape 16 (both of scale 1 s),
// scaled to sum 1, so that a long event levels off at 1.
func HRF(dt float64) []float64 {
	h := make([]float64, int(math.Floor(32/dt))+1)
	sum := 0.0
	for i := range h {
		t := float64(i) * dt
		h[i] = gammaDensity(t, 6) - gammaDensity(t, 16)/6
		sum += h[i]
	}
	for i := range h {
		h[i] /= sum
	}
	return h
}

// gammaDensity of integer shape k and scale 1.
func gammaDensity(t float64, k int) float64 {
	if t <= 0 {
		return 0
	}
	lg, _ := math.Lgamma(float64(k))
	return math.Exp(float64(k-1)*math.Log(t) - t - lg)
}

// regressor is the expected response to events at start seconds into each volume of a run:
// boxcars of height 1 on a grid of TR/16, at least one step long, convolved with HRF.
func regressor(volumes int, tr, start float64, events []Event) []float64 {
	dt := tr / microtime
	shift := int(math.Round(start / dt))
	box := make([]float64, volumes*microtime+shift)
	for _, e := range events {
		from := int(math.Round(e.Onset / dt))
		to := max(from+1, int(math.Round((e.Onset+e.Duration)/dt)))
		for i := from; i < min(to, len(box)); i++ {
			box[i] = 1
		}
	}
	h := HRF(dt)
	y := make([]float64, volumes)
	for t := range y {
		at := t*microtime + shift
		for i := range min(len(h), at+1) {
			y[t] += h[i] * box[at-i]
		}
	}
	return y
}
