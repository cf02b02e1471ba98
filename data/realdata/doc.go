// Package realdata finds the small real files that tests compare with.
//
// They are public (Haxby 2001, Kriegeskorte 2008, Shen 2019 events, a BData
// sample) but are not part of the repository. Tests that need one skip, and say
// so, where the files are absent. Nothing outside tests imports this package.
package realdata
