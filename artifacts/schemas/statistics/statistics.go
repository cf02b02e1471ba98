// Package statistics is the artifact of a study's results: one row a number
// with its uncertainty, its test and, for checks, its verdict.
package statistics

import "realnet/artifacts"

// Row is one result.
type Row struct {
	Name   string  `col:"name" doc:"unique within a study, slash-separated, such as reliability/sub-01/VT"`
	Family string  `col:"family" doc:"results that belong together and are corrected together"`
	Value  float64 `col:"value"`
	CILow  float64 `col:"ci_low"`
	CIHigh float64 `col:"ci_high"`
	P      float64 `col:"p" doc:"uncorrected; NaN without a test"`
	PAdj   float64 `col:"p_adjusted" doc:"corrected within the family; NaN without a correction"`
	N      int64   `col:"n" doc:"units that the test or interval is over"`
	Unit   string  `col:"unit" doc:"what n counts: subjects, images, runs, ..."`
	Test   string  `col:"test"`
	Check  string  `col:"check" doc:"pass, fail, or empty when the result is no check"`
	Text   string  `col:"text" doc:"what the result means, one sentence"`

	Model   string  `col:"model"`
	Layer   string  `col:"layer"`
	Subject string  `col:"subject"`
	ROI     string  `col:"roi"`
	Time    float64 `col:"time" doc:"seconds; NaN where there is none"`
}

// Verdicts of checks.
const (
	Pass = "pass"
	Fail = "fail"
)

// Table is the file name within the artifact.
const Table = "statistics.parquet"

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "statistics", Version: 1, Doc: "results with intervals, tests and checks",
	Files: []artifacts.FileSpec{artifacts.TableOf[Row](Table)},
})

// Write puts rows into w.
func Write(w *artifacts.Writer, rows []Row) error { return artifacts.WriteTable(w, Table, rows) }

// Read reads all rows.
func Read(a *artifacts.Artifact) ([]Row, error) { return artifacts.ReadTable[Row](a, Table) }
