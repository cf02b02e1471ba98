package command

import (
	"math"
	"math/rand/v2"
	"testing"

	"realnet/data/nifti"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/rdm"
)

// Each voxel of the map is the similarity of the model with the RDM of the voxels around
// it, found here by their coordinates; repeated volumes are averaged, and p is stated.
func TestSearchlight(t *testing.T) {
	const nx, ny, nz, n = 4, 3, 2, 5
	at := in(t)
	r := rand.New(rand.NewPCG(2, 2))
	const size = nx * ny * nz
	data, mask := make([]float32, 2*n*size), make([]float32, size)
	for i := range data {
		data[i] = float32(r.NormFloat64())
	}
	for i := range mask {
		mask[i] = float32(i%5) - 1 // a fifth is below 0, a fifth 0
	}
	for name, v := range map[string][]float32{"betas.nii.gz": data, "mask.nii": mask} {
		h := nifti.NewHeader([]int{nx, ny, nz}, [3]float64{2, 3, 4}, 0)
		if len(v) > size {
			h = nifti.NewHeader([]int{nx, ny, nz, 2 * n}, [3]float64{2, 3, 4}, 1)
		}
		if err := nifti.Write(at(name), h, v); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{"a", "b", "c", "d", "e", "e", "d", "c", "b", "a"}
	saveText(t, at("names.txt"), names...)
	saveText(t, at("model.txt"), "e", "d", "c", "b", "a")
	model := []float64{1, 2, 3, 5, 8, 13, 21, 34, 55, 89}
	save(t, at("model.npy"), []int{10}, model)
	var s searchlightSummary
	decode(t, succeed(t, "searchlight", "--in", at("betas.nii.gz"), "--mask", at("mask.nii"), "--names", at("names.txt"), "--model", at("model.npy"),
		"--model-names", at("model.txt"), "--radius", "3.1", "--mm", "--permutations", "120", "--cluster-p", "0.1", "--out", at("map.nii.gz"), "--json"), &s)
	read := func(name string) []float64 {
		im, err := nifti.Open(at(name))
		if err != nil {
			t.Fatal(err)
		}
		v, err := nifti.Read[float64](im)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	values, p := read("map.nii.gz"), read("map_p.nii.gz")
	if s.POut != at("map_p.nii.gz") || s.Conditions != n || len(values) != size {
		t.Errorf("%+v, %d voxels", s, len(values))
	}
	want, err := rdm.New("", model, []string{"e", "d", "c", "b", "a"})
	if err != nil {
		t.Fatal(err)
	}
	centres, largest := 0, -1.0
	for c := range size {
		var around []int
		for v := range size {
			dx, dy, dz := float64(2*(v%nx-c%nx)), float64(3*(v/nx%ny-c/nx%ny)), float64(4*(v/nx/ny-c/nx/ny))
			if mask[v] > 0 && math.Sqrt(dx*dx+dy*dy+dz*dz) <= 3.1 {
				around = append(around, v)
			}
		}
		if !(mask[c] > 0) || len(around) < 2 {
			if values[c] != 0 || p[c] != 1 {
				t.Errorf("voxel %d is no centre and has %g, p %g", c, values[c], p[c])
			}
			continue
		}
		centres++
		m := &rdm.Matrix[float64]{Conditions: n, Features: len(around)}
		for i := range n {
			for _, v := range around {
				m.Data = append(m.Data, (float64(data[i*size+v])+float64(data[(2*n-1-i)*size+v]))/2)
			}
		}
		got, err := rdm.Compute(t.Context(), m, []string{"a", "b", "c", "d", "e"}, rdm.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		v, err := compare.RDMs(got, want, compare.DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(values[c]-v) > 1e-6 || p[c] < 1.0/120-1e-6 || p[c] > 1 {
			t.Errorf("voxel %d: %g, want %g; p %g", c, values[c], v, p[c])
		}
		largest = max(largest, v)
	}
	if s.Centres != centres || math.Abs(float64(s.Models[0].Max)-largest) > 1e-9 || s.Models[0].P == nil {
		t.Errorf("%d centres of largest %g, want %d and %g", s.Centres, float64(s.Models[0].Max), centres, largest)
	}
	z, clusters := read("map_z.nii.gz"), read("map_cluster.nii.gz")
	inside := 0
	for _, c := range s.Clusters {
		inside += c.Voxels
		at := c.At[0] + nx*(c.At[1]+ny*c.At[2])
		if math.Abs(values[at]-float64(c.Value)) > 1e-6 || math.Abs(z[at]-float64(c.Z)) > 1e-5 || math.Abs(clusters[at]-float64(c.P)) > 1e-6 || !(c.Z > 0 && c.P > 0) {
			t.Errorf("cluster %+v: the maps have %v, z %v, p %v", c, values[at], z[at], clusters[at])
		}
	}
	for _, v := range clusters {
		if v < 1 {
			inside--
		}
	}
	if inside < 0 || len(s.Clusters) == 0 {
		t.Errorf("%d clusters have %d voxels fewer than the map", len(s.Clusters), -inside)
	}
	args := []string{"searchlight", "--in", at("betas.nii.gz"), "--mask", at("mask.nii"), "--model", at("model.npy")}
	fail(t, ExitUsage, "more permutations than", append(args, "--permutations", "50", "--cluster-p", "0.01", "--out", at("m.nii"))...)
	fail(t, ExitUsage, ".nii", append(args, "--out", at("map.npy"))...)
	fail(t, ExitFailed, "conditions", append(args, "--out", at("m.nii"))...)
	fail(t, ExitFailed, "--model-names", append(args, "--names", at("names.txt"), "--out", at("m.nii"))...)
}
