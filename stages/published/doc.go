// Package published is the stage that reads RDMs that others have published, where the
// responses behind them are not public.
//
// Layout "kriegeskorte92" takes the RDMs of Kriegeskorte et al. 2008 over their 92
// images, 1 - Pearson's correlation: human IT of four subjects in two sessions each
// (variable RDMs of 92_brainRDMs.mat; kind fmri, region hIT), and monkey IT, 674
// neurons of two animals together (RDMs_mIT_hIT_fig1 of the supplementary file; kind
// neurons, subject monkeys, region mIT). The group RDM hIT of the supplementary file is
// the mean of the eight and is left out. Conditions are named 01 to 92, in the order of
// the images of the stage stimuli.
//
// Layout "arrays" reads any file of numbers (.npy, .npz, .mat, .h5, .pt, .csv, ...): RDMs,
// square or condensed, one or many in an array whose axes are named, or patterns
// (conditions x features) of which it makes RDMs. Labels come from the names of files
// ({subject}_{roi}.npy) or from the axes. Conditions are named by a file, by the array's
// own names, or by their number; all arrays of a stage have the same.
//
// A matrix that is not square, not symmetric, has a diagonal other than 0, or a value
// that no correlation distance has is refused.
package published
