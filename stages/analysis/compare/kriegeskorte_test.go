package compare

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"realnet/data/matfile"  //nolint:depguard // this test alone reads real RDMs
	"realnet/data/realdata" //nolint:depguard // and finds them
	"realnet/stages/analysis/rdm"
)

// real holds the RDMs of Kriegeskorte et al. 2008: 92 images, human IT of 4
// subjects x 2 sessions, and the published group RDMs of human and monkey IT.
type real struct {
	sessions      [][]*rdm.RDM // subject x session
	human, monkey *rdm.RDM
}

func readReal(t *testing.T) *real {
	t.Helper()
	out := &real{}
	f, err := matfile.Read(realdata.Path(t, "kriegeskorte2008", "92_brainRDMs.mat"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.Var("RDMs")
	if err != nil {
		t.Fatal(err)
	}
	for s := range 4 {
		var subject []*rdm.RDM
		for k := range 2 {
			a, err := v.Field("RDM", s+4*k) // 1 x 4 x 2, the first index fastest
			if err != nil {
				t.Fatal(err)
			}
			square, err := a.RowMajor()
			if err != nil {
				t.Fatal(err)
			}
			r, err := rdm.FromSquare("correlation", square, 92, nil)
			if err != nil {
				t.Fatal(err)
			}
			subject = append(subject, r)
		}
		out.sessions = append(out.sessions, subject)
	}
	f, err = matfile.Read(realdata.Path(t, "kriegeskorte2008", "Kriegeskorte_Neuron2008_supplementalData.mat"))
	if err != nil {
		t.Fatal(err)
	}
	if v, err = f.Var("RDMs_mIT_hIT_fig1"); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		name, err := v.Field("name", i)
		if err != nil {
			t.Fatal(err)
		}
		text, err := name.Text()
		if err != nil {
			t.Fatal(err)
		}
		a, err := v.Field("RDM", i)
		if err != nil {
			t.Fatal(err)
		}
		values, err := a.Float64()
		if err != nil {
			t.Fatal(err)
		}
		var r *rdm.RDM
		if len(values) == 92*92 {
			r, err = rdm.FromSquare("correlation", values, 92, nil)
		} else {
			r, err = rdm.New("correlation", values, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(text, "mIT") {
			out.monkey = r
		} else {
			out.human = r
		}
	}
	return out
}

// The values are scipy's and rsatoolbox's on the same files, in
// testdata/kriegeskorte.json.
func TestRealBrains(t *testing.T) {
	real := readReal(t)
	b, err := os.ReadFile("testdata/kriegeskorte.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Reliability map[Method][]float64
		HumanMonkey map[Method]float64 `json:"human_monkey"`
		Ceilings    map[Method][2]float64
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	for m, values := range want.Reliability {
		for s, v := range values {
			got, err := RDMs(real.sessions[s][0], real.sessions[s][1], Options{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "reliability, "+string(m), got, v)
		}
	}
	for m, v := range want.HumanMonkey {
		got, err := RDMs(real.human, real.monkey, Options{Method: m})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "human and monkey, "+string(m), got, v)
	}
	var subjects, all []*rdm.RDM
	var groups []string
	for s, two := range real.sessions {
		mean := meanOf(two...)
		subjects = append(subjects, mean)
		all = append(all, two...)
		groups = append(groups, string(rune('a'+s)), string(rune('a'+s)))
	}
	for m, v := range want.Ceilings {
		rdms, g, method := subjects, []string(nil), m
		if m == "spearman-grouped" {
			rdms, g, method = all, groups, Spearman
		}
		got, err := Ceiling(rdms, g, Options{Method: method})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "lower, "+string(m), got.Lower, v[0])
		near(t, "upper, "+string(m), got.Upper, v[1])
	}
	// The published group RDM is the mean of these sessions: comparing a
	// subject with it is comparing the subject partly with itself.
	group := meanOf(all...)
	for i, v := range group.Values {
		if math.Abs(v-real.human.Values[i]) > 1e-6 {
			t.Fatalf("pair %d: the mean of the sessions is %v, the group RDM has %v", i, v, real.human.Values[i])
		}
	}
	got, err := Permute(context.Background(), real.monkey, real.human, DefaultOptions(), Test{Permutations: 1000, Alternative: TwoSided})
	if err != nil {
		t.Fatal(err)
	}
	if got.P != 1.0/1001 {
		t.Errorf("human and monkey IT: %+v", got)
	}
}

// meanOf averages RDMs of the same conditions.
func meanOf(rdms ...*rdm.RDM) *rdm.RDM {
	out := &rdm.RDM{N: rdms[0].N, Names: rdms[0].Names, Values: make([]float64, len(rdms[0].Values))}
	for _, r := range rdms {
		for i, v := range r.Values {
			out.Values[i] += v
		}
	}
	for i := range out.Values {
		out.Values[i] /= float64(len(rdms))
	}
	return out
}
