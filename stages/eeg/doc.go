// Package eeg is the stage that reads a subject's EEG or MEG epochs and cleans them. A
// layout says how a dataset keeps them: as THINGS-EEG2 does (Gifford et al. 2022), in
// your own arrays (package arrayset), or as MNE saves them (package fiff). Layouts
// of single trials give every condition as many as the one with the fewest
// ([Params].Unequal).
//
// In layout things a dataset has sub-<subject>/preprocessed_eeg_<set>.npy, a pickled dict with
// preprocessed_eeg_data (conditions x repetitions x channels x times), ch_names and
// times, at any depth; and, where conditions are to have names, image_metadata.npy. A
// condition's name is its image file's name without the extension, and numbered without
// metadata.
//
// The order of steps is that of the authors: channels, baseline, noise normalisation
// over all times, pseudo-trials, and then the window. The published files are normalised already
// (session by session, which the files no longer tell apart), so by default nothing is
// done to them. The stage eegrdm makes pseudo-trials of its own, anew in every repeat of the
// decoding; those made here serve a program that wants them once.
//
// Memory is that of the channels kept of one file, or two when noise is estimated on the
// other set as well.
package eeg
