// Package page is the artifact of a report: one HTML page, figures, tables and
// results for scripts.
package page

import "realnet/artifacts"

// File names within the artifact; figures lie below figures/, tables below
// tables/.
const (
	HTML    = "report.html"
	Results = "results.json"
)

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "report", Version: 1, Doc: "a report: report.html, results.json, figures and tables",
	Files: []artifacts.FileSpec{
		{Name: HTML, Kind: artifacts.KindRaw, Doc: "self-contained page"},
		{Name: Results, Kind: artifacts.KindRaw, Doc: "study, parameters and every result as {name, value, ci_low, ci_high, p, n, pass}"},
		{Name: "figures/*", Kind: artifacts.KindRaw, Optional: true, Doc: "SVG and PNG"},
		{Name: "tables/*", Kind: artifacts.KindRaw, Optional: true, Doc: "Parquet and CSV"},
	},
})
