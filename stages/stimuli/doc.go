// Package stimuli is the stage that decodes and resizes the images of a dataset to
// what a network sees.
//
// Layout "files" takes image files by pattern, in byte order of their paths; those in a
// .zip archive are taken as if the archive were a folder (train.zip/a.png). An image's
// name is its file's name without the extension, and names are unique. Its subset comes
// from patterns (Train, Test), from the column "subset" of a table of labels, or is
// empty; its class from the table, or from its folder. Layout
// "kriegeskorte" takes the 92 images of Kriegeskorte et al. 2008 from their .mat file,
// in its order, named 01 to 92.
//
// Images are decoded as Pillow does (package data/images) and brought to one size:
// squashed to a square, as in the study, or resized by the short edge and cropped to the
// centre, as in CORnet's accuracy protocol (the short edge is 8/7 of the crop: 256 for
// 224). Decoding is parallel and in order; memory is that of a few images a worker.
package stimuli
