package rdmfile

import (
	"context"
	"fmt"

	"realnet/data/file"
	"realnet/stages/analysis/rdm"
)

// ofArray reads the RDMs of one array. Square ones are read in pieces: memory is that of their
// upper triangles.
func ofArray(ctx context.Context, f *file.File, a *file.Array) ([]*rdm.RDM, error) {
	list, err := squares(ctx, f, a)
	if err == nil && list == nil {
		list, err = triangles(ctx, a)
	}
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%w: no RDM", ErrShape)
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

// squares reads n x n, k x n x n or n x n x k; nil for an array that is none of them, or is
// a stack of n triangles that have n values.
func squares(ctx context.Context, f *file.File, a *file.Array) ([]*rdm.RDM, error) {
	switch s := a.Shape; {
	case len(s) == 2 && s[0] == s[1]:
		return square(ctx, f, a)
	case len(s) != 3 || s[0] != s[1] && s[1] != s[2]:
		return nil, nil
	}
	if a.Len() == 0 {
		return nil, nil
	}
	last, err := stackedLast(ctx, a)
	if err != nil {
		return nil, err
	}
	matrices := make([]*rdm.Square, a.Shape[0])
	n := a.Shape[1]
	if last {
		matrices = make([]*rdm.Square, a.Shape[2])
	}
	for i := range matrices {
		matrices[i] = rdm.NewSquare(n)
	}
	if last {
		column := make([]float64, n)
		err = a.Rows(ctx, 1, func(_ int, values []float64) error {
			for ; len(values) > 0; values = values[n*len(matrices):] {
				for k, m := range matrices {
					for j := range column {
						column[j] = values[j*len(matrices)+k]
					}
					if err := m.Add(column); err != nil {
						return err
					}
				}
			}
			return nil
		})
	} else {
		err = a.Rows(ctx, 2, func(from int, values []float64) error {
			for ; len(values) > 0; from, values = from+1, values[n:] {
				if err := matrices[from/n].Add(values[:n]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return nil, err
	}
	list := make([]*rdm.RDM, len(matrices))
	for i, m := range matrices {
		if list[i], err = m.RDM("", nil); err != nil {
			return nil, fmt.Errorf("RDM %d: %w", i, err)
		}
	}
	return list, nil
}

// square reads a matrix; nil for a stack of triangles.
func square(ctx context.Context, f *file.File, a *file.Array) ([]*rdm.RDM, error) {
	order, err := columnsAsRows(f, a)
	if err != nil {
		return nil, err
	}
	n := a.Shape[0]
	m := rdm.NewSquare(n)
	ordered := make([]float64, len(order))
	err = a.Rows(ctx, 1, func(_ int, values []float64) error {
		for ; len(values) > 0; values = values[n:] {
			row := values[:n]
			if order != nil {
				for i, at := range order {
					ordered[i] = row[at]
				}
				row = ordered
			}
			if err := m.Add(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r, err := m.RDM("", nil)
	switch {
	case err == nil:
		return []*rdm.RDM{r}, nil
	case m.Similarity():
		return nil, fmt.Errorf("%w: the diagonal is 1: this looks like a similarity matrix; an RDM has zeros there (1 - x)", ErrShape)
	case noTriangle(n) || m.ZeroDiagonal():
		return nil, fmt.Errorf("RDM 0: %w (save the mean of x and its transpose; where only one triangle is filled, their sum)", err)
	}
	return nil, nil
}

// triangles reads pairs, k x pairs, or one of these as MATLAB has it, which knows no arrays
// of one axis.
func triangles(ctx context.Context, a *file.Array) ([]*rdm.RDM, error) {
	s := a.Shape
	if len(s) != 1 && len(s) != 2 {
		return nil, fmt.Errorf("%w: %v, want pairs, n x n, k x pairs, k x n x n or n x n x k", ErrShape, s)
	}
	x, err := a.Float64(ctx)
	if err != nil {
		return nil, err
	}
	if len(s) == 1 || s[0] == 1 || s[1] == 1 {
		r, err := condensed(x)
		if err != nil && len(s) > 1 {
			err = fmt.Errorf("RDM 0: %w", err)
		}
		return []*rdm.RDM{r}, err
	}
	list := make([]*rdm.RDM, s[0])
	for i := range list {
		if list[i], err = condensed(x[i*s[1] : (i+1)*s[1]]); err != nil {
			return nil, fmt.Errorf("RDM %d: %w", i, err)
		}
	}
	return list, nil
}

// stackedLast says that square RDMs are stacked along the last axis, as in MATLAB. Where all
// axes have the same length, the first RDM tells.
func stackedLast(ctx context.Context, a *file.Array) (bool, error) {
	s := a.Shape
	if s[0] != s[1] || s[2] == 0 {
		return false, nil
	}
	if s[1] != s[2] {
		return true, nil
	}
	is := func(count ...int) (bool, error) {
		x, err := a.Part(ctx, []int{0, 0, 0}, count)
		if err != nil {
			return false, err
		}
		_, err = rdm.FromSquare("", x, s[0], nil)
		return err == nil, nil
	}
	first, err := is(1, s[1], s[2])
	if first || err != nil {
		return false, err
	}
	return is(s[0], s[1], 1)
}

// noTriangle says that a number of values is no upper triangle.
func noTriangle(values int) bool {
	_, err := rdm.Conditions(values)
	return err != nil
}

func condensed(x []float64) (*rdm.RDM, error) {
	if _, err := rdm.Conditions(len(x)); err != nil {
		return nil, fmt.Errorf("%w (an RDM that is square must be symmetric with a zero diagonal)", err)
	}
	return rdm.New("", x, nil)
}
