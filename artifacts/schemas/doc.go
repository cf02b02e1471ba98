// Package schemas is empty: each package below it defines one kind of artifact, with its
// schema, the types of its rows, and functions that write and read it as a whole. A stage
// imports the kinds that it reads and writes, so a change to one kind re-runs only the
// stages that use it.
package schemas
