package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"sort"

	"realnet/artifacts"
	"realnet/artifacts/schemas/statistics"
	"realnet/artifacts/schemas/weights"
)

// betaRows give the brain loss (MSE + contrastive) on held-out training images
// after the last epoch, beta by beta, mean over networks with matched pairs, and
// name the beta with the lowest. Test images take no part. There are no rows
// unless two betas were trained with a validation split.
func betaRows(list []*artifacts.Artifact) ([]statistics.Row, error) {
	sum, n := map[float64]float64{}, map[float64]int64{}
	for _, a := range list {
		var p struct {
			Beta    *float64 `json:"beta"`
			Pairing string   `json:"pairing"`
		}
		if err := json.Unmarshal(a.Manifest().Provenance.Params, &p); err != nil || p.Beta == nil || p.Pairing == "shuffled" {
			continue // a base network, or the second control
		}
		if !a.Has(weights.EpochsTable) {
			continue
		}
		epochs, err := artifacts.ReadTable[weights.Epoch](a, weights.EpochsTable)
		if err != nil {
			return nil, err
		}
		last := epochs[len(epochs)-1]
		if loss := last.ValidationMSE + last.ValidationContrastive; !math.IsNaN(loss) {
			sum[*p.Beta] += loss
			n[*p.Beta]++
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
	row := func(name string, value float64, count int64, text string) {
		rows = append(rows, statistics.Row{
			Name: name, Family: "beta", Value: value, CILow: math.NaN(), CIHigh: math.NaN(), P: math.NaN(), PAdj: math.NaN(), Time: math.NaN(),
			N: count, Unit: "networks", Test: "brain loss on the validation split of the training images, after the last epoch", Text: text,
		})
	}
	for _, b := range betas {
		mean := sum[b] / float64(n[b])
		if mean < sum[best]/float64(n[best]) {
			best = b
		}
		row(fmt.Sprintf("beta/%g/validation-loss", b), mean, n[b], "How well the brain of held-out training images is predicted at this beta.")
	}
	row("beta/chosen", best, n[best], "The beta with the lowest validation loss. Similarities on test images took no part in the choice.")
	return rows, nil
}
