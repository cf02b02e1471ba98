// Package accuracies is the artifact of a network's classification accuracy.
package accuracies

import "realnet/artifacts"

// Row is one network on one set of labelled images.
type Row struct {
	Model   string  `col:"model"`
	Trained string  `col:"trained" doc:"subject whose brain trained the model; empty for none"`
	Subset  string  `col:"subset"`
	Top1    float64 `col:"top1"`
	Top5    float64 `col:"top5"`
	CILow   float64 `col:"top1_ci_low" doc:"Wilson interval"`
	CIHigh  float64 `col:"top1_ci_high"`
	N       int64   `col:"n" doc:"images"`
}

// Table is the file name within the artifact.
const Table = "accuracies.parquet"

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "accuracies", Version: 1, Doc: "classification accuracy",
	Files: []artifacts.FileSpec{artifacts.TableOf[Row](Table)},
})
