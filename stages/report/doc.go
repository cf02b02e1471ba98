// Package report is the stage that shows a run: one self-contained HTML page,
// results.json for scripts, and the tables behind every number as Parquet and
// CSV. It computes nothing that another stage does not.
package report
