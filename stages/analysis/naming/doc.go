// Package naming joins conditions of two sources by their names.
//
// Names are the same when they are equal; else, where that pairs more, when they are
// equal without folder and extension (images/cat_01.jpg and cat_01). Names that stand
// for the same then are refused. No order is ever assumed.
package naming
