// Package similarities is the artifact of comparisons between model and brain
// RDMs: one row per pair of RDMs.
package similarities

import "realnet/artifacts"

// Row is one comparison.
type Row struct {
	Compared string `col:"compared" doc:"kind of what the brain is compared with: model, or fmri, neurons, ... where brains are compared with one another"`

	Model   string `col:"model"`
	Layer   string `col:"layer"`
	Trained string `col:"trained" doc:"subject whose brain trained the model, or whose brain it is; empty for none"`

	Kind    string  `col:"kind" doc:"fmri, eeg, ..."`
	Dataset string  `col:"dataset"`
	Subject string  `col:"subject"`
	ROI     string  `col:"roi"`
	Session string  `col:"session"`
	Split   string  `col:"split"`
	Time    float64 `col:"time" doc:"seconds; NaN where there is none"`

	Method       string  `col:"method" doc:"comparator, such as spearman"`
	Value        float64 `col:"value"`
	P            float64 `col:"p" doc:"of the label permutation test; NaN when none was made"`
	Permutations int64   `col:"permutations"`
	Exact        bool    `col:"exact" doc:"all permutations were enumerated"`
	Alternative  string  `col:"alternative"`
	CILow        float64 `col:"ci_low" doc:"bootstrap over images; NaN when none was made"`
	CIHigh       float64 `col:"ci_high"`
	CeilingLow   float64 `col:"ceiling_low" doc:"noise ceiling; NaN with fewer than two brains"`
	CeilingHigh  float64 `col:"ceiling_high"`
	Conditions   int64   `col:"conditions"`
}

// Table is the file name within the artifact.
const Table = "similarities.parquet"

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "similarities", Version: 1, Doc: "similarity of model and brain RDMs",
	Files: []artifacts.FileSpec{artifacts.TableOf[Row](Table)},
})

// Write puts rows into w.
func Write(w *artifacts.Writer, rows []Row) error { return artifacts.WriteTable(w, Table, rows) }

// Read reads all rows.
func Read(a *artifacts.Artifact) ([]Row, error) { return artifacts.ReadTable[Row](a, Table) }
