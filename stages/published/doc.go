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
// A matrix that is not square, not symmetric, has a diagonal other than 0, or a value
// that no correlation distance has is refused.
package published
