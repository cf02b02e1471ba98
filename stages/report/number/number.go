// Package number formats numbers for readers. A number that rounds to zero has no sign:
// "-0.000" would suggest a value below zero.
package number

import (
	"strconv"
	"strings"
)

// Fixed shows a value with the given number of digits after the point.
func Fixed(v float64, digits int) string {
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if bare, negative := strings.CutPrefix(text, "-"); negative && strings.Trim(bare, "0.") == "" {
		return bare
	}
	return text
}

// Signed is [Fixed] with a plus before what is above zero.
func Signed(v float64, digits int) string {
	text := Fixed(v, digits)
	if text[0] == '-' || strings.Trim(text, "0.") == "" || strings.HasPrefix(text, "N") || strings.HasPrefix(text, "+") {
		return text
	}
	return "+" + text
}

// Short shows a value with at most the given number of digits, and zero without a sign.
func Short(v float64, digits int) string {
	return strconv.FormatFloat(v+0, 'g', digits, 64) // -0 + 0 is 0
}

// Typeset puts the minus of print in the place of the hyphen.
func Typeset(text string) string { return strings.ReplaceAll(text, "-", "−") }
