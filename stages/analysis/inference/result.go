package inference

import "encoding/json"

// Result is the outcome of a test at every point.
type Result struct {
	Test        string      // name of the test
	Alternative Alternative //
	N           int         // subjects
	Statistic   []float64   // points: t, or what the test documents
	P           []float64   // points: see the test
	PMax        []float64   // points: p corrected over points by the maximum; nil if not computed
	Clusters    []Cluster   // of the cluster tests, by their first point
	Threshold   float64     // |statistic| that forms clusters; 0: none
	Flips       int         // flips evaluated; all 2^n if Exact
	Exact       bool        // p counts all flips (or follows an exact distribution)
	SmallestP   float64     // smallest p that this test can give with this number of subjects
	Effect      []float64   // points: effect size; nil where the test has none
	EffectName  string      // what Effect is
	Warning     string      // what a reader must know before using the result
}

// Cluster is a connected set of points.
type Cluster struct {
	Start  int     `json:"start"`            // first point
	Stop   int     `json:"stop"`             // one past the last point
	Mass   float64 `json:"mass"`             // Σ t, negative for clusters below 0
	P      float64 `json:"p"`                //
	Points []int   `json:"points,omitempty"` // ascending; only where points have an adjacency
}

// MarshalJSON writes {"test", "alternative", "statistic", "p", "p_max",
// "clusters", "threshold", "permutations", "exact", "smallest_p", "n", "effect",
// "effect_name", "warning"}. statistic, p, p_max and effect are numbers if there is one point, else
// arrays over points; clusters is always there, empty for other tests.
func (r Result) MarshalJSON() ([]byte, error) {
	clusters := r.Clusters
	if clusters == nil {
		clusters = []Cluster{}
	}
	return json.Marshal(struct {
		Test        string      `json:"test"`
		Alternative Alternative `json:"alternative"`
		Statistic   any         `json:"statistic"`
		P           any         `json:"p"`
		PMax        any         `json:"p_max,omitempty"`
		Clusters    []Cluster   `json:"clusters"`
		Threshold   float64     `json:"threshold,omitempty"`
		Flips       int         `json:"permutations,omitempty"`
		Exact       bool        `json:"exact"`
		SmallestP   float64     `json:"smallest_p"`
		N           int         `json:"n"`
		Effect      any         `json:"effect,omitempty"`
		EffectName  string      `json:"effect_name,omitempty"`
		Warning     string      `json:"warning,omitempty"`
	}{
		r.Test, r.Alternative, scalar(r.Statistic), scalar(r.P), scalar(r.PMax), clusters,
		r.Threshold, r.Flips, r.Exact, r.SmallestP, r.N, scalar(r.Effect), r.EffectName, r.Warning,
	})
}

func scalar(x []float64) any {
	switch len(x) {
	case 0:
		return nil
	case 1:
		return x[0]
	}
	return x
}
