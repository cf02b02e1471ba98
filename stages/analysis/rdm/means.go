package rdm

import (
	"context"

	"realnet/stages/analysis/internal/gram"
	"realnet/stages/analysis/internal/parallel"
)

// meanStep is how many columns are read at once.
const meanStep = 8192

// rowMeans gives the mean of each condition over its features.
func rowMeans(ctx context.Context, src Source, workers int) ([]float64, error) {
	n, features := src.Dims()
	means := make([]float64, n)
	return means, parallel.Run(ctx, workers, n, func(_, i int) error {
		sum := 0.0
		if m, ok := src.(*Matrix[float32]); ok && len(m.Data) == n*features {
			sum = gram.Sum(m.Data[i*features : (i+1)*features])
		} else {
			buf := make([]float64, min(meanStep, features))
			for c := 0; c < features; c += meanStep {
				end := min(c+meanStep, features)
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := src.Block(buf, len(buf), i, i+1, c, end); err != nil {
					return err
				}
				sum += gram.Sum(buf[:end-c])
			}
		}
		means[i] = sum / float64(features)
		return nil
	})
}

// columnMeans gives the mean of each feature over the conditions.
func columnMeans(ctx context.Context, src Source, workers int) ([]float64, error) {
	n, features := src.Dims()
	const rows = 8
	steps := (features + meanStep - 1) / meanStep
	means := make([]float64, features)
	return means, parallel.Run(ctx, workers, steps, func(_, k int) error {
		c0, c1 := k*meanStep, min((k+1)*meanStep, features)
		width := c1 - c0
		buf, out := make([]float64, rows*width), means[c0:c1]
		for r := 0; r < n; r += rows {
			end := min(r+rows, n)
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := src.Block(buf, width, r, end, c0, c1); err != nil {
				return err
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
		return nil
	})
}
