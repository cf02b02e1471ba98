// Package encodings is the artifact of how well the layers of a network predict measured
// responses: voxels, electrodes, or EEG channels at a time.
package encodings

import "realnet/artifacts"

// Row is one layer and one region of a subject, or one time of the EEG. Values that were
// not computed are NaN.
type Row struct {
	Model   string `col:"model"`
	Trained string `col:"trained" doc:"subject whose brain trained the model; empty for none"`
	Layer   string `col:"layer" doc:"empty: all layers together, with a penalty each"`
	Versus  string `col:"versus" doc:"what the unique share is beside: layers (the other layers of the network), or another model's same layer; empty in rows of a layer alone"`

	Source  string  `col:"source" doc:"fmri (brains that train networks), other (another dataset) or eeg"`
	Subject string  `col:"subject"`
	ROI     string  `col:"roi"`
	Time    float64 `col:"time" doc:"seconds; NaN where there is none"`

	Responses  int64   `col:"responses" doc:"voxels, electrodes or channels"`
	Images     int64   `col:"images"`
	R          float64 `col:"r" doc:"Pearson's correlation of predicted and measured responses to images that took no part, mean over folds and responses"`
	R2         float64 `col:"r2" doc:"share of variance explained, mean over folds and responses"`
	Ceiling    float64 `col:"ceiling" doc:"mean noise ceiling of r, over the responses that have one"`
	Normalised float64 `col:"r_normalised" doc:"mean r of the responses that have a noise ceiling, divided by its mean"`
	Alpha      float64 `col:"alpha" doc:"geometric mean of the penalties that all images choose"`
	CKA        float64 `col:"cka" doc:"unbiased linear centred kernel alignment of the layer's features and the responses, over all images"`
	Unique     float64 `col:"unique" doc:"share of variance that this layer explains beside versus: R2 of both less R2 without it"`
}

// Fold is a row's mean r in one part of the images.
type Fold struct {
	Row  int32   `col:"row" doc:"place in the table of rows, from 0"`
	Fold int32   `col:"fold"`
	R    float64 `col:"r"`
}

// Left is a row's CKA without one image.
type Left struct {
	Row   int32   `col:"row" doc:"place in the table of rows, from 0"`
	Image int32   `col:"image" doc:"place in the order of the images, the same for all rows"`
	CKA   float64 `col:"cka"`
}

// Response is one layer and one voxel or electrode.
type Response struct {
	Layer   string  `col:"layer"`
	Subject string  `col:"subject"`
	Index   int32   `col:"index" doc:"column of the patterns"`
	R       float64 `col:"r"`
	R2      float64 `col:"r2"`
	Ceiling float64 `col:"ceiling" doc:"NaN where noise leaves nothing, or nothing was repeated"`
	Alpha   float64 `col:"alpha"`
}

// Names of the files within the artifact.
const (
	Table          = "encodings.parquet"
	FoldsTable     = "folds.parquet"
	LeftTable      = "left.parquet"
	ResponsesTable = "responses.parquet"
)

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "encodings", Version: 1, Doc: "how well a network's layers predict measured responses",
	Files: []artifacts.FileSpec{artifacts.TableOf[Row](Table), artifacts.TableOf[Fold](FoldsTable), artifacts.TableOf[Left](LeftTable), artifacts.TableOf[Response](ResponsesTable)},
})

// Set is the whole artifact in memory.
type Set struct {
	Rows      []Row
	Folds     []Fold
	Left      []Left
	Responses []Response
}

// Write puts s into w.
func Write(w *artifacts.Writer, s Set) error {
	if err := artifacts.WriteTable(w, Table, s.Rows); err != nil {
		return err
	}
	if err := artifacts.WriteTable(w, FoldsTable, s.Folds); err != nil {
		return err
	}
	if err := artifacts.WriteTable(w, LeftTable, s.Left); err != nil {
		return err
	}
	return artifacts.WriteTable(w, ResponsesTable, s.Responses)
}

// Read reads all but the responses.
func Read(a *artifacts.Artifact) (Set, error) {
	var s Set
	var err error
	if s.Rows, err = artifacts.ReadTable[Row](a, Table); err != nil {
		return s, err
	}
	if s.Folds, err = artifacts.ReadTable[Fold](a, FoldsTable); err != nil {
		return s, err
	}
	s.Left, err = artifacts.ReadTable[Left](a, LeftTable)
	return s, err
}
