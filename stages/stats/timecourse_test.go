package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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

// trainedWorld is a world in which three subjects each trained a network of every variant;
// trainings differ by chance, as far as move says. Gain rows of the window have the given
// corrected p.
func trainedWorld(seed uint64, move float64, planted ...string) []similarities.Row {
	rng := rand.New(rand.NewPCG(seed, 2))
	var rows []similarities.Row
	for _, trained := range []string{"01", "02", "03"} {
		shift := map[string]float64{}
		for _, v := range []string{"control", "aligned", "shuffled"} {
			shift[v] = 0.01 * move * rng.NormFloat64()
		}
		for _, r := range eegWorld(seed, planted...) {
			if r.Model == "base" {
				continue
			}
			r.Trained = trained
			r.Value += shift[r.Model] + 0.003*rng.NormFloat64()
			rows = append(rows, r)
			if r.Model == "control" {
				r.Model, r.Value = "shuffled", r.Value-shift["control"]+shift["shuffled"]+0.003*rng.NormFloat64()
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// What must gain is compared with the control and with the networks of shuffled pairs,
// over trainings and EEG subjects.
func TestClustersOverTrainings(t *testing.T) {
	p := DefaultParams()
	p.Shuffled, p.Expect = []string{"shuffled"}, []Expectation{{"aligned", true}, {"shuffled", false}}
	rows, err := timeCourses(t.Context(), trainedWorld(1, 0, "V1", "V2", "V4", "IT"), p, 2)
	if err != nil {
		t.Fatal(err)
	}
	over := map[string]bool{}
	for _, r := range rows {
		if r.P < 0.05 && r.Model == "aligned" {
			over[r.Reference] = true
			if r.NSubjects != 3 || r.N != 10 || !strings.Contains(r.Test, "over 3 trainings and EEG subjects") {
				t.Errorf("%+v", r)
			}
		}
		if r.Model == "shuffled" && r.Reference != "control" {
			t.Errorf("%s is compared with %s", r.Model, r.Reference)
		}
	}
	if !over["control"] || !over["shuffled"] || len(over) != 2 {
		t.Errorf("the planted effect is found over %v", over)
	}
	// A control of other training subjects, or of none, is one reference for all.
	other := trainedWorld(1, 0, "IT")
	for i := range other {
		if other[i].Model == "control" {
			other[i].Trained = "eeg-" + other[i].Trained
		}
	}
	if rows, err = timeCourses(t.Context(), other, p, 2); err != nil || len(rows) == 0 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// Trainings that shift their networks by chance give clusters over EEG subjects in most
// worlds; over trainings too, and only where the gain in the window is one, in few.
func TestClustersAreNoClaimWithoutAGain(t *testing.T) {
	gain := func(reference string, value, p float64) statistics.Row {
		r := statistics.New(statistics.Gain, "gain/aligned/eeg/over-"+reference, "gain/eeg")
		r.Model, r.Reference, r.Relation, r.Value, r.P, r.PCorrected = "aligned", reference, statistics.EEG, value, p, p
		return r
	}
	cluster := func(reference string, mass, p float64) statistics.Row {
		r := statistics.New(statistics.Cluster, "eeg-cluster/aligned/over-"+reference+"/1", "eeg-cluster/aligned")
		r.Model, r.Reference, r.Relation, r.Value, r.P, r.PCorrected = "aligned", reference, statistics.EEG, mass, p, p
		return r
	}
	one := gain("control", 0.5, 0.9)
	one.Subject = "01"
	rows := []statistics.Row{
		one, gain("control", 0.02, 0.03), gain("shuffled", 0.01, 0.2),
		cluster("control", 30, 0.01), cluster("control", 20, 0.04), cluster("control", -30, 0.01), cluster("shuffled", 30, 0.01), cluster("base", 30, 0.01),
	}
	gateClusters(rows)
	for i, want := range []float64{0.03, 0.04, 1, 0.2, 0.01} {
		if r := rows[3+i]; r.PCorrected != want || r.P > 0.04 {
			t.Errorf("%s, mass %v: p %v, corrected %v, want %v", r.Name, r.Value, r.P, r.PCorrected, want)
		}
	}
}

// A time at which all subjects have the same difference has no t: it is left out, in no
// cluster, and no bridge between its neighbours. The others are tested as without it.
func TestTimesWithoutVarianceAreLeftOut(t *testing.T) {
	t.Parallel()
	at := func(seconds float64) func(similarities.Row) bool {
		return func(r similarities.Row) bool { return math.Abs(r.Time-seconds) < 1e-9 }
	}
	sims := eegWorld(1, "IT")
	layers, mean := byLayer(t, slices.DeleteFunc(slices.Clone(sims), at(0.19)), 1) // the last
	same := slices.Clone(sims)
	for i := range same {
		if at(0.19)(same[i]) {
			same[i].Value = 0.25
		}
	}
	withLayers, withMean := byLayer(t, same, 1)
	for _, c := range []struct{ got, want []statistics.Row }{{withLayers, layers}, {withMean, mean}} {
		if len(c.got) != len(c.want) {
			t.Fatalf("%d clusters, want %d", len(c.got), len(c.want))
		}
		for i := range c.got {
			if c.got[i].Value != c.want[i].Value || c.got[i].P != c.want[i].P || c.got[i].TimeEnd != c.want[i].TimeEnd {
				t.Errorf("%+v, want %+v", c.got[i], c.want[i])
			}
			if !strings.Contains(c.got[i].Test, "left out, where all subjects have the same value") {
				t.Errorf("does not say what it left out: %s", c.got[i].Test)
			}
		}
	}
	// The planted effect lasts from 0.08 to 0.13 s: a constant time within cuts it in two.
	cut := slices.Clone(sims)
	for i := range cut {
		if at(0.1)(cut[i]) {
			cut[i].Value = 0.25
		}
	}
	_, parts := byLayer(t, cut, 1)
	for _, r := range parts {
		if r.Time < 0.095 && r.TimeEnd > 0.105 {
			t.Errorf("a cluster from %v to %v s has a time without variance", r.Time, r.TimeEnd)
		}
	}
	for i := range cut {
		cut[i].Value = 0.25
	}
	if layers, mean := byLayer(t, cut, 1); len(layers)+len(mean) != 0 {
		t.Errorf("clusters without any variance: %v %v", layers, mean)
	}
}
