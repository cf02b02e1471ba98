package stats

import (
	"fmt"
	"math"

	"realnet/artifacts/schemas/statistics"
)

// signs are the paper's signs of failure, as checks: each says what it means
// when it fails.
func signs(rows []statistics.Row, p Params) []statistics.Row {
	byName := map[string]statistics.Row{}
	for _, r := range rows {
		byName[r.Name] = r
	}
	var out []statistics.Row
	add := func(name string, value float64, ok bool, text string) {
		out = append(out, statistics.Row{
			Name: "sign/" + name, Family: "sign", Value: value, CILow: math.NaN(), CIHigh: math.NaN(), P: math.NaN(), PAdj: math.NaN(),
			Time: math.NaN(), Check: verdict(ok), Test: "reading of other results", Text: text,
		})
	}
	for _, e := range p.Expect {
		if !e.Gain {
			continue
		}
		gain, ok := byName["gain/"+e.Variant+"/"+Within+"/over-"+p.Base]
		if !ok {
			continue
		}
		add(e.Variant+"/below-base", gain.Value, !(gain.CIHigh < 0),
			"Fails when the aligned model is less similar to its own brain than the base model: the training hurt what it should help (learning rate, beta or pairing are wrong).")
		loss := byName["accuracy-change/"+e.Variant]
		if loss.Name != "" {
			add(e.Variant+"/accuracy-lost-without-gain", loss.Value, !(loss.CIHigh < 0 && gain.CILow <= 0),
				"Fails when classification accuracy fell and similarity did not rise: the network forgot and learnt nothing from the brain.")
		}
		if eeg, ok := byName["gain/"+e.Variant+"/"+EEG+"/over-"+p.Base]; ok {
			add(e.Variant+"/eeg-fails-while-fmri-succeeds", eeg.Value, !(gain.CILow > 0 && eeg.CILow <= 0),
				"Fails when the model gained on fMRI and not on EEG: the gain may be in what is particular to fMRI or its preprocessing.")
		}
	}
	if p.Contaminated > 0 {
		add("contaminated-test-images", float64(p.Contaminated), true,
			fmt.Sprintf("%d of the test images were in the base network's own training set: its accuracy on them is no measure of generalisation, and similarities may profit; the comparison between models shares this.", p.Contaminated))
	}
	return out
}
