package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
)

// eegWorld has courses of 10 EEG subjects, four layers and 20 times with noise that
// is correlated in time and between layers, as the same EEG makes it. In the layers
// of planted the aligned network is closer to the EEG from 0.08 to 0.13 s.
func eegWorld(seed uint64, planted ...string) []similarities.Row {
	rng := rand.New(rand.NewPCG(seed, 1))
	var rows []similarities.Row
	for s := range 10 {
		for _, v := range []string{"base", "control", "aligned"} {
			drift := 0.0
			for k := range 20 {
				drift = 0.8*drift + 0.6*rng.NormFloat64()
				for _, l := range []string{"V1", "V2", "V4", "IT"} {
					value := 0.1 + 0.01*(drift+rng.NormFloat64())
					for _, p := range planted {
						if p == l && v == "aligned" && k >= 8 && k < 14 {
							value += 0.05
						}
					}
					rows = append(rows, similarities.Row{Model: v, Layer: l, Kind: "eeg", Subject: fmt.Sprint(s), Time: float64(k) / 100, Value: value})
				}
			}
		}
	}
	return rows
}

func byLayer(t *testing.T, sims []similarities.Row, workers int) (layers, mean []statistics.Row) {
	t.Helper()
	rows, err := timeCourses(t.Context(), sims, DefaultParams(), workers)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Layer != "" {
			layers = append(layers, r)
		} else {
			mean = append(mean, r)
		}
	}
	return layers, mean
}

// An effect in IT is found in IT, where it is, by all 1024 flips, and is not
// corrected a second time.
func TestLayerClusters(t *testing.T) {
	sims := eegWorld(1, "IT")
	layers, mean := byLayer(t, sims, 2)
	if len(mean) == 0 || len(layers) == 0 {
		t.Fatalf("%d clusters of the mean, %d of layers", len(mean), len(layers))
	}
	all := append(mean, layers...)
	if err := correct(all, DefaultParams()); err != nil {
		t.Fatal(err)
	}
	var found []statistics.Row
	for i, r := range all {
		if r.PCorrected != r.P {
			t.Errorf("%s: p %v was corrected again, to %v", r.Name, r.P, r.PCorrected)
		}
		if r.P < 0.05 && i >= len(mean) {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("clusters with p < 0.05: %+v", found)
	}
	r := found[0]
	if !strings.HasPrefix(r.Name, "eeg-cluster/aligned/over-control/IT/") || r.Layer != "IT" || r.Model != "aligned" || r.N != 10 {
		t.Errorf("%+v", r)
	}
	if math.Abs(r.Time-0.08) > 0.011 || math.Abs(r.TimeEnd-0.13) > 0.011 || r.P != 2.0/1024 || !strings.Contains(r.Test, "largest of 4 layers, all 1024 flips") {
		t.Errorf("the planted cluster from 0.08 to 0.13 s came out as %+v", r)
	}
	if again, _ := byLayer(t, sims, 1); fmt.Sprint(again) != fmt.Sprint(layers) {
		t.Error("another number of workers, other clusters")
	}
	// One layer is its own mean.
	var one []similarities.Row
	for _, s := range sims {
		if s.Layer == "IT" {
			one = append(one, s)
		}
	}
	if layers, mean := byLayer(t, one, 1); len(layers) != 0 || len(mean) == 0 {
		t.Errorf("one layer: %d clusters of layers, %d of the mean", len(layers), len(mean))
	}
}

// In worlds without an effect, and in the three layers without one beside a
// planted one, at most 5 % may have a cluster of any layer with p <= 0.05. Of 300
// worlds that is 15 with a standard deviation of 3.8: 25 are too many.
func TestLayerClustersAreCalibrated(t *testing.T) {
	const worlds = 300
	for name, planted := range map[string][]string{"no effect": nil, "effect in IT": {"IT"}} {
		wrong, right := 0, 0
		for seed := range uint64(worlds) {
			null, hit := false, false
			layers, _ := byLayer(t, eegWorld(1000+seed, planted...), 2)
			for _, r := range layers {
				if r.P <= 0.05 {
					hit = hit || len(planted) > 0 && r.Layer == "IT"
					null = null || len(planted) == 0 || r.Layer != "IT"
				}
			}
			if null {
				wrong++
			}
			if hit {
				right++
			}
		}
		t.Logf("%s: a cluster elsewhere in %d of %d worlds, in IT in %d", name, wrong, worlds, right)
		if wrong > 25 {
			t.Errorf("%s: %d of %d worlds have a cluster where there is nothing", name, wrong, worlds)
		}
		if len(planted) > 0 && right < worlds*9/10 {
			t.Errorf("the planted effect was found in %d of %d worlds", right, worlds)
		}
	}
}
