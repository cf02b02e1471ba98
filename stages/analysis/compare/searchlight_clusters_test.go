package compare

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"realnet/stages/analysis/rdm"
)

// clusterWorld is patterns in a volume; voxels of the first half along x follow a model by
// the given strength.
func clusterWorld(t *testing.T, seed uint64, shape [3]int, n int, strength float64) (*rdm.Matrix[float64], *Neighbourhoods, *rdm.RDM) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 3))
	size := shape[0] * shape[1] * shape[2]
	s := Sphere{Mask: make([]bool, size), Shape: shape, Radius: 1}
	for i := range s.Mask {
		s.Mask[i] = true
	}
	around, err := s.Find()
	if err != nil {
		t.Fatal(err)
	}
	latent := make([]float64, n)
	for i := range latent {
		latent[i] = r.NormFloat64()
	}
	x := &rdm.Matrix[float64]{Conditions: n, Features: size, Data: make([]float64, n*size)}
	for v := range size {
		weight := 0.0
		if v/(shape[1]*shape[2]) < shape[0]/2 {
			weight = strength * (1 + r.NormFloat64())
		}
		for i := range n {
			x.Data[i*size+v] = weight*latent[i] + r.NormFloat64()
		}
	}
	values := make([]float64, 0, n*(n-1)/2)
	for i := range n {
		for j := i + 1; j < n; j++ {
			values = append(values, math.Abs(latent[i]-latent[j]))
		}
	}
	return x, around, &rdm.RDM{N: n, Values: values}
}

// Clusters of all 24 arrangements of four conditions, found from maps of models whose
// labels were permuted beforehand.
func TestSearchlightClusters(t *testing.T) {
	const n, p = 4, 0.2
	shape := [3]int{3, 3, 2}
	for _, alt := range []Alternative{Greater, TwoSided} {
		x, around, model := clusterWorld(t, 5, shape, n, 1)
		cfg := rdm.DefaultConfig()
		cfg.Metric = rdm.SqEuclidean
		opts := Options{Method: Pearson}
		test := SearchlightTest{Test: Test{Permutations: 1000, Alternative: alt, Workers: 2}, ClusterP: p}
		got, err := Searchlight(t.Context(), x, nil, around, []*rdm.RDM{model}, cfg, opts, test)
		if err != nil || !got.Exact {
			t.Fatal(err)
		}
		var maps [][]float64 // of each arrangement, the first as it is
		var arrange func(done []int)
		arrange = func(done []int) {
			if len(done) == n {
				m, err := model.Subset(done)
				if err != nil {
					t.Fatal(err)
				}
				values, err := Searchlight(t.Context(), x, nil, around, []*rdm.RDM{m}, cfg, opts, SearchlightTest{})
				if err != nil {
					t.Fatal(err)
				}
				maps = append(maps, nil)
				for _, v := range values.Values {
					maps[len(maps)-1] = append(maps[len(maps)-1], v[0])
				}
				return
			}
			for i := range n {
				if !slices.Contains(done, i) {
					arrange(append(slices.Clone(done), i))
				}
			}
		}
		arrange(nil)
		z, over := make([][]float64, len(maps)), make([]float64, len(around.Centers))
		for k := range maps {
			z[k] = make([]float64, len(over))
		}
		for c := range over {
			mean, squares := 0.0, 0.0
			for _, m := range maps {
				mean += m[c] / 24
			}
			for _, m := range maps {
				squares += (m[c] - mean) * (m[c] - mean) / 24
			}
			var far []float64
			for k, m := range maps {
				z[k][c] = (m[c] - mean) / math.Sqrt(squares)
				far = append(far, alt.far(z[k][c]))
			}
			slices.Sort(far)
			over[c] = far[len(far)-int(p*float64(len(far)))]
			if math.Abs(z[0][c]-got.Z[c][0]) > 1e-9 {
				t.Errorf("z of centre %d is %v, want %v", c, got.Z[c][0], z[0][c])
			}
		}
		// Clusters by spreading the smallest label of a neighbour until nothing changes.
		masses := func(z []float64) map[int]float64 {
			side, label := make([]int, len(z)), make([]int, len(z))
			for c, v := range z {
				label[c] = c
				switch {
				case v >= over[c]-1e-6:
					side[c] = 1
				case alt == TwoSided && -v >= over[c]-1e-6:
					side[c] = -1
				}
			}
			for changed := true; changed; {
				changed = false
				for a := range z {
					for b := range z {
						ca, cb := around.Centers[a], around.Centers[b]
						d := 0
						for _, k := range [][2]int{{ca / 6, cb / 6}, {ca / 2 % 3, cb / 2 % 3}, {ca % 2, cb % 2}} {
							d += max(k[0]-k[1], k[1]-k[0])
						}
						if d == 1 && side[a] != 0 && side[a] == side[b] && label[a] > label[b] {
							label[a], changed = label[b], true
						}
					}
				}
			}
			out := map[int]float64{}
			for c, v := range z {
				if side[c] != 0 {
					out[label[c]] += math.Abs(v)
				}
			}
			return out
		}
		var largest []float64
		for k := range z {
			most := 0.0
			for _, m := range masses(z[k]) {
				most = max(most, m)
			}
			largest = append(largest, most)
		}
		want := masses(z[0])
		if len(got.Clusters) != len(want) || len(want) == 0 {
			t.Fatalf("%s: %d clusters, want %d", alt, len(got.Clusters), len(want))
		}
		for _, c := range got.Clusters {
			mass := want[c.Centres[0]]
			count := 0.0
			for _, v := range largest {
				if v >= mass*(1-1e-6) {
					count++
				}
			}
			if math.Abs(c.Mass-mass) > 1e-5 || math.Abs(c.P-count/24) > 1e-12 {
				t.Errorf("%s: cluster of %d has mass %v, p %v; want %v, %v", alt, len(c.Centres), c.Mass, c.P, mass, count/24)
			}
		}
	}
}

// Without a signal a cluster is found in no more worlds than the level says; a region that
// follows the model is found.
func TestSearchlightClustersAreCalibrated(t *testing.T) {
	test := SearchlightTest{Test: Test{Permutations: 99, Alternative: Greater, Workers: 0}, ClusterP: 0.05}
	found := func(seed uint64, strength float64) bool {
		x, around, model := clusterWorld(t, seed, [3]int{6, 4, 3}, 8, strength)
		if strength == 0 {
			_, _, model = clusterWorld(t, seed+10_000, [3]int{2, 2, 2}, 8, 0)
		}
		test.Seed = seed
		cfg := rdm.DefaultConfig()
		cfg.Metric = rdm.SqEuclidean // the correlation would keep but the sign of one latent number
		m, err := Searchlight(t.Context(), x, nil, around, []*rdm.RDM{model}, cfg, DefaultOptions(), test)
		if err != nil {
			t.Fatal(err)
		}
		return len(m.Clusters) > 0 && slices.ContainsFunc(m.Clusters, func(c Cluster) bool { return c.P <= 0.05 })
	}
	const worlds = 200
	none := 0
	for seed := range uint64(worlds) {
		if found(seed, 0) {
			none++
		}
	}
	if most := worlds*0.05 + 2*math.Sqrt(worlds*0.05*0.95); float64(none) > most {
		t.Errorf("%d of %d worlds without a signal have a cluster, at most %.0f are expected", none, worlds, most)
	}
	hit := 0
	for seed := range uint64(10) {
		if found(seed, 1.5) {
			hit++
		}
	}
	if hit < 9 {
		t.Errorf("the region is found in %d of 10 worlds", hit)
	}
	test.ClusterP = 0.001
	{
		x, around, model := clusterWorld(t, 1, [3]int{3, 3, 2}, 8, 1)
		if _, err := Searchlight(t.Context(), x, nil, around, []*rdm.RDM{model}, rdm.DefaultConfig(), DefaultOptions(), test); !errors.Is(err, ErrShape) {
			t.Errorf("a threshold that no permutation can reach: %v", err)
		}
	}
}

// Of ties, all or none form clusters: with a model of two pairs of conditions, eight of the
// 24 arrangements are the same, so no p is below 1/3.
func TestClusterThresholdOfTies(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		x     []float64
		count int
		want  float64
	}{
		{[]float64{1, 2, 3, 4}, 1, 4},
		{[]float64{1, 2, 3, 4}, 4, 1},
		{[]float64{1, 2, 4, 4}, 1, inf},
		{[]float64{1, 2, 2, 4}, 2, 4},
		{[]float64{1, 2, 2, 4}, 3, 2},
		{[]float64{1, 4 - 1e-15, 4, 4}, 2, inf},
		{[]float64{-3, -3, -3, -3}, 4, -3},
	} {
		if got := reachedBy(c.x, c.count); got != c.want {
			t.Errorf("%v, %d: %v, want %v", c.x, c.count, got, c.want)
		}
	}
	x, around, _ := clusterWorld(t, 3, [3]int{3, 3, 2}, 4, 0)
	model, err := rdm.New("", []float64{0, 1, 1, 1, 1, 0}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for p, some := range map[float64]bool{0.3: false, 0.34: true} {
		test := SearchlightTest{Test: Test{Permutations: 24, Alternative: Greater, Workers: 1}, ClusterP: p}
		got, err := Searchlight(t.Context(), x, nil, around, []*rdm.RDM{model}, rdm.DefaultConfig(), DefaultOptions(), test)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Exact || len(got.Clusters) > 0 != some {
			t.Errorf("p %g: %d clusters", p, len(got.Clusters))
		}
	}
}
