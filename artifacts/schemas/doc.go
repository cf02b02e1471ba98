// Package schemas is only a folder: each package below it is one kind of
// artifact, with its schema, the types of its rows, and functions that write and
// read it whole. A stage imports the kinds that it takes and makes, so that a
// change to one kind re-runs the stages that know it and no other.
package schemas
