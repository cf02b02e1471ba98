package stats

import (
	"fmt"
	"math"

	"realnet/artifacts"
	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/statistics"
)

// accuracyRows are the mean accuracy of every variant and what it lost against
// the base. The interval of the mean is Wilson's at the pooled count.
func accuracyRows(list []*artifacts.Artifact, p Params) ([]statistics.Row, error) {
	var order []string
	sum, low, high, n, images := map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]int64{}
	for _, a := range list {
		rows, err := artifacts.ReadTable[accuracies.Row](a, accuracies.Table)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if n[r.Model] == 0 {
				order = append(order, r.Model)
			}
			sum[r.Model] += r.Top1
			low[r.Model] += r.CILow
			high[r.Model] += r.CIHigh
			n[r.Model]++
			images[r.Model] = r.N
		}
	}
	var out []statistics.Row
	nan := math.NaN()
	for _, v := range order {
		k := n[v]
		out = append(out, statistics.Row{
			Name: "accuracy/" + v, Family: "accuracy", Value: sum[v] / k, CILow: low[v] / k, CIHigh: high[v] / k, P: nan, PAdj: nan, Time: nan,
			N: images[v], Unit: "images", Test: fmt.Sprintf("mean of %d networks; mean of their 95 %% Wilson intervals", int(k)),
			Text: "Share of held-out images whose class comes first.", Model: v,
		})
		if v == p.Base || n[p.Base] == 0 {
			continue
		}
		base := sum[p.Base] / n[p.Base]
		out = append(out, statistics.Row{
			Name: "accuracy-change/" + v, Family: "accuracy-change", Value: sum[v]/k - base, CILow: low[v]/k - base, CIHigh: high[v]/k - base,
			P: nan, PAdj: nan, Time: nan, N: images[v], Unit: "images", Test: "difference from the base network's accuracy, which is taken as known",
			Text: "Accuracy gained or, if negative, lost by the training.", Model: v,
		})
	}
	return out, nil
}
