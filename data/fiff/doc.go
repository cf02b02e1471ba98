// Package fiff reads the epochs that MNE-Python saves (-epo.fif): channels, bad channels,
// sampling rate, times, events with their names, and the data, which stay in the file
// until they are asked for. Values are in SI units (V, T), as MNE has them.
//
//	e, err := fiff.Open("sub-01-epo.fif")
//	defer e.Close()
//	x, err := e.Read(ctx, e.Data(), 0, len(e.Events))   // trials x channels x times
//
// Files that MNE split over several are read as one. Not read: raw and evoked data,
// complex epochs, .fif.gz; projections are not applied ([Epochs.Projections] says how
// many a reader of MNE would apply). Memory is that of the trials asked for.
//
// Source: the FIFF documentation of MNE-C and MNE-Python's constants; values are compared
// with MNE on files that it wrote (ci/reference/fiff.py).
package fiff
