package synth

import (
	"math"
	"math/rand/v2"

	"realnet/stages/analysis/bold"
)

// baseline of the image, in its units; a unit is a resolution of 0.0125 %.
const baseline = 8000

// microtime is the number of steps of a volume in which events are convolved.
const microtime = 16

// motionColumns are the six rigid-body parameters.
const motionColumns = 6

// gain is the evoked response at the start of each volume from the one at which a block
// begins: a boxcar of height 1 convolved with the haemodynamic response.
func (f FMRI) gain() []float64 {
	dt := f.TR / microtime
	h := bold.HRF(dt)
	box := int(math.Round(f.Block / dt))
	g := make([]float64, (len(h)+box)/microtime+1)
	for v := range g {
		for i, w := range h {
			if at := v*microtime - i; at >= 0 && at < box {
				g[v] += w
			}
		}
	}
	return g
}

// noise is the deviation of a volume's noise, percent, that gives the noise of a
// presentation asked for when the volumes of a block, about two volumes late, are averaged,
// or the reliability when the repetitions of a test image are averaged as well. Drift, motion and what neighbouring blocks add come on top.
func (f FMRI) noise() float64 {
	k := int(math.Round(f.Block / f.TR))
	g := f.gain()
	lag := min(int(math.Round(4/f.TR)), len(g)-k)
	var mean float64
	for _, v := range g[lag : lag+k] {
		mean += v / float64(k)
	}
	signal := f.Amplitude * mean
	of := float64(k) // variance of the sum of k autocorrelated volumes of variance 1
	for j := 1; j < k; j++ {
		of += 2 * float64(k-j) * math.Pow(f.Autocorrelation, float64(j))
	}
	of /= float64(k * k)
	noise := f.Noise
	if noise == 0 {
		noise = math.Sqrt((1 - f.Reliability) / f.Reliability * float64(f.TestRepetitions))
	}
	return signal * noise / math.Sqrt(of)
}

// motion makes the six parameters of a run, volumes x 6: translations in mm, then
// rotations in radians. The head drifts and comes back.
func motion(volumes int, r *rand.Rand) []float64 {
	m := make([]float64, volumes*motionColumns)
	for c := range motionColumns {
		scale := 0.05 // mm a volume
		if c >= 3 {
			scale = 0.001 // radians
		}
		x := 0.0
		for t := range volumes {
			x = 0.97*x + scale*r.NormFloat64()
			m[t*motionColumns+c] = x
		}
	}
	return m
}

// series makes the signal of a run, volumes x voxels, in units of the image.
func (s *study) series(run scanRun, resp responses, r *rand.Rand) (data []float32, moved []float64) {
	f := s.FMRI
	volumes := run.volumes(f.TR)
	moved = motion(volumes, r)
	data = make([]float32, volumes*resp.voxels)
	f.evoke(data, volumes, run.events, resp, s.Planted)
	z := bySD(moved, volumes)
	deviation := f.noise()
	innovation := deviation * math.Sqrt(1-f.Autocorrelation*f.Autocorrelation)
	for v := range resp.voxels {
		var leak [motionColumns]float64
		for c := range leak {
			leak[c] = f.Motion / math.Sqrt(motionColumns) * r.NormFloat64()
		}
		slope, wave := f.Drift*r.NormFloat64(), 0.25*f.Drift*r.NormFloat64()
		noise := deviation * r.NormFloat64()
		for t := range volumes {
			u := float64(t) / float64(volumes)
			x := slope*(u-0.5) + wave*math.Cos(2*math.Pi*u) + noise
			for c, w := range leak {
				x += w * z[t*motionColumns+c]
			}
			data[t*resp.voxels+v] = float32(baseline * (1 + (float64(data[t*resp.voxels+v])+x)/100))
			noise = f.Autocorrelation*noise + innovation*r.NormFloat64()
		}
	}
	return data, moved
}

// evoke adds the response to every block, in percent.
func (f FMRI) evoke(data []float32, volumes int, events []event, resp responses, planted float64) {
	gain := f.gain()
	mean, amplitude := float32(f.Response), float32(planted*f.Amplitude)
	for _, e := range events {
		if e.image < 0 {
			continue
		}
		pattern := resp.row(e.image)
		first := int(math.Round(e.onset / f.TR))
		for k, g := range gain {
			if g == 0 || first+k >= volumes {
				continue
			}
			row := data[(first+k)*resp.voxels:][:resp.voxels]
			w := float32(g)
			for v, x := range pattern {
				row[v] += w * (mean + amplitude*x)
			}
		}
	}
}

// bySD divides each column by its deviation and removes its mean.
func bySD(m []float64, rows int) []float64 {
	z := make([]float64, len(m))
	column := make([]float64, rows)
	for c := range motionColumns {
		for t := range rows {
			column[t] = m[t*motionColumns+c]
		}
		bold.ZScore(column, 0)
		for t, v := range column {
			z[t*motionColumns+c] = v
		}
	}
	return z
}
