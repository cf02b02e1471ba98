// Package stages finds stages by name; package all lists those that exist. Each lives in a folder of its own
// and imports no other; what several share is mathematics, below analysis, or
// the contract, in package stage.
package stages
