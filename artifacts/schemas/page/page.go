// Package page is the artifact of a report: one HTML page, figures, tables and
// results for scripts.
package page

import (
	"realnet/artifacts"
	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/profiles"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
)

// File names within the artifact. Figures are in figures/, tables in tables/, each
// as CSV and as Parquet.
const (
	HTML    = "report.html"
	Results = "results.json"
	Study   = "study.json"

	ResultsTable      = "tables/results.parquet"
	SimilaritiesTable = "tables/similarities.parquet"
	AccuraciesTable   = "tables/accuracies.parquet"
	DimensionsTable   = "tables/dimensions.parquet"
)

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "report", Version: 2, Doc: "a report: report.html, results.json, figures and tables",
	Files: []artifacts.FileSpec{
		{Name: HTML, Kind: artifacts.KindRaw, Doc: "self-contained page"},
		{Name: Results, Kind: artifacts.KindRaw, Doc: "study, parameters and every result as {name, kind, value, ci_low, ci_high, p, p_corrected, n, pass, ...}"},
		{Name: Study, Kind: artifacts.KindRaw, Optional: true, Doc: "the whole study; realnet reproduce takes it"},
		{Name: "figures/*", Kind: artifacts.KindRaw, Optional: true, Doc: "SVG and PNG"},
		optional(artifacts.TableOf[statistics.Row](ResultsTable)),
		optional(artifacts.TableOf[similarities.Row](SimilaritiesTable)),
		optional(artifacts.TableOf[accuracies.Row](AccuraciesTable)),
		optional(artifacts.TableOf[profiles.Row](DimensionsTable)),
		{Name: "tables/*.csv", Kind: artifacts.KindRaw, Optional: true, Doc: "the same as CSV"},
	},
})

func optional(f artifacts.FileSpec) artifacts.FileSpec {
	f.Optional = true
	return f
}
