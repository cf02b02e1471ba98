package arrayset

import (
	"context"
	"fmt"
	"slices"

	"realnet/data/file"
)

const (
	// blockBytes is about how much of an array is read at a time, in float32.
	blockBytes = 64 << 20
	// chunkBytes is how much more a block may be so that no chunk is read twice.
	chunkBytes = 256 << 20
)

// Read returns the values, rows x columns, divided by the scale and rounded to float32.
// progress may be nil; it is called with arrays read and all there are. With nan: drop
// the columns are fewer afterwards: Voxels and Members say which, Dropped how many went.
func (s *Set) Read(ctx context.Context, progress func(done, all int)) (values []float32, dropped int, err error) {
	width := len(s.Voxels)
	out := make([]float32, len(s.Rows)*width)
	bad := make([]bool, width)
	units := s.units()
	for i, g := range s.groups {
		row := 0
		for k, u := range units {
			n, err := s.readSource(ctx, g, g.at[u], out[row*width:], width, bad)
			if err != nil {
				return nil, 0, err
			}
			row += n
			if progress != nil {
				progress(i*len(units)+k+1, len(s.groups)*len(units))
			}
		}
	}
	if !slices.Contains(bad, true) {
		return out, 0, nil
	}
	return s.drop(out, bad)
}

// readSource reads one array into the columns of its group, and says how many rows it had.
func (s *Set) readSource(ctx context.Context, g group, src source, out []float32, width int, bad []bool) (int, error) {
	in, a, err := s.open(ctx, src)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	l, err := s.spec.of(in, a).axes(src.String(), a.Shape, s.order)
	if err != nil {
		return 0, err
	}
	step, split := blocks(a)
	start, count := make([]int, len(a.Shape)), make([]int, len(a.Shape))
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		for k, d := range a.Shape {
			count[k] = min(step[k], d-start[k])
		}
		if err := s.block(ctx, a, l, g, start, count, target{out, width, bad, src}); err != nil {
			return 0, err
		}
		k := split
		for ; k >= 0; k-- {
			if start[k] += step[k]; start[k] < a.Shape[k] {
				break
			}
			start[k] = 0
		}
		if k < 0 {
			return l.rows * l.repetitions, nil
		}
	}
}

// target is where values go.
type target struct {
	out   []float32
	width int    // of a row of out
	bad   []bool // columns with values that are no numbers
	src   source
}

// block reads a part and puts its values in their places. The scale is applied in
// float64.
func (s *Set) block(ctx context.Context, a *file.Array, l layout, g group, start, count []int, to target) error {
	var single []float32
	var double []float64
	var err error
	if a.Single() || s.spec.Scale == 1 {
		single, err = a.Part32(ctx, start, count)
	} else {
		double, err = a.Part(ctx, start, count)
	}
	if err != nil {
		return err
	}
	last := len(count) - 1
	index := make([]int, len(count))
	n := max(len(single), len(double))
	rowStep, step, column := l.row[last], l.feat[last], g.keep.column
	for at := 0; at < n; at += count[last] {
		row, feature := 0, 0
		for k := range index {
			i := start[k] + index[k]
			row, feature = row+i*l.row[k], feature+i*l.feat[k]
		}
		for i := range count[last] {
			c := column[feature+i*step]
			if c < 0 {
				continue
			}
			var v float32
			switch {
			case double != nil:
				v = float32(double[at+i] / s.spec.Scale)
			case s.spec.Scale != 1:
				v = float32(float64(single[at+i]) / s.spec.Scale)
			default:
				v = single[at+i]
			}
			if v-v != 0 { // NaN or infinite
				if s.spec.NaN != Drop {
					return fmt.Errorf("%w: %s: row %d, feature %d is %v: leave it out with a mask, or drop such features: nan: drop", ErrFormat, to.src, row+i*rowStep, c, v)
				}
				to.bad[g.first+c] = true
			}
			to.out[(row+i*rowStep)*to.width+g.first+c] = v
		}
		for k := last - 1; k >= 0; k-- {
			if index[k]++; index[k] < count[k] {
				break
			}
			index[k] = 0
		}
	}
	return nil
}

// blocks cuts an array into parts that are read one after the other, the last axes
// whole: step is a part's shape, split the last axis that is cut.
func blocks(a *file.Array) (step []int, split int) {
	step = slices.Clone(a.Shape)
	chunk := a.Chunk()
	if len(chunk) != len(step) {
		chunk = slices.Repeat([]int{1}, len(step))
	}
	inner := 4
	for _, d := range step {
		inner *= max(1, d)
	}
	for k, d := range a.Shape {
		split = k
		inner /= max(1, d) // bytes of one index along this axis, before which all are cut
		least := min(max(1, chunk[k]), max(1, d))
		if inner <= blockBytes || k == len(step)-1 {
			n := max(1, blockBytes/max(1, inner))
			if n < least && least*inner <= chunkBytes {
				n = least
			}
			if n > least {
				n = n / least * least
			}
			step[k] = max(1, min(n, d))
			break
		}
		step[k] = least
		inner *= least
		if inner > chunkBytes {
			inner /= least
			step[k] = 1
		}
	}
	return step, split
}

// drop takes the columns with values that are no numbers out of everything.
func (s *Set) drop(values []float32, bad []bool) ([]float32, int, error) {
	width := len(bad)
	moved := make([]int, width)
	var voxels [][3]int
	for c, b := range bad {
		moved[c] = -1
		if !b {
			moved[c] = len(voxels)
			voxels = append(voxels, s.Voxels[c])
		}
	}
	if len(voxels) == 0 {
		return nil, 0, fmt.Errorf("%w: every feature has a NaN or infinite value", ErrFormat)
	}
	out := values[:0]
	for at := 0; at < len(values); at += width {
		for c, v := range values[at : at+width] {
			if !bad[c] {
				out = append(out, v)
			}
		}
	}
	for region, columns := range s.Members {
		var kept []int
		for _, c := range columns {
			if moved[c] >= 0 {
				kept = append(kept, moved[c])
			}
		}
		if len(kept) == 0 {
			return nil, 0, fmt.Errorf("%w: every feature of %s has a NaN or infinite value", ErrFormat, region)
		}
		s.Members[region] = kept
	}
	dropped := width - len(voxels)
	s.Voxels, s.Shape, s.Axes = voxels, nil, nil
	return out, dropped, nil
}
