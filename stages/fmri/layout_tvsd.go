package fmri

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"realnet/artifacts/schemas/patterns"
	"realnet/data/tvsd"
	"realnet/stages/analysis/bold"
	"realnet/stages/analysis/encoding"
	"realnet/stages/stage"
)

// TVSD says how to read the spiking activity of macaques (package data/tvsd). Columns are
// electrodes; a voxel's i is the electrode's number, from 1.
type TVSD struct {
	File        string            `json:"file" doc:"the responses (THINGS_normMUA.mat), as a path in the dataset with {subject} for the monkey"`
	Images      string            `json:"images" doc:"list of the images (things_imgs.mat), as a path in the dataset"`
	Electrodes  map[string]string `json:"electrodes" doc:"electrodes by region, numbered from 1, as in 1-512 or 1-96,129-160; none: the published ones of monkeys F and N"`
	Reliability float64           `json:"reliability" doc:"electrodes are kept whose mean response to the images of a class is at least as reliable over the training images (1 - mean square within classes / mean square between them); 0: every electrode"`
	Missing     string            `json:"missing" doc:"leave_out: electrodes that are NaN for some image, or the same for all, are in no region; error: they are refused"`
}

// DefaultTVSD are the published paths.
func DefaultTVSD() TVSD {
	return TVSD{File: "monkey{subject}/THINGS_normMUA.mat", Images: "monkey{subject}/_logs/things_imgs.mat", Missing: bold.Leave}
}

func checkTVSD(p Params) error {
	t := p.TVSD
	switch {
	case t.File == "" || t.Images == "":
		return fmt.Errorf("tvsd.file, tvsd.images: name the responses and the list of their images")
	case !(t.Reliability >= 0 && t.Reliability < 1):
		return fmt.Errorf("tvsd.reliability: %v is not in 0..1", t.Reliability)
	case t.Missing != bold.Leave && t.Missing != bold.Error:
		return fmt.Errorf("tvsd.missing: %q is neither %s nor %s", t.Missing, bold.Leave, bold.Error)
	}
	if _, err := t.regions(); err != nil {
		return fmt.Errorf("tvsd.%w", err)
	}
	return checkPatterns("tvsd", t.File, t.Images)
}

// regions are those that the parameters give, sorted by name.
func (t TVSD) regions() ([]tvsd.Region, error) {
	var list []tvsd.Region
	for _, name := range slices.Sorted(maps.Keys(t.Electrodes)) {
		r, err := tvsd.Parse(name, t.Electrodes[name])
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// fromTVSD reads the training images, each shown once, then the repetitions of the test
// images. The electrodes are chosen by the training images alone.
func fromTVSD(ctx context.Context, env *stage.Env, root string, p Params) (*gathered, error) {
	file, err := p.only(root, "tvsd.file", p.TVSD.File)
	if err != nil {
		return nil, err
	}
	imagesFile, err := p.only(root, "tvsd.images", p.TVSD.Images)
	if err != nil {
		return nil, err
	}
	list, err := tvsd.ReadList(imagesFile)
	if err != nil {
		return nil, err
	}
	in, err := tvsd.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // nothing was written
	if err := in.Fits(list); err != nil {
		return nil, fmt.Errorf("%s and %s: %w", file, imagesFile, err)
	}
	regions, err := p.sites(in.Electrodes, file)
	if err != nil {
		return nil, err
	}
	m := mua{Params: p, ctx: ctx, env: env, in: in, list: list, file: file, regions: regions}
	return m.gather()
}

// sites are the regions to keep.
func (p Params) sites(electrodes int, file string) ([]tvsd.Region, error) {
	regions, err := p.TVSD.regions()
	if err != nil {
		return nil, err
	}
	if err := tvsd.Check(p.Subject, electrodes, regions); err != nil {
		return nil, fmt.Errorf("fmri.tvsd.%w", err)
	}
	if len(regions) == 0 {
		if regions = tvsd.Electrodes(p.Subject, electrodes); regions == nil {
			return nil, fmt.Errorf("%s: has %d electrodes; the regions of monkey %s are not known: give fmri.tvsd.electrodes (published are monkeys F and N, of 1024)", file, electrodes, p.Subject)
		}
	}
	if len(p.ROIs) == 0 {
		return regions, nil
	}
	var chosen []tvsd.Region
	for _, name := range p.ROIs {
		i := slices.IndexFunc(regions, func(r tvsd.Region) bool { return r.Name == name })
		if i < 0 {
			var there []string
			for _, r := range regions {
				there = append(there, r.Name)
			}
			slices.Sort(there)
			return nil, fmt.Errorf("ROI %q: no electrodes are of it (there are %s)", name, strings.Join(there, ", "))
		}
		chosen = append(chosen, regions[i])
	}
	return chosen, nil
}

// mua is one monkey's recording while it is read.
type mua struct {
	Params
	ctx     context.Context // of the one call that it lives for
	env     *stage.Env
	in      *tvsd.Responses
	list    tvsd.List
	file    string
	regions []tvsd.Region
}

func (m *mua) gather() (*gathered, error) {
	var electrodes []int
	for _, r := range m.regions {
		electrodes = append(electrodes, r.Columns()...)
	}
	slices.Sort(electrodes)
	electrodes = slices.Compact(electrodes)
	train, err := m.in.ReadTrain(electrodes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.file, err)
	}
	test, err := m.in.ReadTest(electrodes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.file, err)
	}
	keep, err := m.keep(train, test, electrodes)
	if err != nil {
		return nil, err
	}
	n, names := len(electrodes), m.list
	out := &gathered{Patterns: &bold.Patterns{Voxels: len(keep)}, sessions: map[int]string{1: "", 2: ""}}
	add := func(values []float32, images []tvsd.Image, subset string, run int) {
		for i, im := range images {
			for _, c := range keep {
				out.Data = append(out.Data, values[i*n+c])
			}
			out.Labels = append(out.Labels, bold.Label{Condition: im.Name, Run: run, Subset: subset, Onset: math.NaN(), Duration: math.NaN(), Repetitions: 1})
		}
	}
	add(train, names.Train, "train", 1)
	for r := range m.in.Repetitions {
		add(test[r*n*len(names.Test):], names.Test, "test", 2)
	}
	column := map[int]int32{}
	for at, c := range keep {
		column[electrodes[c]] = int32(at)
		out.voxels = append(out.voxels, patterns.Voxel{Index: int32(at), I: int32(electrodes[c] + 1), J: -1, K: -1})
	}
	for _, r := range m.regions {
		before := len(out.members)
		for _, e := range r.Columns() {
			if at, ok := column[e]; ok {
				out.members = append(out.members, patterns.Member{ROI: r.Name, Voxel: at})
			}
		}
		kept, all := len(out.members)-before, len(r.Columns())
		if kept == 0 {
			return nil, fmt.Errorf("%s: ROI %s: none of its %d electrodes has a reliability of %g over classes of training images (fmri.tvsd.reliability)", m.file, r.Name, all, m.TVSD.Reliability)
		}
		m.env.Log.Info().Str("region", r.Name).Int("kept", kept).Int("of", all).Msg("electrodes")
	}
	return out, nil
}

// keep gives the columns that have values and are reliable enough.
func (m *mua) keep(train, test []float32, electrodes []int) ([]int, error) {
	n := len(electrodes)
	var keep []int
	dropped := 0
	for c, e := range electrodes {
		bad, where := "", 0
		for part, values := range [][]float32{train, test} {
			for i := c; i < len(values) && bad == ""; i += n {
				if v := float64(values[i]); math.IsNaN(v) || math.IsInf(v, 0) {
					bad, where = [...]string{"train_MUA", "test_MUA"}[part], i/n
				}
			}
		}
		flat := bad == "" && len(train) > n
		for i := c; i < len(train) && flat; i += n {
			flat = train[i] == train[c]
		}
		switch {
		case bad == "" && !flat:
			keep = append(keep, c)
		case m.TVSD.Missing == bold.Leave:
			dropped++
		case flat:
			return nil, fmt.Errorf("%s: electrode %d has the same value for all training images (fmri.tvsd.missing=leave_out does without such electrodes)", m.file, e+1)
		default:
			return nil, fmt.Errorf("%s: %s: electrode %d is NaN or infinite in row %d (fmri.tvsd.missing=leave_out does without such electrodes)", m.file, bad, e+1, where+1)
		}
	}
	if dropped > 0 {
		m.env.Log.Warn().Int("electrodes", dropped).Int("of", n).Msg("electrodes without a value for some image, or with the same for all, are left out")
	}
	if m.TVSD.Reliability == 0 {
		return keep, nil
	}
	return m.reliable(train, n, keep)
}

// reliable keeps columns whose class means are reliable over the training images: the
// square of the ceiling of a prediction of these means. Blocks bound the memory.
func (m *mua) reliable(train []float32, n int, columns []int) ([]int, error) {
	classes := make([]string, len(m.list.Train))
	for i, im := range m.list.Train {
		classes[i] = im.Class
	}
	var keep []int
	done := 0
	for block := range slices.Chunk(columns, 64) {
		if err := m.ctx.Err(); err != nil {
			return nil, err
		}
		x := encoding.Matrix{Data: make([]float64, 0, len(classes)*len(block)), Rows: len(classes), Cols: len(block)}
		for i := range classes {
			for _, c := range block {
				x.Data = append(x.Data, float64(train[i*n+c]))
			}
		}
		_, _, ceiling, err := encoding.Ceiling(x, classes)
		if err != nil {
			return nil, fmt.Errorf("%s: reliability: %w", m.file, err)
		}
		if ceiling == nil {
			return nil, fmt.Errorf("fmri.tvsd.reliability: no class has two training images, so nothing shows it: set it to 0")
		}
		for i, v := range ceiling {
			if v*v >= m.TVSD.Reliability { // NaN: noise leaves nothing
				keep = append(keep, block[i])
			}
		}
		done += len(block)
		m.env.Progress(int64(done), int64(len(columns)), "electrodes")
	}
	return keep, nil
}
