package command

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"realnet/data/nifti"
	"realnet/pipeline/arrays"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/rdm"
	"realnet/stages/report/number"
)

// Searchlight compares models with the patterns around every voxel.
type Searchlight struct {
	In           string   `required:"" help:"NIfTI image of patterns: one volume per condition, or per trial (--names)." placeholder:"IMAGE" type:"path"`
	Mask         string   `required:"" help:"NIfTI image: the voxels above 0 are searched." placeholder:"FILE" type:"path"`
	Model        []string `required:"" sep:"none" help:"Model RDM, in any form that rsa takes. May be repeated." placeholder:"RDM" type:"path"`
	Names        string   `help:"Text file with the condition of each volume. Volumes of the same condition are averaged." placeholder:"FILE" type:"path"`
	ModelNames   string   `help:"Text file with the conditions of the model RDMs." placeholder:"FILE" type:"path"`
	Radius       float64  `default:"3" help:"Radius of a sphere in voxels, or in mm with --mm."`
	MM           bool     `name:"mm" help:"The radius is in mm."`
	MinVoxels    int      `default:"2" help:"Spheres with fewer voxels in the mask are left out."`
	Metric       string   `default:"correlation" help:"correlation, cosine, euclidean or sqeuclidean." placeholder:"METRIC"`
	Method       string   `default:"spearman" help:"A method of rsa." placeholder:"METHOD"`
	Permutations int      `default:"0" help:"Permutations of the models' labels, for p corrected over all voxels and models by the largest similarity; all n! when that is no more; 0: no test."`
	ClusterP     float64  `name:"cluster-p" default:"0" help:"With --permutations: also clusters of voxels whose uncorrected p is at most this (such as 0.01), with p corrected over all voxels and models by the largest cluster; their p is written to NAME_cluster."`
	Seed         uint64   `default:"0" help:"Seed of the permutations."`
	Alternative  string   `default:"greater" help:"greater or two-sided." placeholder:"SIDE"`
	Workers      int      `default:"0" help:"Cores to use; 0 means all."`
	JSON         bool     `help:"Print a summary as JSON."`
	Out          string   `required:"" help:"NIfTI map to write, one volume per model; p values are written to NAME_p." placeholder:"MAP" type:"path"`
}

// Examples of the command.
func (*Searchlight) Examples() string {
	return `realnet searchlight --in conditions.nii.gz --mask vt.nii.gz --model model8.npy --radius 2 --permutations 100 --out map.nii.gz --json`
}

// searchlightSummary is what `realnet searchlight --json` prints.
type searchlightSummary struct {
	Centres    int                `json:"centres"` // spheres
	Skipped    int                `json:"skipped"` // of them, without an RDM
	Conditions int                `json:"conditions"`
	Radius     float64            `json:"radius"`
	Models     []searchlightModel `json:"models"`
	Out        string             `json:"out"`
	POut       string             `json:"p_out,omitempty"`
	ZOut       string             `json:"z_out,omitempty"` // effect sizes
	ClusterOut string             `json:"cluster_out,omitempty"`
	Clusters   []clusterSummary   `json:"clusters,omitempty"`
}

// searchlightModel sums up one map.
type searchlightModel struct {
	Model string  `json:"model"`
	Mean  finite  `json:"mean"`
	Max   finite  `json:"max"`
	At    [3]int  `json:"at"` // voxel of the maximum
	P     *finite `json:"p,omitempty"`
	Z     *finite `json:"z,omitempty"` // in standard deviations under permuted labels
}

// clusterSummary is one cluster of a map.
type clusterSummary struct {
	Model  string `json:"model"`
	Voxels int    `json:"voxels"`
	Mass   finite `json:"mass"` // sum of |z|
	P      finite `json:"p"`
	Value  finite `json:"value"` // at the peak
	Z      finite `json:"z"`
	At     [3]int `json:"at"`
}

// Run reads, searches and writes.
func (c *Searchlight) Run(ctx context.Context, a *App) error {
	stem := c.stem()
	if stem == "" {
		return usagef("--out %s: want a name that ends in .nii or .nii.gz", c.Out)
	}
	test := compare.Test{Permutations: c.Permutations, Seed: c.Seed, Alternative: compare.Alternative(c.Alternative), Workers: c.Workers}
	if c.ClusterP != 0 && (!(c.ClusterP > 0 && c.ClusterP < 1) || float64(c.Permutations+1)*c.ClusterP < 1) {
		return usagef("--cluster-p %g, --permutations %d: want a p below 1, and more permutations than 1/p", c.ClusterP, c.Permutations)
	}
	if test.Alternative != compare.Greater && test.Alternative != compare.TwoSided || c.Permutations < 0 {
		return usagef("--alternative %s, --permutations %d: want greater or two-sided, and 0 or more", c.Alternative, c.Permutations)
	}
	config := rdm.DefaultConfig()
	switch config.Metric = rdm.Metric(c.Metric); config.Metric {
	case rdm.Correlation, rdm.Cosine, rdm.Euclidean, rdm.SqEuclidean:
	default:
		return usagef("--metric %s: want correlation, cosine, euclidean or sqeuclidean", c.Metric)
	}
	mask, err := nifti.ReadMask(c.Mask)
	if err != nil {
		return err
	}
	patterns, names, err := c.patterns(ctx)
	if err != nil {
		return err
	}
	models, labelled, err := c.models(ctx, names)
	if err != nil {
		return err
	}
	sphere := sphereOf(mask, c.Radius, c.MinVoxels, c.MM)
	around, err := sphere.Find()
	if err != nil {
		return fmt.Errorf("%s: %w", c.Mask, err)
	}
	maps, err := compare.Searchlight(ctx, patterns, names, around, models, config, compare.Options{Method: compare.Method(c.Method)}, compare.SearchlightTest{Test: test, ClusterP: c.ClusterP})
	if err != nil {
		return fmt.Errorf("%s: %w", c.In, err)
	}
	s := searchlightSummary{Centres: len(around.Centers), Conditions: patterns.Conditions, Radius: c.Radius, Out: c.Out}
	if err := c.write(c.Out, around, maps.Values, len(models), 0); err != nil {
		return err
	}
	if maps.P != nil {
		s.POut = stem + "_p" + strings.TrimPrefix(c.Out, stem)
		if err := c.write(s.POut, around, maps.P, len(models), 1); err != nil {
			return err
		}
	}
	if maps.Z != nil {
		s.ZOut = stem + "_z" + strings.TrimPrefix(c.Out, stem)
		if err := c.write(s.ZOut, around, maps.Z, len(models), 0); err != nil {
			return err
		}
	}
	if c.ClusterP > 0 {
		s.ClusterOut = stem + "_cluster" + strings.TrimPrefix(c.Out, stem)
		of := make([][]float64, len(around.Centers))
		for i := range of {
			of[i] = slices.Repeat([]float64{1}, len(models))
		}
		for _, cluster := range maps.Clusters {
			for _, i := range cluster.Centres {
				of[i][cluster.Model] = cluster.P
			}
			s.Clusters = append(s.Clusters, clusterSummary{
				Model: labelled[cluster.Model], Voxels: len(cluster.Centres), Mass: finite(cluster.Mass), P: finite(cluster.P),
				Value: finite(maps.Values[cluster.Peak][cluster.Model]), Z: finite(maps.Z[cluster.Peak][cluster.Model]), At: placeOf(around.Centers[cluster.Peak], mask.Grid),
			})
		}
		if err := c.write(s.ClusterOut, around, of, len(models), 1); err != nil {
			return err
		}
	}
	for _, v := range maps.Values {
		if math.IsNaN(v[0]) {
			s.Skipped++
		}
	}
	for m := range models {
		s.Models = append(s.Models, summariseMap(labelled[m], m, around, maps, mask.Grid))
	}
	if c.JSON {
		return printJSON(a.Stdout, s)
	}
	for _, k := range s.Clusters {
		fmt.Fprintf(a.Stdout, "%s: cluster of %d voxels, peak %s (z %s) at voxel %v, p %s\n", k.Model, k.Voxels, number.Fixed(float64(k.Value), 4), number.Fixed(float64(k.Z), 2), k.At, number.Fixed(float64(k.P), 4))
	}
	for _, m := range s.Models {
		fmt.Fprintf(a.Stdout, "%s: largest %s %s at voxel %v, mean %s of %d spheres\n", m.Model, c.Method, number.Fixed(float64(m.Max), 4), m.At, number.Fixed(float64(m.Mean), 4), s.Centres-s.Skipped)
	}
	return nil
}

// stem is the name of the map without its end.
func (c *Searchlight) stem() string {
	for _, end := range []string{".nii.gz", ".nii"} {
		if s, ok := strings.CutSuffix(c.Out, end); ok {
			return s
		}
	}
	return ""
}

// sphereOf has the grid of a NIfTI image, whose first axis is the fastest: z, y, x.
func sphereOf(mask *nifti.Mask, radius float64, least int, mm bool) *compare.Sphere {
	g := mask.Grid
	s := &compare.Sphere{Mask: make([]bool, g[0]*g[1]*g[2]), Shape: [3]int{g[2], g[1], g[0]}, Radius: radius, MinVoxels: least}
	for _, v := range mask.Voxels {
		s.Mask[v] = true
	}
	if mm {
		for i := range 3 {
			s.Steps[2-i] = [3]float64{mask.Affine[0][i], mask.Affine[1][i], mask.Affine[2][i]}
		}
	}
	return s
}

// patterns are conditions x voxels of the mask, and the conditions' names. Volumes are
// read one by one: memory is that of the conditions, not of the trials.
func (c *Searchlight) patterns(ctx context.Context) (m *rdm.Matrix[float64], conditions []string, err error) {
	x, err := arrays.Open(ctx, c.In, arrays.Options{Mask: c.Mask})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	n, voxels := x.Shape[0], x.Len()/max(1, x.Shape[0])
	names, err := labels(ctx, c.Names, n, "names")
	if err != nil {
		return nil, nil, err
	}
	if names == nil {
		m = &rdm.Matrix[float64]{Conditions: n, Features: voxels}
		m.Data, err = x.Values(ctx)
		return m, nil, inFile(c.In, err)
	}
	means, err := rdm.NewMeans(names, n, voxels)
	if err != nil {
		return nil, nil, err
	}
	err = x.Rows(ctx, func(_ int, values []float64) error {
		for ; len(values) > 0; values = values[voxels:] {
			means.Add(values[:voxels])
		}
		return nil
	})
	if err != nil {
		return nil, nil, inFile(c.In, err)
	}
	m, conditions = means.Patterns()
	return m, conditions, nil
}

// models reads the RDMs; they are without names where the patterns are.
func (c *Searchlight) models(ctx context.Context, names []string) (list []*rdm.RDM, labelled []string, err error) {
	own, err := labels(ctx, c.ModelNames, -1, "")
	if err != nil {
		return nil, nil, err
	}
	for _, path := range c.Model {
		read, err := arrays.ReadRDMs(ctx, path, "", own)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range read {
			if names != nil && r.Names == nil {
				return nil, nil, fmt.Errorf("%s: %w: the conditions have no names, those of %s have: give --model-names", path, arrays.ErrLabels, c.In)
			}
			if names == nil && r.Names != nil {
				if !r.Beside {
					return nil, nil, fmt.Errorf("%s: %w: the volumes have no names, the model's conditions have: give --names", c.In, arrays.ErrLabels)
				}
				r.RDM = &rdm.RDM{N: r.N, Values: r.Values}
			}
			if names != nil {
				if r.RDM, err = r.Arrange(names); err != nil {
					return nil, nil, fmt.Errorf("%s: %w", path, err)
				}
			}
			list, labelled = append(list, r.RDM), append(labelled, r.Label)
		}
	}
	return list, labelled, nil
}

// write makes a map in the space of the mask, with other where no sphere has a value.
func (c *Searchlight) write(path string, around *compare.Neighbourhoods, values [][]float64, models int, other float32) error {
	im, err := nifti.Open(c.Mask)
	if err != nil {
		return err
	}
	grid := im.Grid()
	size := grid[0] * grid[1] * grid[2]
	data := make([]float32, size*models)
	for i := range data {
		data[i] = other
	}
	for i, centre := range around.Centers {
		for m := range min(models, len(values[i])) {
			if v := values[i][m]; !math.IsNaN(v) {
				data[m*size+centre] = float32(v)
			}
		}
	}
	h := im.Header
	h.Shape = []int{grid[0], grid[1], grid[2]}
	if models > 1 {
		h.Shape = append(h.Shape, models)
	}
	h.Type, h.Slope, h.Inter, h.CalMin, h.CalMax, h.Extensions, h.Description = nifti.Float32, 0, 0, 0, 0, nil, "realnet searchlight"
	return nifti.Write(path, &h, data)
}

func summariseMap(name string, m int, around *compare.Neighbourhoods, maps *compare.Maps, grid [3]int) searchlightModel {
	s := searchlightModel{Model: name, Mean: finite(math.NaN()), Max: finite(math.NaN())}
	sum, n, best := 0.0, 0, -1
	for i, v := range maps.Values {
		if math.IsNaN(v[m]) {
			continue
		}
		sum += v[m]
		n++
		if best < 0 || v[m] > maps.Values[best][m] {
			best = i
		}
	}
	if best < 0 {
		return s
	}
	at := around.Centers[best]
	s.Mean, s.Max = finite(sum/float64(n)), finite(maps.Values[best][m])
	s.At = placeOf(at, grid)
	if maps.P != nil {
		p, z := finite(maps.P[best][m]), finite(maps.Z[best][m])
		s.P, s.Z = &p, &z
	}
	return s
}

// placeOf gives the indices of a voxel along x, y and z.
func placeOf(at int, grid [3]int) [3]int {
	return [3]int{at % grid[0], at / grid[0] % grid[1], at / grid[0] / grid[1]}
}
