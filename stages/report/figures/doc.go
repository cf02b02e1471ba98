// Package figures draws the results of a study with gonum/plot, each figure as
// SVG and as PNG. One file holds one family of figures: a function from plain
// rows to figures that returns none when the rows it needs are not there.
//
// Conventions. A model has one colour and one mark in all figures, from the
// Okabe-Ito palette, so that neither colour alone nor full colour vision is
// needed. Every unit (subject, pair of subjects) is a small mark with its own
// interval where it has one; a mean is a large mark with the 95 % Student
// interval over those units. The grey band is the noise ceiling.
//
// The same rows give the same bytes. Nothing here tests a hypothesis: p values
// come from the rows of results.
package figures
