// Package bids finds and reads the files of a BIDS dataset (Brain Imaging Data
// Structure): subjects, sessions, runs, events, sidecars, confounds and ROI masks.
//
// # Model
//
// A [Dataset] is a folder with dataset_description.json. A file name is a list of
// entities, a suffix and an extension, as in
//
//	sub-01_ses-test_task-perception_run-02_bold.nii.gz
//
// A [Run] is one continuous scan: its entities, its BOLD image, its events. Scans are
// distinguished by the entities sub, ses, task, acq, ce, dir and run; images that differ in
// others (echo, part, rec, space, res, desc, ...) or only in .nii and .nii.gz are of one
// scan, and a [Filter] must leave one of them. Metadata
// follow the inheritance principle: every *_bold.json from the root of the dataset
// down to the folder of the image applies whose entities the image all has, and the
// nearer one wins, key by key. Tables (events, confounds) are not merged; the
// nearest one is used.
//
// # Tables
//
// Tab-separated files keep every cell as text, so that writing one back gives the
// bytes that were read. Numbers are taken out by column: "n/a" is NaN, anything else
// that is not a number is an error with file, line and column.
//
// What an event is (stimulus, one-back repeat, rest) every data set writes in its own
// way; a [Coding] says how, and [Events.Trials] reads by it.
//
// # OpenfMRI
//
// [OpenfMRIRuns] reads the layout that preceded BIDS, in which Haxby et al. 2001 is
// distributed.
//
// # Not done
//
// No validation of a dataset as a whole, no images (package nifti reads them), no
// physiological recordings. Names that are not BIDS are passed over.
package bids

import "errors"

var (
	// ErrDataset is returned when a folder is not a BIDS dataset or its description
	// cannot be used.
	ErrDataset = errors.New("not a BIDS dataset")

	// ErrName is returned when a file name does not follow BIDS.
	ErrName = errors.New("not a BIDS file name")

	// ErrTable is returned when a table is not rectangular, lacks a column or has a
	// cell of the wrong type.
	ErrTable = errors.New("invalid table")

	// ErrMetadata is returned when a JSON file cannot be read or has a field of the
	// wrong type.
	ErrMetadata = errors.New("invalid metadata")

	// ErrAmbiguous is returned when two files of one folder apply to an image
	// equally, which the inheritance principle forbids.
	ErrAmbiguous = errors.New("two files apply equally")

	// ErrImages is returned when several images of one run are left by a filter.
	ErrImages = errors.New("more than one image of a run")

	// ErrNotFound is returned when a dataset lacks what was asked for.
	ErrNotFound = errors.New("not found")
)
