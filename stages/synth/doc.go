// Package synth is the stage that makes the in-silico study: images of objects
// with known attributes, and brains that encode some of them. The truth is known,
// so the study can say whether it found it.
//
// # Images
//
// An image shows one textured object on a cluttered background. Its class is its
// outline (number of lobes x their depth); all other attributes vary freely within
// a class, so a network that learns to classify has no reason to keep them. Every
// attribute is spread evenly over each subset of images.
//
// # Brains
//
// A region of interest encodes a few attributes a through features
// cos(Tuning P (a - 1/2) + phase) with random P and phase, as neurons tuned to
// combinations do. A share of the features is the subject's own, the rest is common
// to all. Each voxel mixes the features of its region in its own way, with mean 0 and
// deviation 1 over the training images.
//
// Runs follow Shen et al. 2019: blocks of one image each, some repeated at once
// (one-back), rest before and after. The evoked response is block x haemodynamic
// response x (mean response + planted x pattern); to it are added slow drift, motion
// (six parameters, written as confounds, that leak into every voxel) and
// autocorrelated noise, whose level follows from the reliability asked for.
//
// The EEG adds up attributes as well, each around its own latency, with channels
// that mix their features; its noise is autocorrelated and has a part that all
// channels share.
//
// # Files
//
//	images/<subset>.zip              of <name>.png; pretrain, train, test, eeg
//	labels.tsv                       name, subset, label, class and all attributes
//	dimensions.tsv                   name and the attributes, of test and eeg images
//	dimension-labels.tsv             dimension, planted
//	sub-01/ses-.../func/...          BIDS: bold.nii.gz, events and confounds
//	sourcedata/sub-01/anat/...       masks of the regions, a hemisphere each
//	eeg/sub-01/preprocessed_eeg_test.npy, eeg/image_metadata.npy   as THINGS EEG2; and
//	                                 preprocessed_eeg_training.npy when asked for
//	truth.json                       what is planted where
//
// Time and memory: images are rendered, runs are made and subjects of the EEG
// follow one another, so memory is that of the responses (images x voxels, 4 bytes
// each), of one run a worker and of one subject's EEG.
//
// # Not done
//
// No brain anatomy, no slice timing, no spatial smoothness of the noise; images are
// not natural. The haemodynamic response is the same for every voxel.
package synth
