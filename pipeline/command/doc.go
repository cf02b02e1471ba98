// Package command is the command line: one struct per command, parsed by kong,
// each in a file of its name. It prints, asks the pipeline, and decides exit
// codes; it computes nothing.
//
// Results go to standard output, everything else to standard error. On a
// terminal the log is for people; otherwise it is JSON lines.
package command
