// Package strict decodes YAML into plain structs and refuses everything that it
// does not understand, with file, line, column and the nearest valid name.
//
// It exists because a study file decides what a number means: a misspelt key
// that is silently ignored is a wrong result. Fields are named by their json
// tags, the same that parameters use. A scalar for a string field keeps its
// spelling, so that subject 01 stays "01" and does not become the number 1.
//
// Not here: YAML features beyond plain data (custom tags); they are refused.
package strict
