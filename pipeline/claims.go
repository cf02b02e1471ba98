package pipeline

import (
	"fmt"
	"slices"
	"strings"
)

// Claim is one thing that the report of an alignment study says it found, or not.
type Claim struct {
	Effect string // name, such as gain/aligned/within/over-base
	Text   string
	// Truth says whether the effect is there in a world of known truth: TruthPlanted,
	// TruthFalse, or TruthOpen where training may cause it in either case.
	Truth string
	Value float64 // of a cluster its mass
	P     float64 // corrected; 1 where there is no cluster
	Found bool    // above 0 with a corrected p below the study's level
}

// Truths of claims.
const (
	TruthPlanted = "planted"
	TruthFalse   = "false"
	TruthOpen    = "open"
)

// ClaimsOf lists the claims of an alignment study's results: gains of each variant over
// each reference, clusters over time of each variant (the likeliest rise at any time, of the
// mean of layers and of single layers), and the two groups of dimensions. Where nothing was
// planted, every claim about brains is false; what training does whatever it is towards stays
// open.
func ClaimsOf(s Study, results []Result) []Claim {
	var out []Claim
	at := map[string]int{}
	for _, r := range results {
		c, ok := claim(s, r)
		if !ok {
			continue
		}
		if s.Synth.Planted == 0 {
			if c.Truth = TruthFalse; ofTraining(r) {
				c.Truth = TruthOpen
			}
		}
		i, seen := at[c.Effect]
		switch {
		case !seen:
			at[c.Effect] = len(out)
			out = append(out, c)
		case better(c, out[i]):
			out[i] = c
		}
	}
	return out
}

// ofTraining says that a result is about what training does, towards noise as well: the
// contrasts of objectives, but for that of pairs, which are all the same to a noisy brain.
func ofTraining(r Result) bool {
	return r.Kind == "objectives" && !strings.HasPrefix(r.Name, "objectives/pairing:")
}

// better says which of two clusters is kept: a rise, then the smaller p.
func better(a, b Claim) bool {
	if (a.Value > 0) != (b.Value > 0) {
		return a.Value > 0
	}
	return a.P < b.P
}

func claim(s Study, r Result) (Claim, bool) {
	if r.PCorrected == nil || r.Value == nil || r.Subject != "" {
		return Claim{}, false
	}
	c := Claim{Value: *r.Value, P: *r.PCorrected, Found: *r.Value > 0 && *r.PCorrected < s.Stats.Alpha, Truth: s.truth(r.Model)}
	switch r.Kind {
	case "gain":
		c.Effect = r.Name
		c.Text = fmt.Sprintf("%s above %s, %s", r.Model, r.Reference, relationNames[r.Relation])
	case "cluster":
		c.Effect = "cluster/" + r.Model + "/over-" + r.Reference
		c.Text = fmt.Sprintf("%s above %s, EEG, a cluster at any time", r.Model, r.Reference)
		if r.Layer != "" {
			c.Effect += "/layers"
			c.Text += " in any layer"
		}
	case "dimensions", "objectives":
		if r.Planted == "" {
			return Claim{}, false // of real objects
		}
		c.Effect = r.Name
		group := "the planted dimensions"
		if c.Truth = TruthPlanted; r.Planted != "yes" {
			group, c.Truth = "the dimensions that are not planted", TruthFalse
		}
		c.Text = fmt.Sprintf("%s above %s, mean of %s", r.Model, r.Reference, group)
		if r.Kind == "objectives" {
			of := strings.TrimPrefix(r.Name, "objectives/")
			c.Text = fmt.Sprintf("rise by an objective (%s), mean of %s", of, group)
			if c.Truth == TruthPlanted && !strings.HasPrefix(of, "beta:") && !strings.HasPrefix(of, "pairing:matched-shuffled/") {
				c.Truth = TruthOpen // brains are planted; what layers or terms of the loss do is not
			}
		}
	default:
		return Claim{}, false
	}
	return c, true
}

// truth is that of the claims about a variant, from what the study says it must show.
func (s Study) truth(variant string) string {
	i := slices.IndexFunc(s.Variants, func(v Variant) bool { return v.Name == variant })
	switch {
	case i < 0 || s.Variants[i].Gain == nil:
		return TruthOpen
	case *s.Variants[i].Gain:
		return TruthPlanted
	}
	return TruthFalse
}

// relationNames are those of evaluations in a phrase.
var relationNames = map[string]string{
	"within": "within subject", "across": "across subjects", "other": "other dataset", "eeg": "EEG",
}
