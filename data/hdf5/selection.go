package hdf5

import (
	"fmt"
	"slices"
	"sort"
)

// Selection is the part of a dataset that a read returns: a list of runs along
// every axis, the product of which is read (numpy's x[np.ix_(rows, columns)]).
type Selection struct {
	d    *Dataset
	axes [][]run
}

// run is count neighbouring indices from start.
type run struct {
	start, count uint64
}

// All selects the whole dataset.
func (d *Dataset) All() *Selection {
	s := &Selection{d: d, axes: make([][]run, len(d.shape))}
	for i, n := range d.shape {
		s.axes[i] = []run{{0, n}}
	}
	return s
}

// Slab selects the hyperslab of count[i] indices from start[i] along each axis i.
// It fails with ErrRange when that leaves the shape. The axes of a field that is an
// array are taken whole.
func (d *Dataset) Slab(start, count []int) (*Selection, error) {
	s := d.All()
	if n := len(d.shape); len(d.sub) > 0 && len(start) == n+len(d.sub) && len(count) == len(start) && slices.Equal(count[n:], d.sub) {
		start, count = start[:n], count[:n]
	}
	if d.scalar || len(start) != len(d.shape) || len(count) != len(d.shape) {
		return nil, fmt.Errorf("%s: %w: slab of rank %d in shape %v", d.name, ErrRange, len(start), d.Shape())
	}
	for i, n := range d.shape {
		if start[i] < 0 || count[i] < 0 || uint64(start[i]) > n || uint64(count[i]) > n-uint64(start[i]) {
			return nil, fmt.Errorf("%s: %w: slab from %v of %v in shape %v", d.name, ErrRange, start, count, d.Shape())
		}
		s.axes[i] = []run{{uint64(start[i]), uint64(count[i])}}
	}
	return s, nil
}

// Take selects along one axis the indices given, in that order (they count from
// the start of the dataset, and replace what was selected along that axis).
func (s *Selection) Take(axis int, indices []int) (*Selection, error) {
	d := s.d
	if d.scalar || axis < 0 || axis >= len(d.shape) {
		return nil, fmt.Errorf("%s: %w: axis %d of shape %v", d.name, ErrRange, axis, d.Shape())
	}
	var runs []run
	for _, i := range indices {
		if i < 0 || uint64(i) >= d.shape[axis] {
			return nil, fmt.Errorf("%s: %w: index %d of axis %d in shape %v", d.name, ErrRange, i, axis, d.Shape())
		}
		if n := len(runs); n > 0 && runs[n-1].start+runs[n-1].count == uint64(i) {
			runs[n-1].count++
		} else {
			runs = append(runs, run{uint64(i), 1})
		}
	}
	out := &Selection{d: d, axes: append([][]run(nil), s.axes...)}
	out.axes[axis] = runs
	return out, nil
}

// Shape is the shape of what a read returns.
func (s *Selection) Shape() []int {
	if s.d.scalar {
		return append([]int{}, s.d.sub...)
	}
	return append(toInts(s.counts()), s.d.sub...)
}

func (s *Selection) counts() []uint64 {
	n := make([]uint64, len(s.axes))
	for i, runs := range s.axes {
		for _, r := range runs {
			n[i] += r.count
		}
	}
	return n
}

// piece is a stretch along one axis inside one chunk: n indices from src in the
// chunk go to dst in the result.
type piece struct {
	src, dst, n uint64
}

// axisChunk is what one chunk contributes along one axis.
type axisChunk struct {
	at     uint64 // the chunk's coordinate
	pieces []piece
}

// splitAxis cuts runs at the borders of chunks of the given length.
func splitAxis(runs []run, chunk uint64) []axisChunk {
	var out []axisChunk
	var dst uint64
	for _, r := range runs {
		for r.count > 0 {
			at, src := r.start/chunk, r.start%chunk
			n := min(r.count, chunk-src)
			out = append(out, axisChunk{at, []piece{{src, dst, n}}})
			dst += n
			r.start += n
			r.count -= n
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].at < out[j].at })
	merged := out[:0]
	for _, c := range out {
		if n := len(merged); n > 0 && merged[n-1].at == c.at {
			merged[n-1].pieces = append(merged[n-1].pieces, c.pieces...)
		} else {
			merged = append(merged, c)
		}
	}
	return merged
}

// touched bounds how many chunks the runs along one axis are in.
func touched(runs []run, chunk uint64) uint64 {
	var n uint64
	for _, r := range runs {
		if r.count > 0 {
			n += (r.start+r.count-1)/chunk - r.start/chunk + 1
		}
	}
	return n
}
