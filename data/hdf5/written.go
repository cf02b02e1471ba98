package hdf5

import "slices"

// Part is a hyperslab: Count[i] indices from Start[i] along each axis i.
type Part struct{ Start, Count []int }

// Written lists the parts of the dataset that the file holds values for, in the order
// of their chunks. whole says that they are all of it; then parts is nil. All other
// values are the fill value, of which missing is one place. Time and memory are those of
// the chunks stored, whatever shape the dataset claims.
func (d *Dataset) Written() (parts []Part, missing []int, whole bool, err error) {
	if d.defect != nil {
		return nil, nil, false, d.defect
	}
	if d.layout.class != chunked {
		if d.layout.class != compact && d.layout.addr == noAddr {
			return nil, make([]int, len(d.Shape())), false, nil
		}
		return nil, nil, true, nil
	}
	x, err := d.chunks()
	if err != nil || x.regular != nil {
		return nil, nil, err == nil, err
	}
	places := make([]uint64, 0, len(x.stored))
	for p := range x.stored {
		places = append(places, p)
	}
	slices.Sort(places)
	all, err := product(x.grid)
	if err == nil && all == uint64(len(places)) {
		return nil, nil, true, nil
	}
	at := make([]uint64, len(x.grid))
	free := uint64(0) // the first place without a chunk
	for _, p := range places {
		if p == free {
			free++
		}
		coordinates(p, x.grid, at)
		part := Part{make([]int, len(at)), make([]int, len(at))}
		for i, c := range at {
			lo := c * d.layout.chunk[i]
			part.Start[i], part.Count[i] = int(lo), int(min(d.layout.chunk[i], d.shape[i]-lo))
		}
		parts = append(parts, part)
	}
	coordinates(free, x.grid, at)
	missing = make([]int, len(at))
	for i, c := range at {
		missing[i] = int(c * d.layout.chunk[i])
	}
	return parts, missing, false, nil
}
