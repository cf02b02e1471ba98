package rdm

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"realnet/stages/analysis/internal/gram"
)

// parallel calls f(0) to f(n-1) on workers goroutines.
func parallel(n, workers int, f func(int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}

// meanStep is how many columns are read at once.
const meanStep = 8192

// rowMeans gives the mean of each condition over its features.
func rowMeans(ctx context.Context, src Source, workers int) ([]float64, error) {
	n, features := src.Dims()
	means, errs := make([]float64, n), make([]error, n)
	parallel(n, workers, func(i int) {
		sum := 0.0
		if m, ok := src.(*Matrix[float32]); ok && len(m.Data) == n*features {
			sum = gram.Sum(m.Data[i*features : (i+1)*features])
		} else {
			buf := make([]float64, min(meanStep, features))
			for c := 0; c < features && errs[i] == nil; c += meanStep {
				end := min(c+meanStep, features)
				if errs[i] = ctx.Err(); errs[i] == nil {
					errs[i] = src.Block(buf, len(buf), i, i+1, c, end)
				}
				sum += gram.Sum(buf[:end-c])
			}
		}
		means[i] = sum / float64(features)
	})
	return means, firstError(errs)
}

// columnMeans gives the mean of each feature over the conditions.
func columnMeans(ctx context.Context, src Source, workers int) ([]float64, error) {
	n, features := src.Dims()
	const rows = 8
	steps := (features + meanStep - 1) / meanStep
	means, errs := make([]float64, features), make([]error, steps)
	parallel(steps, workers, func(k int) {
		c0, c1 := k*meanStep, min((k+1)*meanStep, features)
		width := c1 - c0
		buf, out := make([]float64, rows*width), means[c0:c1]
		for r := 0; r < n; r += rows {
			end := min(r+rows, n)
			if errs[k] = ctx.Err(); errs[k] != nil {
				return
			}
			if errs[k] = src.Block(buf, width, r, end, c0, c1); errs[k] != nil {
				return
			}
			for i := range end - r {
				for c, v := range buf[i*width : (i+1)*width] {
					out[c] += v
				}
			}
		}
		for c := range out {
			out[c] /= float64(n)
		}
	})
	return means, firstError(errs)
}

func firstError(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// finite reports the first value that made a squared norm NaN or infinite.
func finite(src Source, sq []float64, names []string) error {
	for i, v := range sq {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return notFinite(src, names, i)
		}
	}
	return nil
}

// notFinite finds the value that is to blame for condition i, or any other.
func notFinite(src Source, names []string, i int) error {
	n, features := src.Dims()
	buf := make([]float64, features)
	for k := range n + 1 {
		row := k - 1 // the suspect first: with common means it may be innocent
		if k == 0 {
			row = i
		}
		if err := src.Block(buf, features, row, row+1, 0, features); err != nil {
			return err
		}
		for c, v := range buf {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("rdm: %s has %v at feature %d: %w", label(names, row), v, c, ErrNotFinite)
			}
		}
	}
	return fmt.Errorf("rdm: the sum of squares of %s overflows: scale the patterns down: %w", label(names, i), ErrNotFinite)
}
