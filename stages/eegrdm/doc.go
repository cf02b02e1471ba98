// Package eegrdm is the stage that makes one RDM a time point of a subject's
// EEG: the accuracy of decoding every pair of conditions, or 1 - correlation of
// their patterns over channels. The mathematics is in package
// analysis/decoding.
package eegrdm
