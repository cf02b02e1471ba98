// Package step runs one stage on given artifacts: the contract of a stage as a
// program.
//
//	PROGRAM --params params.json --in PORT=DIR [--in PORT=DIR ...] --out DIR
//
// A [Task] is one run of a stage: its parameters, its inputs and the provenance
// that its output will record. [Flags] are the flags of the contract; `realnet stage`
// and the programs of a single stage (ci/programs) share them. A stage can be
// replaced by any [Program] that keeps the contract.
//
// This package links no stage, so a program that links it and one stage changes
// only when that stage, or what runs it, does. It knows no study, plan or store:
// that is package pipeline.
package step
