package stats

import (
	"fmt"

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
	add := func(name, variant string, of statistics.Row, ok bool, text string) {
		row := statistics.New(statistics.Sign, "sign/"+name, "sign")
		row.Model, row.Reference, row.Relation, row.Value = variant, of.Reference, of.Relation, of.Value
		row.Check, row.Test, row.Text = verdict(ok), "from other results", text
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
			"Fails when the aligned model is less similar to the brain that it was trained on than the base model: the training hurt what it should help (learning rate, beta or pairing are wrong).")
		if loss, ok := find(statistics.AccuracyChange, e.Variant, ""); ok {
			add(e.Variant+"/accuracy-lost-without-gain", e.Variant, loss, !(loss.CIHigh < 0 && gain.CILow <= 0),
				"Fails when classification accuracy fell and similarity did not rise: the network forgot and learnt nothing from the brain.")
		}
		if eeg, ok := find(statistics.Gain, e.Variant, statistics.EEG); ok {
			add(e.Variant+"/eeg-fails-while-fmri-succeeds", e.Variant, eeg, !(gain.CILow > 0 && eeg.CILow <= 0),
				"Fails when the model gained on fMRI and not on EEG: the gain may be specific to fMRI or its preprocessing.")
		}
	}
	if p.Contaminated > 0 {
		row := statistics.New(statistics.Sign, "sign/contaminated-test-images", "sign")
		row.Value, row.Check, row.Test = float64(p.Contaminated), verdict(true), "from other results"
		row.Text = fmt.Sprintf("%d of the test images were in the base network's own training set: its accuracy on them does not measure generalisation, and similarities may be higher for it; the comparison between models is not affected.", p.Contaminated)
		out = append(out, row)
	}
	return out
}
