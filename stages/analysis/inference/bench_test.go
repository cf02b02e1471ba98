package inference

import (
	"os"
	"testing"
)

// BenchmarkCluster is 20 subjects x 100 times x 10,000 flips of AR(1) noise with
// an effect, as ci/peers/cluster.py gives them to MNE; two workers.
func BenchmarkCluster(b *testing.B) {
	s := noise(1, 20, 100, 0.9)
	for i := range s.Values {
		if t := i % s.Points; t >= 40 && t < 60 {
			s.Values[i] += 0.8
		}
	}
	o := DefaultClusterOptions()
	o.Workers = 2
	if os.Getenv("GOMAXPROCS") == "1" {
		o.Workers = 1
	}
	for b.Loop() {
		if _, err := ClusterTest(b.Context(), s, o); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkClusterGrid is the same flips of a 50 x 50 map with an adjacency.
func BenchmarkClusterGrid(b *testing.B) {
	s := noise(1, 20, 2500, 0.9)
	o := DefaultClusterOptions()
	o.Adjacency, o.Permutations = Grid(50, 50), 1000
	for b.Loop() {
		if _, err := ClusterTest(b.Context(), s, o); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTFCE is 20 subjects x 100 times x 1,000 flips.
func BenchmarkTFCE(b *testing.B) {
	s := noise(1, 20, 100, 0.9)
	o := DefaultTFCEOptions()
	o.Permutations = 1000
	for b.Loop() {
		if _, err := TFCE(b.Context(), s, o); err != nil {
			b.Fatal(err)
		}
	}
}
