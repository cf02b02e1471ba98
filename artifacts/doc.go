// Package artifacts stores what stages make: typed tables, tensors, network
// weights and raw files, in immutable directories that are named by their
// content.
//
// # The model
//
// An artifact is a directory with a manifest.json and the files that it lists.
// Tables are Parquet, tensors and weights are Arrow IPC files, anything else is
// a raw file. A Schema says which files an artifact of a kind has. The digest of
// an artifact is a SHA-256 over its schema, the digests of its files and its
// provenance (stage, code, parameters, seed, inputs, machine), and not over the
// host and the times. FORMAT.md describes all of it byte by byte.
//
// A Writer collects files under a temporary name; Commit checks them against the
// schema, writes the manifest, flushes and renames. A crash therefore leaves a
// whole artifact or none.
//
//	w, err := artifacts.Create(dir, rdms)
//	if err != nil { ... }
//	defer w.Abort() // does nothing after Commit
//	if err := artifacts.WriteTable(w, "pairs.parquet", rows); err != nil { ... }
//	a, err := w.Commit(artifacts.Provenance{Stage: "rdm", ...})
//
// Readers compare the size and the SHA-256 of a file with the manifest before
// they hand out its first value. Damage is a *DamageError that names the file.
//
// A Store keeps artifacts by digest and remembers which digest the node of a
// plan made. Several processes may use one store at once; locks are flock(2)
// locks, so a killed process leaves none behind.
//
// # What it does not do
//
// Artifacts are never changed in place, and there are no nested columns beyond
// lists of float32. Tensors are little-endian, dense and C-ordered. It runs on
// Linux and other Unix systems with flock and mmap; the store must be on a local
// file system or on one where flock works between its users. It guards against
// accidents, not against someone who rewrites manifests on purpose.
package artifacts
