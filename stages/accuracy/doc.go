// Package accuracy is the stage that measures how often a network names the
// right class, among its first and its first five, with Wilson's interval.
// It does not compare networks.
package accuracy
