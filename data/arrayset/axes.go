package arrayset

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"realnet/data/file"
	"realnet/data/nifti"
)

// layout is what the axes of an array are: the row and the feature of a value are sums
// of index times step.
type layout struct {
	shape       []int
	names       []string
	row, feat   []int // steps along each axis
	rows        int   // of the table
	repetitions int   // of each
	rowAxis     int
	featureAxes []int // in the order of the features
}

// axes applies the names of axes to the shape of an array.
func (s Spec) axes(what string, shape []int, order []string) (layout, error) {
	names := s.Axes
	if len(names) == 0 {
		names = usualAxes(s.Preset, len(shape), order)
	}
	l := layout{shape: shape, names: names, repetitions: 1, row: make([]int, len(shape)), feat: make([]int, len(shape))}
	if len(names) != len(shape) {
		return l, fmt.Errorf("%w: %s has shape %v, axes %v name %d of %d: say what each is, as in axes: [row, feature] or [x, y, z, row]", ErrFormat, what, shape, names, len(names), len(shape))
	}
	var features []string
	for i, name := range names {
		switch {
		case isRow(name):
			l.rowAxis, l.rows = i, shape[i]
		case name == repetition:
			l.repetitions = shape[i]
		default:
			features = append(features, name)
		}
	}
	if order == nil {
		order = features
	} else if !slices.Equal(slices.Sorted(slices.Values(order)), slices.Sorted(slices.Values(features))) {
		return l, fmt.Errorf("%w: %s: axes %v, want beside the rows %v", ErrFormat, what, names, order)
	}
	step := 1
	used := make([]bool, len(names))
	for _, want := range slices.Backward(order) {
		for i := range slices.Backward(names) {
			if names[i] == want && !used[i] {
				used[i] = true
				l.feat[i], step = step, step*shape[i]
				l.featureAxes = append([]int{i}, l.featureAxes...)
				break
			}
		}
	}
	for i, name := range names {
		switch {
		case isRow(name):
			l.row[i] = l.repetitions
		case name == repetition:
			l.row[i] = 1
		}
	}
	return l, nil
}

// usualAxes are the axes of an array for which none are named.
func usualAxes(preset string, rank int, order []string) []string {
	switch {
	case order != nil:
		return append([]string{"row"}, order...)
	case preset == "glmsingle" && rank == 4:
		return []string{"x", "y", "z", "row"}
	case preset == "glmsingle":
		return []string{"voxel", "row"}
	}
	return []string{"row", "feature"}
}

// features are the lengths of the feature axes.
func (l layout) features() []int {
	out := []int{}
	for _, i := range l.featureAxes {
		out = append(out, l.shape[i])
	}
	return out
}

func (l layout) featureNames() []string {
	var out []string
	for _, i := range l.featureAxes {
		out = append(out, l.names[i])
	}
	return out
}

// checkRows compares the axis of rows with the table.
func (l layout) checkRows(what, table string, n int) error {
	if l.rows == n {
		return nil
	}
	hint := ""
	if i := slices.Index(l.shape, n); i >= 0 && i != l.rowAxis {
		swapped := slices.Clone(l.names)
		swapped[i], swapped[l.rowAxis] = swapped[l.rowAxis], swapped[i]
		hint = fmt.Sprintf("; axis %d has %d: axes: [%s]", i, n, strings.Join(swapped, ", "))
	}
	return fmt.Errorf("%w: %s has shape %v and %d rows by axes %v, %s has %d%s", ErrFormat, what, l.shape, l.rows, l.names, table, n, hint)
}

// selection is the columns of features: -1 for those that are left out.
type selection struct {
	column []int
	n      int
}

// columns decides which features of a group are kept, and whose they are.
func (s *Set) columns(ctx context.Context, f *finder, g *group, l layout) error {
	g.first = len(s.Voxels)
	n := 1
	for _, d := range l.features() {
		n *= d
	}
	g.keep.column = make([]int, n)
	switch {
	case s.spec.Mask != "":
		return s.masked(ctx, f, g, l)
	case s.spec.Regions != "":
		return s.tabled(f, g)
	}
	region := g.region
	if region == "" {
		region = s.Regions[0]
	}
	g.keep.n = n
	for i := range n {
		g.keep.column[i] = i
		s.Members[region] = append(s.Members[region], g.first+i)
		s.Voxels = append(s.Voxels, [3]int{-1, -1, -1})
	}
	if len(s.groups) == 1 {
		s.Shape, s.Axes = l.features(), l.featureNames()
	}
	return nil
}

// tabled keeps the features that the table of regions gives to the regions asked for.
func (s *Set) tabled(f *finder, g *group) error {
	list, err := f.regionTable()
	if err != nil {
		return err
	}
	if len(list) != len(g.keep.column) {
		return fmt.Errorf("%w: %s has %d rows for %d features", ErrFormat, f.known.fill(s.spec.Regions), len(list), len(g.keep.column))
	}
	for i, of := range list {
		g.keep.column[i] = -1
		for _, region := range s.Regions {
			if !slices.Contains(of, region) {
				continue
			}
			if g.keep.column[i] < 0 {
				g.keep.column[i] = g.keep.n
				g.keep.n++
				s.Voxels = append(s.Voxels, [3]int{-1, -1, -1})
			}
			s.Members[region] = append(s.Members[region], g.first+g.keep.column[i])
		}
	}
	return nil
}

// regionTable lists the regions of each feature; several are separated by spaces. A whole
// cell may also be the name of one, as in "left V1".
func (f *finder) regionTable() ([][]string, error) {
	name, err := one(f.names, f.Regions, f.known)
	if err != nil {
		return nil, fmt.Errorf("%w: regions: %w", ErrFormat, err)
	}
	t, err := file.ReadTable(filepath.Join(f.root, filepath.FromSlash(name)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	column, ok := t.Column("roi")
	if !ok {
		return nil, fmt.Errorf("%s: %w: no column roi (columns: %s)", name, ErrFormat, strings.Join(t.Columns, ", "))
	}
	out := make([][]string, len(column))
	for i, cell := range column {
		if out[i] = strings.Fields(cell); len(out[i]) > 1 {
			out[i] = append(out[i], strings.TrimSpace(cell))
		}
	}
	return out, nil
}

// masked keeps the features where the masks are above 0.
func (s *Set) masked(ctx context.Context, f *finder, g *group, l layout) error {
	regions := s.Regions
	if g.region != "" {
		regions = []string{g.region}
	}
	kept := map[int]bool{}
	inside := map[string][]int{} // features of each region
	place := map[int][3]int{}    // of features in a NIfTI mask
	for _, region := range regions {
		known := labels{"roi": region, "subject": f.known["subject"]}
		name, err := one(f.names, s.spec.Mask, known)
		if err != nil {
			return fmt.Errorf("%w: mask of %s: %w", ErrFormat, region, err)
		}
		path := filepath.Join(f.root, filepath.FromSlash(name))
		format, err := file.Format(path)
		if err != nil {
			return err
		}
		if format == file.NIfTI {
			err = l.niftiMask(path, name, func(feature int, at [3]int) {
				inside[region], kept[feature], place[feature] = append(inside[region], feature), true, at
			})
		} else {
			err = l.arrayMask(ctx, path, name, func(feature int) {
				inside[region], kept[feature] = append(inside[region], feature), true
			})
		}
		if err != nil {
			return err
		}
		if len(inside[region]) == 0 {
			return fmt.Errorf("%w: %s: no value is above 0", ErrFormat, name)
		}
	}
	for i := range g.keep.column {
		g.keep.column[i] = -1
	}
	order := make([]int, 0, len(kept))
	for feature := range kept {
		order = append(order, feature)
	}
	slices.SortFunc(order, func(a, b int) int { // x fastest in images
		p, q := place[a], place[b]
		for axis := 2; axis >= 0; axis-- {
			if p[axis] != q[axis] {
				return p[axis] - q[axis]
			}
		}
		return a - b
	})
	for _, feature := range order {
		g.keep.column[feature] = g.keep.n
		g.keep.n++
		at, ok := place[feature]
		if !ok {
			at = [3]int{-1, -1, -1}
		}
		s.Voxels = append(s.Voxels, at)
	}
	for region, features := range inside {
		for _, feature := range features {
			s.Members[region] = append(s.Members[region], g.first+g.keep.column[feature])
		}
		slices.Sort(s.Members[region])
	}
	return nil
}

// niftiMask calls keep with the features of the voxels of a mask image, whose axes are
// x, y and z.
func (l layout) niftiMask(path, name string, keep func(feature int, at [3]int)) error {
	mask, err := nifti.ReadMask(path)
	if err != nil {
		return err
	}
	var step, length [3]int
	for i, axis := range []string{"x", "y", "z"} {
		k := slices.Index(l.names, axis)
		if k < 0 || len(l.featureAxes) != 3 {
			return fmt.Errorf("%w: %s is an image, axes are %v: name them x, y and z, or give a mask that is an array", ErrFormat, name, l.names)
		}
		step[i], length[i] = l.feat[k], l.shape[k]
	}
	if !slices.Equal(mask.Grid[:], length[:]) {
		return fmt.Errorf("%w: %s has the grid %v, the arrays have x, y, z of %v", ErrFormat, name, mask.Grid, length)
	}
	for _, v := range mask.Voxels {
		at := [3]int{v % length[0], v / length[0] % length[1], v / (length[0] * length[1])}
		keep(at[0]*step[0]+at[1]*step[1]+at[2]*step[2], at)
	}
	return nil
}

// arrayMask calls keep with the features where an array is above 0.
func (l layout) arrayMask(ctx context.Context, path, name string, keep func(feature int)) error {
	in, err := file.Open(ctx, path)
	if err != nil {
		return err
	}
	defer in.Close()
	a, err := in.Array("")
	if err != nil {
		return err
	}
	if !slices.Equal(a.Shape, l.features()) {
		return fmt.Errorf("%w: %s has shape %v, the features have %v", ErrFormat, name, a.Shape, l.features())
	}
	v, err := a.Float64(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i, x := range v {
		if x > 0 {
			keep(i)
		}
	}
	return nil
}
