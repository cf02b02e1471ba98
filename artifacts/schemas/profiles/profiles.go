// Package profiles is the artifact of how much a network reflects each object
// dimension: one row per layer and dimension.
package profiles

import "realnet/artifacts"

// Row is one layer and dimension. Values that were not computed are NaN.
type Row struct {
	Model     string `col:"model"`
	Trained   string `col:"trained" doc:"subject whose brain trained the model; empty for none"`
	Layer     string `col:"layer"`
	Dimension string `col:"dimension"`
	Index     int32  `col:"index" doc:"of the dimension, from 0"`
	Planted   bool   `col:"planted" doc:"a synthetic world put the dimension into its brains"`

	Plain       float64 `col:"plain" doc:"correlation of the layer's RDM with the dimension's"`
	Partial     float64 `col:"partial" doc:"the other dimensions removed from both"`
	SemiPartial float64 `col:"semi_partial" doc:"the other dimensions removed from the dimension"`

	Base         float64 `col:"base" doc:"plain correlation of the base model's layer"`
	Difference   float64 `col:"difference" doc:"plain minus base"`
	CILow        float64 `col:"ci_low" doc:"of the difference, images resampled"`
	CIHigh       float64 `col:"ci_high"`
	PBootstrap   float64 `col:"p_bootstrap" doc:"would other images show the difference?"`
	PPermutation float64 `col:"p_permutation" doc:"would an unrelated dimension show it?"`
	Images       int64   `col:"images"`
}

// Table is the file name within the artifact.
const Table = "profiles.parquet"

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "profiles", Version: 1, Doc: "similarity of a network's layers with object dimensions",
	Files: []artifacts.FileSpec{artifacts.TableOf[Row](Table)},
})

// Write puts rows into w.
func Write(w *artifacts.Writer, rows []Row) error { return artifacts.WriteTable(w, Table, rows) }

// Read reads all rows.
func Read(a *artifacts.Artifact) ([]Row, error) { return artifacts.ReadTable[Row](a, Table) }
