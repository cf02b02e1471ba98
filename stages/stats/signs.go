package stats

import (
	"realnet/artifacts/schemas/statistics"
)

// signs are the paper's signs of failure, as checks: each says what it means
// when it fails.
func signs(rows []statistics.Row, p Params) []statistics.Row {
	find := func(kind, variant, relation string) (statistics.Row, bool) {
		for _, r := range rows {
			if r.Kind == kind && r.Model == variant && r.Relation == relation && r.Reference == p.Base && r.Subject == "" {
				return r, true
			}
		}
		return statistics.Row{}, false
	}
	var out []statistics.Row
	add := func(name, variant string, of statistics.Row, ok bool, block string) {
		row := statistics.New(statistics.Sign, "sign/"+name, "sign")
		row.Model, row.Reference, row.Relation, row.Value = variant, of.Reference, of.Relation, of.Value
		row.Check, row.Test, row.Text = verdict(ok), say("test-derived", nil), say(block, nil)
		out = append(out, row)
	}
	for _, e := range p.Expect {
		if !e.Gain {
			continue
		}
		gain, ok := find(statistics.Gain, e.Variant, statistics.Within)
		if !ok {
			continue
		}
		add(e.Variant+"/below-base", e.Variant, gain, !(gain.CIHigh < 0),
			"sign-below-base")
		if loss, ok := find(statistics.AccuracyChange, e.Variant, ""); ok {
			add(e.Variant+"/accuracy-lost-without-gain", e.Variant, loss, !(loss.CIHigh < 0 && gain.CILow <= 0),
				"sign-accuracy")
		}
		if eeg, ok := find(statistics.Gain, e.Variant, statistics.EEG); ok {
			add(e.Variant+"/eeg-fails-while-fmri-succeeds", e.Variant, eeg, !(gain.CILow > 0 && eeg.CILow <= 0),
				"sign-eeg")
		}
	}
	if p.Contaminated > 0 {
		row := statistics.New(statistics.Sign, "sign/contaminated-test-images", "sign")
		row.Value, row.Check, row.Test = float64(p.Contaminated), verdict(true), say("test-derived", nil)
		row.Text = say("sign-contaminated", words{"Count": p.Contaminated})
		out = append(out, row)
	}
	return out
}
