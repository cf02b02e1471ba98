package report

import (
	"encoding/json"
	"math"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
	"realnet/artifacts/schemas/statistics"
)

// entry is one result of results.json; what does not apply is null or left out.
type entry struct {
	Name       string   `json:"name"`
	Kind       string   `json:"kind"`
	Value      *float64 `json:"value"`
	CILow      *float64 `json:"ci_low"`
	CIHigh     *float64 `json:"ci_high"`
	P          *float64 `json:"p"`
	PCorrected *float64 `json:"p_corrected"`
	N          int64    `json:"n"`
	Unit       string   `json:"unit,omitempty"`
	NSubjects  int64    `json:"n_subjects,omitempty"`
	Pass       *bool    `json:"pass"`
	Model      string   `json:"model,omitempty"`
	Reference  string   `json:"reference,omitempty"`
	Relation   string   `json:"relation,omitempty"`
	Layer      string   `json:"layer,omitempty"`
	Subject    string   `json:"subject,omitempty"`
	Session    string   `json:"session,omitempty"`
	ROI        string   `json:"roi,omitempty"`
	Dimension  string   `json:"dimension,omitempty"`
	Planted    string   `json:"planted,omitempty"`
	Beta       *float64 `json:"beta,omitempty"`
	Time       *float64 `json:"time,omitempty"`
	TimeEnd    *float64 `json:"time_end,omitempty"`
	Method     string   `json:"method,omitempty"`
	Text       string   `json:"text,omitempty"`
}

// writeResults writes results.json.
func writeResults(w *artifacts.Writer, p Params, rows []statistics.Row) error {
	entries := make([]entry, len(rows))
	for i, r := range rows {
		entries[i] = entry{
			Name: r.Name, Kind: r.Kind, Value: finite(r.Value), CILow: finite(r.CILow), CIHigh: finite(r.CIHigh), P: finite(r.P), PCorrected: finite(r.PCorrected),
			N: r.N, Unit: r.Unit, NSubjects: r.NSubjects, Model: r.Model, Reference: r.Reference, Relation: r.Relation, Layer: r.Layer, Subject: r.Subject,
			Session: r.Session, ROI: r.ROI, Dimension: r.Dimension, Planted: r.Planted, Beta: finite(r.Beta), Time: finite(r.Time), TimeEnd: finite(r.TimeEnd),
			Method: r.Method, Text: r.Text,
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

// finite is nil where JSON has no number.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v += 0 // no negative zero
	return &v
}
