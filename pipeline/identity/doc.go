// Package identity derives the identity of a stage's code from its sources.
//
// The program embeds its own sources. The identity of a package is the SHA-256
// of the comment-free tokens of its files, of the files it embeds, of the same
// for every package of this module that it imports, of the versions of the
// third-party modules that these import, and of the Go version. So an edit to a
// comment or to white space changes nothing, an edit to a function changes every
// stage that links it, and an edit to the report changes the report alone.
//
// Test files do not count. Files for other platforms do: that can re-run a
// stage for nothing, never show a stale result. For the same reason the list of
// indirect module requirements counts as a whole.
package identity
