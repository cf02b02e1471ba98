package arrayset

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"realnet/data/file"
)

// Set is the arrays of a subject: what their rows and features are. Values are read by
// Read.
type Set struct {
	Rows    []Row
	Regions []string         // in the order asked for, or that of their names
	Members map[string][]int // columns of each region, ascending
	Voxels  [][3]int         // place of each column in the mask's image; -1 when not known
	Shape   []int            // lengths of the feature axes, where all features are kept and of one region
	Axes    []string         // their names

	spec    Spec
	order   []string // of the feature axes; nil: as in the file
	root    string
	subject string
	groups  []group
}

// source is one array and the labels that its names have.
type source struct {
	file, array string // path below the root; name of the array, "" for the only one
	labels      labels
}

func (s source) String() string {
	if s.array == "" {
		return s.file
	}
	return s.file + " " + s.array
}

// unit is a part of the rows that comes in arrays of its own.
type unit struct{ subset, session string }

// group is the arrays with the same features, one a unit.
type group struct {
	region string // "" where the arrays hold all regions
	at     map[unit]source
	keep   selection
	first  int // of its columns in the set
}

// Open finds the arrays of a subject and checks that rows, axes and masks fit them.
// regions may be nil: all that the files name. order, when it is not nil, names the
// feature axes in the order in which they are wanted.
func (s Spec) Open(ctx context.Context, root, subject string, regions, order []string) (*Set, error) {
	s = s.filled()
	names, err := list(root)
	if err != nil {
		return nil, err
	}
	f := finder{Spec: s, root: root, names: names, known: labels{"subject": subject}, tables: map[string][]Row{}}
	sources, err := f.sources(ctx)
	if err != nil {
		return nil, err
	}
	set := &Set{spec: s, order: order, root: root, subject: subject, Members: map[string][]int{}}
	if set.Regions, err = f.regions(sources, regions); err != nil {
		return nil, err
	}
	if err := set.group(f, sources); err != nil {
		return nil, err
	}
	units := set.units()
	for i := range set.groups {
		if err := set.fit(ctx, &f, &set.groups[i], units, order); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// finder looks for the files of a subject.
type finder struct {
	Spec
	root   string
	names  []string // of all files below the root
	known  labels
	tables map[string][]Row // by file
	runs   int              // numbered so far, by the tables before
}

// sources lists the subject's arrays.
func (f *finder) sources(ctx context.Context) ([]source, error) {
	files, err := find(f.names, f.File, f.known)
	if err != nil {
		return nil, err
	}
	for _, other := range []string{f.Mask, f.Regions, f.Rows, f.Channels, f.Times} { // they are no data
		taken, err := find(f.names, other, f.known)
		if err != nil {
			return nil, err
		}
		files = slices.DeleteFunc(files, func(m match) bool {
			return slices.ContainsFunc(taken, func(t match) bool { return t.name == m.name })
		})
	}
	if len(files) == 0 {
		return nil, f.nothing()
	}
	var out []source
	for _, file := range files {
		if !has(f.Array, "roi") && !has(f.Array, "subset") && !has(f.Array, "session") {
			out = append(out, source{file.name, f.known.fill(f.Array), file.labels})
			continue
		}
		inside, err := arrayNames(ctx, filepath.Join(f.root, filepath.FromSlash(file.name)))
		if err != nil {
			return nil, err
		}
		known := maps.Clone(f.known)
		maps.Copy(known, file.labels)
		found, err := find(inside, f.Array, known)
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			all := maps.Clone(file.labels)
			maps.Copy(all, m.labels)
			out = append(out, source{file.name, m.name, all})
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%w: %s has no array called %s; it holds %s", ErrFormat, file.name, known.fill(f.Array), strings.Join(inside[:min(len(inside), 12)], ", "))
		}
	}
	return out, nil
}

// nothing says what is there instead of the subject's files.
func (f *finder) nothing() error {
	others, err := find(f.names, f.File, nil)
	if err != nil {
		return err
	}
	if subjects := values(others, "subject"); len(subjects) > 0 {
		return fmt.Errorf("%w: no file %s (subjects there: %s)", ErrFormat, f.known.fill(f.File), strings.Join(subjects, ", "))
	}
	return fmt.Errorf("%w: no file %s (files there: %s)", ErrFormat, f.known.fill(f.File), strings.Join(f.names[:min(len(f.names), 8)], ", "))
}

func arrayNames(ctx context.Context, path string) ([]string, error) {
	in, err := file.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return in.Names(), nil
}

// regions are those asked for, which must be there, or all that the names give.
func (f *finder) regions(sources []source, wanted []string) ([]string, error) {
	var there []string
	switch {
	case has(f.File, "roi") || has(f.Array, "roi"):
		for _, s := range sources {
			there = append(there, s.labels["roi"])
		}
	case has(f.Mask, "roi"):
		masks, err := find(f.names, f.Mask, f.known)
		if err != nil {
			return nil, err
		}
		there = values(masks, "roi")
	case f.Regions != "":
		list, err := f.regionTable()
		if err != nil {
			return nil, err
		}
		for _, of := range list {
			there = append(there, of...)
		}
	default:
		if len(wanted) > 1 {
			return nil, fmt.Errorf("%w: rois: %v, but nothing says which features are whose: put {roi} into file, array or mask, or name a table of regions", ErrFormat, wanted)
		}
		if len(wanted) == 0 {
			wanted = []string{"all"}
		}
		return wanted, nil
	}
	slices.Sort(there)
	there = slices.DeleteFunc(slices.Compact(there), func(s string) bool { return s == "" })
	if len(wanted) == 0 {
		return there, nil
	}
	for _, w := range wanted {
		if !slices.Contains(there, w) {
			return nil, fmt.Errorf("%w: no region %q for %s (regions there: %s)", ErrFormat, w, f.known.fill(f.File), strings.Join(there, ", "))
		}
	}
	return wanted, nil
}

// group puts together the arrays that have the same features.
func (s *Set) group(f finder, sources []source) error {
	regional := has(f.File, "roi") || has(f.Array, "roi")
	at := map[string]int{}
	for _, region := range s.Regions {
		if !regional {
			region = ""
		}
		if _, known := at[region]; !known {
			at[region] = len(s.groups)
			s.groups = append(s.groups, group{region: region, at: map[unit]source{}})
		}
	}
	for _, src := range sources {
		i, ok := at[src.labels["roi"]]
		if !ok {
			continue
		}
		u := unit{src.labels["subset"], src.labels["session"]}
		if other, twice := s.groups[i].at[u]; twice {
			return fmt.Errorf("%w: %s and %s are both of %s: choose by file (%s)", ErrFormat, other, src, f.known.fill(f.File), "a longer pattern")
		}
		s.groups[i].at[u] = src
	}
	return nil
}

// units are the parts of the rows, the training set first, sessions in their order.
func (s *Set) units() []unit {
	var subsets, sessions []string
	for _, g := range s.groups {
		for u := range g.at {
			subsets, sessions = append(subsets, u.subset), append(sessions, u.session)
		}
	}
	slices.Sort(subsets)
	slices.SortFunc(sessions, natural)
	var out []unit
	for _, subset := range subsetsInOrder(slices.Compact(subsets)) {
		for _, session := range slices.Compact(sessions) {
			u := unit{subset, session}
			if slices.ContainsFunc(s.groups, func(g group) bool { _, ok := g.at[u]; return ok }) {
				out = append(out, u)
			}
		}
	}
	return out
}

// natural orders numbers by their value.
func natural(a, b string) int {
	x, err1 := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	if err1 == nil && err2 == nil {
		return x - y
	}
	return strings.Compare(a, b)
}

// fit opens the arrays of a group, one after the other, and compares their shapes with
// the rows and with each other. The first group brings the rows.
func (s *Set) fit(ctx context.Context, f *finder, g *group, units []unit, order []string) error {
	first := len(s.Rows) == 0
	row := 0
	var shape []int
	var whose source
	for _, u := range units {
		src, ok := g.at[u]
		if !ok {
			return fmt.Errorf("%w: region %s has no array of %s", ErrFormat, g.region, strings.TrimSpace(u.subset+" "+u.session))
		}
		in, a, err := s.open(ctx, src)
		if err != nil {
			return err
		}
		l, err := s.spec.of(in, a).axes(src.String(), a.Shape, order)
		if err == nil && shape == nil {
			shape, whose = l.features(), src
			err = s.columns(ctx, f, g, l)
		} else if err == nil && !slices.Equal(shape, l.features()) {
			err = fmt.Errorf("%w: %s has features of shape %v, %s of %v: they are of other voxels", ErrFormat, whose, shape, src, l.features())
		}
		names := in.RowNames(a)
		if err == nil && l.rowAxis > 0 {
			names = in.NamesOf(l.rows)
		}
		in.Close()
		if err != nil {
			return err
		}
		rows, table, err := f.rows(u)
		if f.Rows == "" {
			rows, table, err = f.named(src, names, u)
		}
		if err != nil {
			return err
		}
		if err := l.checkRows(src.String(), table, len(rows)); err != nil {
			return err
		}
		if err := sameOrder(src.String(), table, names, rows); err != nil {
			return err
		}
		if l.repetitions > 1 {
			rows = repeated(rows, l.repetitions)
		}
		if first {
			s.Rows = append(s.Rows, rows...)
		}
		row += len(rows)
	}
	if row != len(s.Rows) {
		return fmt.Errorf("%w: region %s has %d rows, region %s %d", ErrFormat, g.region, row, s.groups[0].region, len(s.Rows))
	}
	return nil
}

// sameOrder refuses a table of rows that has the names that an array has itself, in another
// order: it is of other rows.
func sameOrder(src, table string, names []string, rows []Row) error {
	if len(names) != len(rows) {
		return nil
	}
	own, listed, first := make([]string, len(rows)), make([]string, len(rows)), -1
	for i, r := range rows {
		own[i], listed[i] = conditionName(names[i]), r.Condition
		if first < 0 && own[i] != listed[i] {
			first = i
		}
	}
	slices.Sort(own)
	slices.Sort(listed)
	if first < 0 || !slices.Equal(own, listed) {
		return nil
	}
	return fmt.Errorf("%w: %s names its rows itself, in another order than %s: row %d is %q there and %q in the table: bring the table into the order of the rows, or leave rows out", ErrFormat, src, table, first, names[first], rows[first].Condition)
}

// open opens the array of a source. Close the file after use.
func (s *Set) open(ctx context.Context, src source) (*file.File, *file.Array, error) {
	in, err := file.Open(ctx, filepath.Join(s.root, filepath.FromSlash(src.file)))
	if err != nil {
		return nil, nil, err
	}
	a, err := in.Array(src.array)
	if s.spec.Preset == "glmsingle" && errors.Is(err, file.ErrName) && src.array == presets["glmsingle"].Array {
		if other, e := in.Array(matlabBetas); e == nil { // GLMsingle of MATLAB
			a, err = other, nil
		}
	}
	if err == nil && !a.Numeric() {
		err = fmt.Errorf("%s: %w: array %q is of type %s", src.file, ErrFormat, a.Name, a.DType)
		if a.Err != nil {
			err = fmt.Errorf("%s: array %q: %w", src.file, a.Name, a.Err)
		}
	}
	if errors.Is(err, file.ErrName) {
		err = fmt.Errorf("%w: name it: array: NAME", err)
	}
	if err != nil {
		in.Close()
		return nil, nil, err
	}
	return in, a, nil
}

// matlabBetas is what GLMsingle of MATLAB calls its betas.
const matlabBetas = "modelmd"

// of is the spec for an array: one of GLMsingle's MATLAB files of version 7.3 is shown
// as h5py has it, with its axes the other way round.
func (s Spec) of(in *file.File, a *file.Array) Spec {
	if s.Preset == "glmsingle" && len(s.Axes) == 0 && a.Name == matlabBetas && in.Format == file.HDF5 {
		s.Axes = slices.Clone(usualAxes(s.Preset, len(a.Shape), nil))
		slices.Reverse(s.Axes)
	}
	return s
}

// named are the rows that an array names itself.
func (f *finder) named(src source, names []string, u unit) ([]Row, string, error) {
	if names == nil {
		return nil, "", fmt.Errorf("%w: %s does not name its rows: rows: name the table that says what each row is, as in conditions.csv", ErrFormat, src)
	}
	subset, ok := subsetNames[u.subset]
	if !ok {
		return nil, "", fmt.Errorf("%w: {subset} is %q in a file's name: want train or test", ErrFormat, u.subset)
	}
	key := u.subset + "\x00" + u.session // all regions of a unit have the same rows
	if f.tables[key] == nil {
		f.runs++
		for _, name := range names {
			f.tables[key] = append(f.tables[key], Row{Condition: conditionName(name), Subset: subset, Session: u.session, Run: f.runs})
		}
	}
	for i, name := range names {
		if i >= len(f.tables[key]) || f.tables[key][i].Condition != conditionName(name) {
			return nil, "", fmt.Errorf("%w: %s names row %d %q, another region's array has other rows", ErrFormat, src, i, name)
		}
	}
	return slices.Clone(f.tables[key]), "its index", nil
}

// rows are those of a unit, and the name of their table.
func (f *finder) rows(u unit) ([]Row, string, error) {
	if f.Rows == "" {
		return nil, "", nil
	}
	known := maps.Clone(f.known)
	known["subset"], known["session"] = u.subset, u.session
	name, err := one(f.names, f.Rows, known)
	if err != nil {
		return nil, "", fmt.Errorf("%w: rows: %w", ErrFormat, err)
	}
	all, ok := f.tables[name]
	if !ok {
		if all, err = readRows(filepath.Join(f.root, filepath.FromSlash(name)), f.Columns); err != nil {
			return nil, "", fmt.Errorf("%s: %w", name, err)
		}
		most := 0
		for i := range all { // runs of another table are other runs
			most = max(most, all[i].Run)
			all[i].Run += f.runs
		}
		f.runs += most
		f.tables[name] = all
	}
	rows := slices.Clone(all)
	if u.subset != "" {
		want, ok := subsetNames[u.subset]
		if !ok {
			return nil, "", fmt.Errorf("%w: {subset} is %q in a file's name: want train or test", ErrFormat, u.subset)
		}
		if has(f.Rows, "subset") {
			for i := range rows {
				rows[i].Subset = want
			}
		} else {
			rows = slices.DeleteFunc(rows, func(r Row) bool { return r.Subset != want })
		}
		if len(rows) == 0 {
			return nil, "", fmt.Errorf("%w: %s has no row of subset %s: give it a column subset, or put {subset} into its name", ErrFormat, name, want)
		}
	}
	if u.session != "" && !has(f.Rows, "session") {
		rows = slices.DeleteFunc(rows, func(r Row) bool { return natural(r.Session, u.session) != 0 })
		if len(rows) == 0 {
			return nil, "", fmt.Errorf("%w: %s has no row of session %s", ErrFormat, name, u.session)
		}
	}
	return rows, name, nil
}
