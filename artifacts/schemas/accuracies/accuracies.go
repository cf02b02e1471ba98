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

// Answer is what one network made of one image. A program in the place of the stage may
// leave them out; networks are then compared as if they had seen different images.
type Answer struct {
	Model   string `col:"model"`
	Trained string `col:"trained"`
	Subset  string `col:"subset"`
	Image   string `col:"image"`
	Right   bool   `col:"right" doc:"whether the image's class came first"`
}

// Names of the files within the artifact.
const (
	Table        = "accuracies.parquet"
	AnswersTable = "answers.parquet"
)

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "accuracies", Version: 1, Doc: "classification accuracy",
	Files: []artifacts.FileSpec{artifacts.TableOf[Row](Table), answers},
})

var answers = func() artifacts.FileSpec {
	f := artifacts.TableOf[Answer](AnswersTable)
	f.Optional = true
	return f
}()
