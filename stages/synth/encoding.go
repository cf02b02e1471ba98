package synth

import (
	"context"
	"math"
	"math/rand/v2"
)

// tuned are random nonlinear features of some attributes:
// feature f of a is cos(phase[f] + sum over i of weights[f][i] (a[which[i]] - 1/2)).
type tuned struct {
	which   []int
	weights [][]float64 // features x attributes
	phase   []float64
}

// newTuned draws n features, of which a share is the subject's own and the rest is
// common to all.
func newTuned(names []string, n int, tuning, individual float64, common, own *rand.Rand) tuned {
	t := tuned{weights: make([][]float64, n), phase: make([]float64, n)}
	for _, name := range names {
		i, err := attribute(name)
		if err != nil {
			panic(err) // Validate looked
		}
		t.which = append(t.which, i)
	}
	shared := n - int(math.Round(individual*float64(n)))
	for f := range n {
		r := common
		if f >= shared {
			r = own
		}
		t.weights[f] = make([]float64, len(t.which))
		for i := range t.weights[f] {
			t.weights[f][i] = tuning * r.NormFloat64()
		}
		t.phase[f] = 2 * math.Pi * r.Float64()
	}
	return t
}

// of evaluates the features of an object.
func (t tuned) of(o object, to []float64) {
	for f, w := range t.weights {
		angle := t.phase[f]
		for i, a := range t.which {
			angle += w[i] * (o.attributes[a] - 0.5)
		}
		to[f] = math.Cos(angle)
	}
}

// responses are the noise-free patterns of a subject, images x voxels: first the
// training images, then the test images. Every voxel has mean 0 and deviation 1 over
// the training images.
type responses struct {
	voxels int
	data   []float32
}

func (r responses) row(image int) []float32 { return r.data[image*r.voxels : (image+1)*r.voxels] }

// respond makes a subject's responses.
func (s *study) respond(ctx context.Context, subject, workers int) (responses, error) {
	objects := append(append([]object{}, s.train...), s.test...)
	r := responses{s.FMRI.voxels(), make([]float32, len(objects)*s.FMRI.voxels())}
	first := 0
	for _, roi := range s.FMRI.ROIs {
		own := stream(s.Seed, "roi", roi.Name, "subject", subject)
		t := newTuned(roi.Encodes, s.FMRI.Features, s.FMRI.Tuning, s.FMRI.Individual, stream(s.Seed, "roi", roi.Name), own)
		features := make([]float64, len(objects)*s.FMRI.Features) // images x features
		for i, o := range objects {
			t.of(o, features[i*s.FMRI.Features:(i+1)*s.FMRI.Features])
		}
		mixing := make([]float64, roi.Voxels*s.FMRI.Features) // voxels x features
		for i := range mixing {
			mixing[i] = own.NormFloat64()
		}
		const block = 64 // voxels a goroutine takes at once
		err := parallel(ctx, workers, (roi.Voxels+block-1)/block, func(b int) error {
			for v := b * block; v < min((b+1)*block, roi.Voxels); v++ {
				r.voxel(first+v, mixing[v*s.FMRI.Features:(v+1)*s.FMRI.Features], features, len(s.train))
			}
			return nil
		})
		if err != nil {
			return r, err
		}
		first += roi.Voxels
	}
	return r, nil
}

// voxel fills one column: the features mixed, then standardised by the training images.
func (r responses) voxel(v int, mixing, features []float64, train int) {
	images, n := len(r.data)/r.voxels, len(mixing)
	column := make([]float64, images)
	var mean, square float64
	for i := range column {
		for f, m := range mixing {
			column[i] += m * features[i*n+f]
		}
		if i < train {
			mean += column[i] / float64(train)
		}
	}
	for _, x := range column[:train] {
		square += (x - mean) * (x - mean) / float64(train)
	}
	for i, x := range column {
		r.data[i*r.voxels+v] = float32((x - mean) / math.Sqrt(square))
	}
}
