package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"

	"realnet/artifacts"
	"realnet/artifacts/schemas/statistics"
	"realnet/artifacts/schemas/weights"
)

// betaRows give the brain loss (MSE + contrastive) on held-out training images
// after the last epoch, beta by beta, mean over the networks of the sweep, and
// name the beta with the lowest. Test images take no part. There are no rows
// unless two betas were trained with a validation split.
func betaRows(list []*artifacts.Artifact, p Params) ([]statistics.Row, error) {
	if len(p.Weights) != len(list) {
		return nil, nil // networks without labels: what they differ in is not known
	}
	sum, n := map[float64]float64{}, map[float64]int64{}
	for i, a := range list {
		if !slices.Contains(p.Sweep, p.Weights[i]) {
			continue // an ablation, the second control, another modality
		}
		var train struct {
			Beta *float64 `json:"beta"`
		}
		if err := json.Unmarshal(a.Manifest().Provenance.Params, &train); err != nil || train.Beta == nil {
			return nil, fmt.Errorf("%s: network %s of the sweep has no parameter beta", a.Dir(), p.Weights[i])
		}
		if !a.Has(weights.EpochsTable) {
			continue
		}
		epochs, err := artifacts.ReadTable[weights.Epoch](a, weights.EpochsTable)
		if err != nil {
			return nil, err
		}
		if len(epochs) == 0 {
			continue
		}
		last := epochs[len(epochs)-1]
		if loss := last.ValidationMSE + last.ValidationContrastive; !math.IsNaN(loss) {
			sum[*train.Beta] += loss
			n[*train.Beta]++
		}
	}
	if len(n) < 2 {
		return nil, nil
	}
	betas := make([]float64, 0, len(n))
	for b := range n {
		betas = append(betas, b)
	}
	sort.Float64s(betas)
	best := betas[0]
	var rows []statistics.Row
	add := func(kind, name string, beta, value float64) {
		row := statistics.New(kind, name, "beta")
		row.Beta, row.Value, row.N, row.Unit = beta, value, n[beta], "networks"
		row.Test, row.Text = say("test-beta", nil), meaning(kind, row, nil)
		rows = append(rows, row)
	}
	for _, b := range betas {
		mean := sum[b] / float64(n[b])
		if mean < sum[best]/float64(n[best]) {
			best = b
		}
		add(statistics.BetaLoss, fmt.Sprintf("beta/%g/validation-loss", b), b, mean)
	}
	add(statistics.BetaChosen, "beta/chosen", best, best)
	return rows, nil
}
