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
		for i, v := range row {
			out[i] = float64(v) - mean[i]
		}
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

// columnSource hands out the features of the samples as rows of a matrix.
type columnSource interface {
	features(f0, f1 int) gram.Source[float64]
}

func centredColumns[T gram.Float](m *matrix[T]) columnSource { return transposed[T]{m} }

func (t transposed[T]) features(f0, f1 int) gram.Source[float64] { return span[T]{t, f0, f1} }

// span is some rows of the transposed matrix.
type span[T gram.Float] struct {
	t      transposed[T]
	f0, f1 int
}

// Dims implements gram.Source.
func (s span[T]) Dims() (rows, cols int) { return s.f1 - s.f0, s.t.m.rows }

// Block implements gram.Source.
func (s span[T]) Block(dst []float64, stride, r0, r1, c0, c1 int) error {
	return s.t.Block(dst, stride, s.f0+r0, s.f0+r1, c0, c1)
}
