package compare

import (
	"context"
	"errors"
	"fmt"
	"math"

	"realnet/stages/analysis/internal/parallel"
	"realnet/stages/analysis/rdm"
)

// Sphere describes the neighbourhoods of a searchlight.
type Sphere struct {
	Mask      []bool     // voxels of the brain, in C order of Shape
	Shape     [3]int     // voxels along x, y, z
	Radius    float64    // a voxel belongs when its centre is no further than this
	Voxel     [3]float64 // edge lengths in mm when Radius is in mm; zero for a radius in voxels
	MinVoxels int        // centres with fewer voxels in the mask are left out; 0 takes 2
}

// Neighbourhoods are the voxels around each centre.
type Neighbourhoods struct {
	Centers []int     // indices in the volume, ascending
	Members [][]int32 // indices among the voxels of the mask, ascending
}

// Find lists the spheres around all voxels of the mask. Only voxels of the mask
// belong to a sphere (rsatoolbox: truncate_at_boundary; it takes distances
// below the radius, here a distance equal to it is inside).
func (s *Sphere) Find() (*Neighbourhoods, error) {
	nx, ny, nz := s.Shape[0], s.Shape[1], s.Shape[2]
	if nx < 1 || ny < 1 || nz < 1 || len(s.Mask) != nx*ny*nz {
		return nil, fmt.Errorf("compare: mask of %d voxels for %v: %w", len(s.Mask), s.Shape, ErrShape)
	}
	if !(s.Radius > 0) || math.IsInf(s.Radius, 0) {
		return nil, fmt.Errorf("compare: searchlight radius %v: %w", s.Radius, ErrShape)
	}
	edge := s.Voxel
	for i := range edge {
		if s.Voxel == [3]float64{} {
			edge[i] = 1
		}
		if !(edge[i] > 0) {
			return nil, fmt.Errorf("compare: voxel size %v: %w", s.Voxel, ErrShape)
		}
	}
	var offsets [][3]int
	var reach [3]int
	for i := range reach {
		reach[i] = int(min(s.Radius/edge[i]*(1+1e-9), float64(s.Shape[i])))
	}
	for x := -reach[0]; x <= reach[0]; x++ {
		for y := -reach[1]; y <= reach[1]; y++ {
			for z := -reach[2]; z <= reach[2]; z++ {
				a, b, c := float64(x)*edge[0], float64(y)*edge[1], float64(z)*edge[2]
				if a*a+b*b+c*c <= s.Radius*s.Radius*(1+1e-9) {
					offsets = append(offsets, [3]int{x, y, z})
				}
			}
		}
	}
	at := make([]int32, len(s.Mask)) // index among the mask's voxels, or -1
	count := int32(0)
	for i, in := range s.Mask {
		at[i] = -1
		if in {
			at[i] = count
			count++
		}
	}
	least := max(s.MinVoxels, 2)
	out := &Neighbourhoods{}
	for i, in := range s.Mask {
		if !in {
			continue
		}
		x, y, z := i/(ny*nz), i/nz%ny, i%nz
		var members []int32
		for _, o := range offsets {
			a, b, c := x+o[0], y+o[1], z+o[2]
			if a < 0 || a >= nx || b < 0 || b >= ny || c < 0 || c >= nz {
				continue
			}
			if k := at[(a*ny+b)*nz+c]; k >= 0 {
				members = append(members, k)
			}
		}
		if len(members) >= least {
			out.Centers = append(out.Centers, i)
			out.Members = append(out.Members, members)
		}
	}
	if len(out.Centers) == 0 {
		return nil, fmt.Errorf("compare: no sphere of radius %v has %d voxels in a mask of %d: %w", s.Radius, least, count, ErrShape)
	}
	return out, nil
}

// Searchlight compares the RDM of each neighbourhood with every model:
// values[centre][model]. patterns is conditions x voxels of the mask, in the
// order of the mask, held in memory as float64; names are the conditions'. A
// neighbourhood in which a pattern is constant has no RDM: its values are NaN.
// Any other error stops.
func Searchlight(ctx context.Context, patterns rdm.Source, names []string, around *Neighbourhoods, models []*rdm.RDM, cfg rdm.Config, opts Options, workers int) ([][]float64, error) {
	n, voxels := patterns.Dims()
	for i, m := range around.Members {
		if len(m) == 0 || int(m[len(m)-1]) >= voxels {
			return nil, fmt.Errorf("compare: neighbourhood %d does not fit patterns of %d voxels: %w", i, voxels, ErrShape)
		}
	}
	data := make([]float64, n*voxels)
	if err := patterns.Block(data, voxels, 0, n, 0, voxels); err != nil {
		return nil, err
	}
	targets, err := newTargets(n, names, models, opts)
	if err != nil {
		return nil, err
	}
	cfg.Workers = 1
	values := make([][]float64, len(around.Centers))
	err = parallel.Run(ctx, workers, len(values), func(_, i int) error {
		var err error
		if values[i], err = one(ctx, data, n, voxels, names, around.Members[i], targets, cfg, opts); err != nil {
			return fmt.Errorf("searchlight at voxel %d: %w", around.Centers[i], err)
		}
		return nil
	})
	return values, err
}

// target is a model in the order of the patterns' conditions, ranked and
// centred once when the method multiplies such vectors.
type target struct{ values, prepared []float64 }

func newTargets(n int, names []string, models []*rdm.RDM, opts Options) ([]target, error) {
	order := &rdm.RDM{N: n, Names: names, Values: make([]float64, n*(n-1)/2)}
	out := make([]target, len(models))
	for k, m := range models {
		a, err := rdm.Align(order, m)
		if err != nil {
			return nil, fmt.Errorf("model %d: %w", k, err)
		}
		if _, err := Vectors(a.Values, a.Values, opts); err != nil { // the same checks as every comparison
			return nil, fmt.Errorf("model %d: %w", k, err)
		}
		out[k].values = a.Values
		switch opts.Method {
		case Spearman, Pearson, RhoA, Cosine:
			if !opts.OmitNaN {
				out[k].prepared = prepare(opts.Method, a.Values)
			}
		}
	}
	return out, nil
}

func one(ctx context.Context, data []float64, n, voxels int, names []string, members []int32, targets []target, cfg rdm.Config, opts Options) ([]float64, error) {
	src := &rdm.Matrix[float64]{Data: make([]float64, 0, n*len(members)), Conditions: n, Features: len(members)}
	for i := range n {
		row := data[i*voxels : (i+1)*voxels]
		for _, k := range members {
			src.Data = append(src.Data, row[k])
		}
	}
	out := make([]float64, len(targets))
	r, err := rdm.Compute(ctx, src, names, cfg)
	if errors.Is(err, rdm.ErrConstant) {
		for k := range out {
			out[k] = math.NaN()
		}
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	var prepared []float64
	for k, t := range targets {
		if t.prepared == nil {
			out[k], err = Vectors(r.Values, t.values, opts)
		} else {
			if prepared == nil {
				prepared = prepare(opts.Method, r.Values)
			}
			out[k], err = product(opts.Method, prepared, t.prepared)
		}
		if err != nil {
			return nil, fmt.Errorf("model %d: %w", k, err)
		}
	}
	return out, nil
}
