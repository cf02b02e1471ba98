// Package pipeline turns a study into a plan and a plan into artifacts.
//
// A study ([Study]) is one YAML file. Its plan ([Plan]) is a DAG of nodes: a
// stage, its parameters and where its inputs come from. A node's key is the
// digest of everything its output can depend on:
//
//	key = SHA-256(stage, code identity, parameters, digests of inputs, machine type, kernel)
//
// The store remembers which artifact a key gave. So a node is cached when its
// key is known, and stale only when something that can change its output did.
// Keys chain: an artifact's digest covers its provenance, so what follows a
// re-run node re-runs too.
//
// A [Runner] walks the plan, asks the store, and gives what is missing to an
// [Executor], side by side as far as cores and memory allow. Failures stop what
// depends on them and nothing else. Everything finished is kept; an interrupted
// run resumes where it stopped.
//
// Not here: what a stage does (package stages), how bytes are laid out on disk (package
// artifacts), the command line (package command).
package pipeline
