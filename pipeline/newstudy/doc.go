// Package newstudy inspects a folder with the user's data and writes a study file for it,
// with comments that say what was found where. For anything that it cannot determine it
// returns a question, one per line, with how to answer it.
//
// It knows images (a folder, or folders train and test), arrays of responses whose names
// hold labels of subjects, regions, sessions or subsets (package arrayset), tables of
// rows, checkpoints, BIDS datasets, raw and of fMRIPrep, estimates of SPM, FSL, nilearn and
// single-trial scripts, epochs, and folders of RDMs.
package newstudy
