package pca

import "realnet/stages/analysis/internal/gram"

// matrix is the n x d samples, centred and scaled as they are read.
type matrix[T gram.Float] struct {
	data        []T
	rows, cols  int
	mean, scale []float64 // a feature each; scale may be nil
}

// Dims implements gram.Source.
func (m *matrix[T]) Dims() (rows, cols int) { return m.rows, m.cols }

// Block implements gram.Source.
func (m *matrix[T]) Block(dst []float64, stride, r0, r1, c0, c1 int) error {
	mean := m.mean[c0:c1]
	for r := r0; r < r1; r++ {
		row := m.data[r*m.cols+c0 : r*m.cols+c1]
		out := dst[(r-r0)*stride : (r-r0)*stride+len(row)]
		gram.Centre(out, row, mean)
		if m.scale != nil {
			for i, s := range m.scale[c0:c1] {
				out[i] /= s
			}
		}
	}
	return nil
}

// transposed is the d x n view of the same samples.
type transposed[T gram.Float] struct{ m *matrix[T] }

// Dims implements gram.Source.
func (t transposed[T]) Dims() (rows, cols int) { return t.m.cols, t.m.rows }

// Block implements gram.Source: features [r0,r1) of samples [c0,c1).
func (t transposed[T]) Block(dst []float64, stride, r0, r1, c0, c1 int) error {
	m := t.m
	for c := c0; c < c1; c++ {
		row := m.data[c*m.cols+r0 : c*m.cols+r1]
		at := c - c0
		for i, v := range row {
			e := float64(v) - m.mean[r0+i]
			if m.scale != nil {
				e /= m.scale[r0+i]
			}
			dst[i*stride+at] = e
		}
	}
	return nil
}
