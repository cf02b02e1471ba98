// Package newstudy looks at a folder of somebody's own data and writes a study file for
// it, with comments that say what was found where. What it cannot tell it asks for, one
// line each, with what would answer it.
//
// It knows images (a folder, or folders train and test), arrays of responses whose names
// hold labels of subjects, regions, sessions or subsets (package arrayset), tables of
// rows, checkpoints, BIDS datasets, raw and of fMRIPrep, estimates of SPM, FSL, nilearn and
// single-trial scripts, epochs, and folders of RDMs.
package newstudy
