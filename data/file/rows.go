package file

import "context"

// Rows hands the values to fn in C order, some rows at a time. A row is what one index of
// the first lead axes (1 or 2) has; from is the number of the first row, counted over these axes.
// Memory is that of a few rows where the format can read them one by one, of the whole
// array where it cannot. fn must not keep the slice.
func (a *Array) Rows(ctx context.Context, lead int, fn func(from int, values []float64) error) error {
	return rows(ctx, a, lead, block, a.Part, fn)
}

// Rows32 is Rows in float32: wider values are rounded to the nearest.
func (a *Array) Rows32(ctx context.Context, lead int, fn func(from int, values []float32) error) error {
	return rows(ctx, a, lead, block, a.Part32, fn)
}

// piecewise is a body whose rows can be read by themselves.
type piecewise interface {
	// together is how many indices of each axis are read as cheaply as one; nil where a
	// part costs as much as the whole.
	together() ([]int, error)
}

func rows[T any](ctx context.Context, a *Array, lead, block int, part func(ctx context.Context, start, count []int) ([]T, error), fn func(int, []T) error) error {
	if err := a.usable(); err != nil {
		return err
	}
	var at []int
	if b, ok := a.body.(piecewise); ok && len(a.Shape) > 0 {
		var err error
		if at, err = b.together(); err != nil {
			return err
		}
	}
	start, count := make([]int, len(a.Shape)), append([]int{}, a.Shape...)
	if at == nil || a.Len() == 0 {
		values, err := part(ctx, start, count)
		if err != nil {
			return err
		}
		return fn(0, values)
	}
	row := product(a.Shape[lead:]) // values
	axis, inner := 0, product(a.Shape[1:])
	if lead == 2 && inner > block && at[0] == 1 {
		axis, inner = 1, row
	}
	step := (max(1, block/inner) + at[axis] - 1) / at[axis] * at[axis]
	for from := 0; from < a.Len()/row; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if lead == 2 && axis == 0 {
			start[0] = from / a.Shape[1]
		} else if axis == 0 {
			start[0] = from
		} else {
			start[0], count[0], start[1] = from/a.Shape[1], 1, from%a.Shape[1]
		}
		count[axis] = min(step, a.Shape[axis]-start[axis])
		values, err := part(ctx, start, count)
		if err != nil {
			return err
		}
		if err := fn(from, values); err != nil {
			return err
		}
		from += len(values) / row
	}
	return nil
}

func (s stored) together() ([]int, error) {
	if !s.Sequential() {
		return nil, nil
	}
	return ones(len(s.Shape)), nil
}

func (s dataset) together() ([]int, error) {
	shape := s.d.Shape()
	if err := s.holds(product(shape)); err != nil {
		return nil, s.wrap(err)
	}
	if c := s.d.Chunks(); c != nil {
		return c, nil
	}
	return ones(len(shape)), nil
}

func ones(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = 1
	}
	return out
}
