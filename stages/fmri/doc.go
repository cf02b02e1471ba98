// Package fmri is the stage that turns a subject's runs into response patterns:
// samples x voxels, with what each sample and voxel is.
//
// A layout ([Params].Layout) says how a dataset keeps runs, events, motion and
// masks; a recipe says what is done to each run (package analysis/bold carries
// it out). Voxels are the union of the regions' masks. Runs are read one at a
// time, so memory is that of one run's masked voxels and of the result.
//
// Layout "arrays" reads patterns that people have in arrays of their own (package
// arrayset): rows and regions come from a table and from the names of files, and no
// recipe is applied.
//
// Layout "bdata" is different, too: its files hold samples that their authors have
// preprocessed, so no recipe is applied; regions are selections, labels come through
// the file's value map or from a number of the image (see [BData]).
//
// Layout "tvsd" reads the spiking activity of macaques (package data/tvsd): columns are
// electrodes, chosen by their reliability over the training images.
//
// The images of the port shared that are among the training images get the subset shared:
// another recording shows them, and brains are compared on them.
//
// Not done: realignment, coregistration, smoothing. Datasets come realigned.
package fmri
