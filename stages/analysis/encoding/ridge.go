package encoding

import (
	"context"
	"math"
	"slices"

	"realnet/stages/analysis/internal/eigen"
	"realnet/stages/analysis/internal/gram"
	"realnet/stages/analysis/internal/magnitude"
)

// problem is what all folds share.
type problem struct {
	c       Config
	rows    int
	targets []float64 // responses x rows
	count   int       // responses

	kernels [][]float64 // rows x rows of each band, or
	x       Matrix      // the features themselves, where they are fewer than rows
}

// newProblem takes the common means off the features and, unless the features are few,
// computes the inner products of all rows.
func newProblem(ctx context.Context, bands []Matrix, y Matrix, c Config) (*problem, error) {
	p := &problem{c: c, rows: y.Rows, count: y.Cols, targets: make([]float64, len(y.Data))}
	for i := range y.Rows {
		for r, v := range y.Data[i*y.Cols : (i+1)*y.Cols] {
			p.targets[r*y.Rows+i] = v
		}
	}
	for r := range y.Cols { // r and the choice of penalties do not depend on the unit
		unit(p.targets[r*y.Rows : (r+1)*y.Rows])
	}
	width := 0
	for _, x := range bands {
		width += x.Cols
	}
	if c.Weights == nil {
		x := centred(bands, width)
		if width < y.Rows {
			p.x = x
			return p, nil
		}
		k, err := products(ctx, x, c.Workers)
		p.kernels = [][]float64{k}
		p.c.Weights = [][]float64{{1}}
		return p, err
	}
	for _, x := range bands {
		k, err := products(ctx, centred([]Matrix{x}, x.Cols), c.Workers)
		if err != nil {
			return nil, err
		}
		mean := 0.0
		for i := range y.Rows {
			mean += k[i*y.Rows+i] / float64(y.Rows)
		}
		if mean > 0 {
			for i := range k {
				k[i] /= mean
			}
		}
		p.kernels = append(p.kernels, k)
	}
	return p, nil
}

// centred puts bands side by side, less the mean of each feature.
func centred(bands []Matrix, width int) Matrix {
	out := Matrix{make([]float64, bands[0].Rows*width), bands[0].Rows, width}
	at := 0
	for _, x := range bands {
		mean := newMeans(x)
		for i := range x.Rows {
			mean.remove(out.Data[i*width+at:][:x.Cols], x.Data[i*x.Cols:][:x.Cols])
		}
		at += x.Cols
	}
	return out
}

// means are those of columns, and which differ from theirs by rounding alone.
type means struct {
	of       []float64
	constant []bool
}

func newMeans(x Matrix) means {
	m := means{slices.Clone(x.Data[:x.Cols]), slices.Repeat([]bool{true}, x.Cols)}
	for i, v := range x.Data { // from the first row on, so that equal values have exactly their mean
		m.of[i%x.Cols] += (v - x.Data[i%x.Cols]) / float64(x.Rows)
	}
	for i, v := range x.Data {
		c := i % x.Cols
		m.constant[c] = m.constant[c] && math.Abs(v-m.of[c]) <= rounding*math.Abs(m.of[c])
	}
	return m
}

// remove takes the means off a row; constant columns have nothing left.
func (m means) remove(dst, row []float64) {
	gram.Centre(dst, row, m.of)
	for c, none := range m.constant {
		if none {
			dst[c] = 0
		}
	}
}

// rounding is the part of a value up to which its difference from another is none.
const rounding = 1e-13

func products(ctx context.Context, x Matrix, workers int) ([]float64, error) {
	n := x.Rows
	upper, diag, k := make([]float64, n*(n-1)/2), make([]float64, n), make([]float64, n*n)
	if err := gram.Triangle(ctx, source(x.Data, n, x.Cols), upper, diag, workers); err != nil {
		return nil, err
	}
	at := 0
	for i := range n {
		k[i*n+i] = diag[i]
		for j := i + 1; j < n; j++ {
			k[i*n+j], k[j*n+i] = upper[at], upper[at]
			at++
		}
	}
	return k, nil
}

func source(data []float64, rows, cols int) gram.Source[float64] {
	return &gram.Dense[float64, float64]{Data: data, Rows: rows, Cols: cols}
}

// basis predicts test rows from training rows: test diag(1/(λ+α)) targetsᵀ + mean.
type basis struct {
	lambda  []float64 // rank
	test    []float64 // test rows x rank
	targets []float64 // responses x rank
	mean    []float64 // responses: of the training rows
}

// fit decomposes the training rows under a candidate of weights.
func (p *problem) fit(ctx context.Context, weights int, train, test []int) (*basis, error) {
	b := &basis{mean: make([]float64, p.count)}
	n := len(train)
	y := make([]float64, p.count*n)
	for r := range p.count {
		row, from := y[r*n:(r+1)*n], p.targets[r*p.rows:(r+1)*p.rows]
		sum := 0.0
		for i, k := range train {
			row[i] = from[k]
			sum += row[i]
		}
		b.mean[r] = sum / float64(n)
		for i := range row {
			row[i] -= b.mean[r]
		}
	}
	if p.kernels == nil {
		return b, p.primal(ctx, b, y, train, test)
	}
	return b, p.dual(ctx, b, y, weights, train, test)
}

// dual works with the inner products of rows.
func (p *problem) dual(ctx context.Context, b *basis, y []float64, weights int, train, test []int) error {
	n, m := len(train), len(test)
	k, cross := make([]float64, n*n), make([]float64, m*n)
	for band, w := range p.c.Weights[weights] {
		if w == 0 {
			continue
		}
		full := p.kernels[band]
		gather := func(out []float64, rows []int) {
			for i, r := range rows {
				from, to := full[r*p.rows:(r+1)*p.rows], out[i*n:(i+1)*n]
				for j, c := range train {
					to[j] += w * from[c]
				}
			}
		}
		gather(k, train)
		gather(cross, test)
	}
	// Less the mean of the training rows on either side.
	mean, total := make([]float64, n), 0.0
	for i := range n {
		mean[i] = gram.Sum(k[i*n:(i+1)*n]) / float64(n)
		total += mean[i] / float64(n)
	}
	centre := func(x []float64) {
		for i := 0; i < len(x); i += n {
			row := x[i : i+n]
			own := gram.Sum(row) / float64(n)
			for j := range row {
				row[j] += total - own - mean[j]
			}
		}
	}
	before := magnitude.Largest(k)
	centre(k)
	centre(cross)
	if magnitude.Largest(k) <= rounding*before { // features that are constant over the training rows
		clear(k)
		clear(cross)
	}
	values, vectors, err := eigen.Symmetric(ctx, k, n, n, p.c.Workers)
	if err != nil {
		return err
	}
	columns := transpose(vectors, n, n)
	b.lambda = positive(values)
	b.test, b.targets = make([]float64, m*n), make([]float64, p.count*n)
	if err := gram.Cross(ctx, source(cross, m, n), source(columns, n, n), b.test, p.c.Workers); err != nil {
		return err
	}
	return gram.Cross(ctx, source(y, p.count, n), source(columns, n, n), b.targets, p.c.Workers)
}

// primal works with the inner products of features.
func (p *problem) primal(ctx context.Context, b *basis, y []float64, train, test []int) error {
	n, m, d := len(train), len(test), p.x.Cols
	known := Matrix{make([]float64, 0, n*d), n, d}
	for _, r := range train {
		known.Data = append(known.Data, p.x.Data[r*d:(r+1)*d]...)
	}
	mean := newMeans(known)
	rows := func(list []int) []float64 {
		out := make([]float64, len(list)*d)
		for i, r := range list {
			mean.remove(out[i*d:(i+1)*d], p.x.Data[r*d:(r+1)*d])
		}
		return out
	}
	features := transpose(rows(train), n, d)
	k, err := products(ctx, Matrix{features, d, n}, p.c.Workers)
	if err != nil {
		return err
	}
	values, vectors, err := eigen.Symmetric(ctx, k, d, d, p.c.Workers)
	if err != nil {
		return err
	}
	columns := transpose(vectors, d, d)
	b.lambda = positive(values)
	b.test, b.targets = make([]float64, m*d), make([]float64, p.count*d)
	if err := gram.Cross(ctx, source(rows(test), m, d), source(columns, d, d), b.test, p.c.Workers); err != nil {
		return err
	}
	weights := make([]float64, p.count*d)
	if err := gram.Cross(ctx, source(y, p.count, n), source(features, d, n), weights, p.c.Workers); err != nil {
		return err
	}
	return gram.Cross(ctx, source(weights, p.count, d), source(columns, d, d), b.targets, p.c.Workers)
}

func positive(values []float64) []float64 {
	for i, v := range values {
		values[i] = max(v, 0)
	}
	return values
}

func transpose(x []float64, rows, cols int) []float64 {
	out := make([]float64, len(x))
	for i := range rows {
		for j, v := range x[i*cols : (i+1)*cols] {
			out[j*rows+i] = v
		}
	}
	return out
}

// predict gives, less the training mean, responses x test rows for one penalty and some
// responses, in the order of the list.
func (b *basis) predict(ctx context.Context, alpha float64, list []int, workers int) ([]float64, error) {
	rank := len(b.lambda)
	m := len(b.test) / rank
	scaled := make([]float64, len(b.test))
	for i, v := range b.test {
		scaled[i] = v / (b.lambda[i%rank] + alpha)
	}
	targets := b.targets
	if len(list)*rank != len(targets) {
		targets = make([]float64, 0, len(list)*rank)
		for _, r := range list {
			targets = append(targets, b.targets[r*rank:(r+1)*rank]...)
		}
	}
	out := make([]float64, len(list)*m)
	return out, gram.Cross(ctx, source(targets, len(list), rank), source(scaled, m, rank), out, workers)
}
