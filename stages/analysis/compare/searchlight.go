package compare

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"realnet/stages/analysis/internal/parallel"
	"realnet/stages/analysis/rdm"
)

// Sphere describes the neighbourhoods of a searchlight.
type Sphere struct {
	Mask      []bool        // voxels of the brain, in C order of Shape
	Shape     [3]int        // voxels along x, y, z
	Radius    float64       // a voxel belongs when its centre is no further than this
	Steps     [3][3]float64 // from a voxel to the next along x, y, z in mm, when Radius is in mm; zero for a radius in voxels
	MinVoxels int           // centres with fewer voxels in the mask are left out; 0 takes 2
}

// gridRounding is what affines in float32 may take off a distance or add to it. Voxels of
// 2 mm are 1.9999998 mm apart in a rotated image, and belong to a sphere of 6 mm all the same.
const gridRounding = 1e-6

// Neighbourhoods are the voxels around each centre.
type Neighbourhoods struct {
	Centers []int     // indices in the volume, ascending
	Members [][]int32 // indices among the voxels of the mask, ascending
	Shape   [3]int    // of the volume
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
	steps := s.Steps
	if steps == [3][3]float64{} {
		steps = [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	}
	offsets, err := insideSphere(s.Shape, steps, s.Radius*(1+gridRounding))
	if err != nil {
		return nil, err
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
	out := &Neighbourhoods{Shape: s.Shape}
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

// insideSphere lists the voxels that are no further than the radius from one, as offsets.
func insideSphere(shape [3]int, steps [3][3]float64, radius float64) (offsets [][3]int, err error) {
	// A voxel is as far from the plane of two axes as its number along the third says.
	var reach [3]int
	for i := range reach {
		a, b := steps[(i+1)%3], steps[(i+2)%3]
		normal := [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
		length := math.Hypot(math.Hypot(normal[0], normal[1]), normal[2])
		apart := math.Abs(normal[0]*steps[i][0]+normal[1]*steps[i][1]+normal[2]*steps[i][2]) / length
		if !(apart > 0) || math.IsInf(apart, 0) {
			return nil, fmt.Errorf("compare: steps between voxels %v mm do not span a volume: %w", steps, ErrShape)
		}
		reach[i] = int(min(radius/apart*(1+gridRounding), float64(shape[i])))
	}
	for x := -reach[0]; x <= reach[0]; x++ {
		for y := -reach[1]; y <= reach[1]; y++ {
			for z := -reach[2]; z <= reach[2]; z++ {
				square := 0.0
				for i := range 3 {
					d := float64(x)*steps[0][i] + float64(y)*steps[1][i] + float64(z)*steps[2][i]
					square += d * d
				}
				if square <= radius*radius {
					offsets = append(offsets, [3]int{x, y, z})
				}
			}
		}
	}
	return offsets, nil
}

// Maps are what a searchlight finds: [centre][model].
type Maps struct {
	Values [][]float64 // similarities; NaN where a neighbourhood has no RDM
	P      [][]float64 // corrected for all centres and models by the maximum; nil without a test
	Z      [][]float64 // effect size: less the mean under permuted labels, in their standard deviations; nil without a test

	Clusters []Cluster // of the largest mass first; nil where they are not asked for
	Exact    bool
}

// Searchlight compares the RDM of each neighbourhood with every model. patterns is
// conditions x voxels of the mask, in the order of the mask, copied unless they are a
// Matrix[float64]; names are the conditions'. A neighbourhood in which a pattern is constant, or all are
// equally far apart, has no RDM: its values are NaN. Any other error stops.
//
// With test.Permutations the labels of the models are permuted, in the same way for all
// centres and models; p counts the permutations whose largest similarity anywhere (its
// largest distance from the mean, two-sided) is at least the centre's.
func Searchlight(ctx context.Context, patterns rdm.Source, names []string, around *Neighbourhoods, models []*rdm.RDM, cfg rdm.Config, opts Options, test SearchlightTest) (*Maps, error) {
	n, voxels := patterns.Dims()
	for i, m := range around.Members {
		if len(m) == 0 || int(m[len(m)-1]) >= voxels {
			return nil, fmt.Errorf("compare: neighbourhood %d does not fit patterns of %d voxels: %w", i, voxels, ErrShape)
		}
	}
	data, err := inMemory(patterns)
	if err != nil {
		return nil, err
	}
	targets, err := newTargets(n, names, models, opts)
	if err != nil {
		return nil, err
	}
	cfg.Workers = 1
	out := &Maps{Values: make([][]float64, len(around.Centers))}
	deviations := make([][]float64, len(around.Centers)) // in the direction of the alternative
	largest := make([][]float64, parallel.Workers(test.Workers, len(out.Values)))
	exact := make([]bool, len(largest))
	inner := test.Test
	inner.Workers = 1
	kept, err := newNulls(around, len(models), test)
	if err != nil {
		return nil, err
	}
	if test.Permutations > 0 {
		out.Z = make([][]float64, len(out.Values))
	}
	err = parallel.Run(ctx, test.Workers, len(out.Values), func(w, i int) error {
		fail := func(err error) error { return fmt.Errorf("searchlight at voxel %d: %w", around.Centers[i], err) }
		r, values, err := one(ctx, data, n, voxels, names, around.Members[i], targets, cfg, opts)
		out.Values[i] = values
		if err != nil {
			return fail(err)
		}
		if r == nil || test.Permutations == 0 {
			if out.Z != nil {
				out.Z[i] = slices.Repeat([]float64{math.NaN()}, len(targets))
			}
			return nil
		}
		for m, t := range targets {
			null, err := NullDistribution(ctx, &rdm.RDM{N: n, Values: t.values}, &rdm.RDM{N: n, Values: r.Values}, opts, inner)
			if err != nil {
				return fail(err)
			}
			sd := deviation(null.Deviations)
			out.Z[i] = append(out.Z[i], null.Deviation/sd)
			if kept != nil {
				if err := kept.keep(i*len(targets)+m, null.Deviations, sd, test.ClusterP, test.Alternative, null.Exact); err != nil {
					return fail(err)
				}
			}
			far := test.Alternative.far
			deviations[i] = append(deviations[i], far(null.Deviation)-null.tolerance)
			if largest[w] == nil {
				largest[w], exact[w] = slices.Repeat([]float64{math.Inf(-1)}, len(null.Deviations)), null.Exact
			}
			for k, v := range null.Deviations {
				largest[w][k] = max(largest[w][k], far(v))
			}
		}
		return nil
	})
	if err != nil || test.Permutations == 0 {
		return out, err
	}
	var all []float64
	for w, l := range largest {
		switch {
		case l == nil:
		case all == nil:
			all, out.Exact = l, exact[w]
		default:
			for k, v := range l {
				all[k] = max(all[k], v)
			}
		}
	}
	slices.Sort(all)
	out.P = make([][]float64, len(out.Values))
	for i, list := range deviations {
		for _, v := range list {
			at, _ := slices.BinarySearch(all, v)
			reached, count := float64(len(all)-at), float64(len(all))
			if !out.Exact { // the identity is one more
				reached, count = reached+1, count+1
			}
			out.P[i] = append(out.P[i], reached/count)
		}
	}
	if kept != nil {
		kept.count, kept.exact = len(all), out.Exact
		if out.Clusters, err = kept.clusters(ctx, out.Z, test.Workers); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// inMemory are all values of a source.
func inMemory(x rdm.Source) ([]float64, error) {
	if m, ok := x.(*rdm.Matrix[float64]); ok && len(m.Data) == m.Conditions*m.Features {
		return m.Data, nil
	}
	n, features := x.Dims()
	data := make([]float64, n*features)
	return data, x.Block(data, features, 0, n, 0, features)
}

// target is a model in the order of the patterns' conditions, prepared once unless pairs
// are left out, which depends on the voxel.
type target struct {
	values   []float64
	prepared *Prepared
}

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
		if !opts.OmitNaN {
			if out[k].prepared, err = prepared(a.Values, opts); err != nil {
				return nil, fmt.Errorf("model %d: %w", k, err)
			}
		}
	}
	return out, nil
}

func one(ctx context.Context, data []float64, n, voxels int, names []string, members []int32, targets []target, cfg rdm.Config, opts Options) (*rdm.RDM, []float64, error) {
	src := &rdm.Matrix[float64]{Data: make([]float64, 0, n*len(members)), Conditions: n, Features: len(members)}
	for i := range n {
		row := data[i*voxels : (i+1)*voxels]
		for _, k := range members {
			src.Data = append(src.Data, row[k])
		}
	}
	out := make([]float64, len(targets))
	nothing := func() (*rdm.RDM, []float64, error) {
		for k := range out {
			out[k] = math.NaN()
		}
		return nil, out, nil
	}
	r, err := rdm.Compute(ctx, src, names, cfg)
	if errors.Is(err, rdm.ErrConstant) {
		return nothing()
	}
	if err != nil {
		return nil, nil, err
	}
	var here *Prepared
	for k, t := range targets {
		if t.prepared == nil {
			out[k], err = Vectors(r.Values, t.values, opts)
		} else {
			if here == nil {
				if here, err = prepared(r.Values, opts); err != nil {
					return nil, nil, err
				}
			}
			out[k], err = here.With(t.prepared)
		}
		if errors.Is(err, ErrConstant) { // the models are not
			return nothing()
		}
		if err != nil {
			return nil, nil, fmt.Errorf("model %d: %w", k, err)
		}
	}
	return r, out, nil
}
