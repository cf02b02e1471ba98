// Package stages finds stages by name; package all lists those that exist. Each stage has
// its own folder and imports no other stage. Code that several share is mathematics, in
// analysis, or the contract, in package stage.
package stages
