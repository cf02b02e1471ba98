// Package stats is the stage that turns similarities and patterns into the
// results of a study: numbers with intervals, tests, corrected p values and
// checks, one row each, under names that stay the same from run to run.
//
// Which results are made depends on what the study gives it: patterns and
// split-half similarities give reliability (reliability.go). The mathematics is
// in package analysis/inference. With few subjects effects are reported subject
// by subject; the smallest p that a test can give is said in the result's text.
package stats
