// Package report is the stage that shows a run: one self-contained HTML page
// that opens anywhere, figures as SVG and PNG, the tables behind them as Parquet
// and CSV, and results.json for scripts.
//
// It shows what it gets: every port is optional, and a figure or table whose
// rows are not there is left out. It tests nothing; p values and intervals of
// the text come from the rows of results. The same inputs give the same bytes:
// the page has no date, no host and no path.
//
// inputs.go reads, tables.go and figures/ show, summary.go and methods.go put
// into words, origin.go says where each number comes from, page.go puts the
// page together from assets/ and web/.
package report
