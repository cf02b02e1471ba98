package report

import (
	"encoding/json"
	"math"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
	"realnet/artifacts/schemas/statistics"
)

// entry is one result of results.json; what does not apply is null.
type entry struct {
	Name   string   `json:"name"`
	Value  *float64 `json:"value"`
	CILow  *float64 `json:"ci_low"`
	CIHigh *float64 `json:"ci_high"`
	P      *float64 `json:"p"`
	N      int64    `json:"n"`
	Pass   *bool    `json:"pass"`
	Text   string   `json:"text,omitempty"`
}

// writeResults writes results.json. P is the corrected p value, the plain one of
// results that are not corrected.
func writeResults(w *artifacts.Writer, p Params, rows []statistics.Row) error {
	entries := make([]entry, len(rows))
	for i, r := range rows {
		entries[i] = entry{
			Name: r.Name, Value: finite(r.Value), CILow: finite(r.CILow), CIHigh: finite(r.CIHigh), P: finite(corrected(r)),
			N: r.N, Text: r.Text,
		}
		if r.Check != "" {
			pass := r.Check == statistics.Pass
			entries[i].Pass = &pass
		}
	}
	var parameters any = p
	if len(p.StudyJSON) > 0 {
		parameters = p.StudyJSON
	}
	text, err := json.MarshalIndent(map[string]any{
		"study": p.Study, "partial": p.Missing, "parameters": parameters, "results": entries,
	}, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(w, page.Results, append(text, '\n'))
}

// corrected is the p value to show.
func corrected(r statistics.Row) float64 {
	if math.IsNaN(r.PAdj) {
		return r.P
	}
	return r.PAdj
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
