// Package eeg cleans epochs: conditions x repetitions x channels x times.
//
// [Baseline] subtracts from every channel of every epoch its mean over a window.
//
// [Covariance] estimates the noise between channels as Gifford et al. 2022 do
// (NeuroImage 264:119754; after Guggenmos et al. 2018, NeuroImage 173:434): for every
// condition, the covariance over its repetitions at each time point, with shrinkage to
// the diagonal, averaged over conditions and times ([OverTimes]); or the covariance over
// the times of each epoch ([OverEpochs]); or as the first, but kept for each time point
// ([EachTime]). The shrinkage is that of Ledoit and Wolf (J Multivar Anal 88, 2004) on
// standardised channels, as scikit-learn's discriminant analysis has it.
//
// [Whiten] multiplies the channels by the inverse square root of that covariance, so
// that noise is alike in all of them and unrelated between them.
//
// [Average] makes pseudo-trials: means of a few repetitions.
//
// Data are float32 in C order; sums are in float64. Results do not depend on the number
// of workers. Time grows as epochs x times x channels².
//
// Not done: filtering, resampling, rejection, re-referencing; no sessions (average the
// covariances of several data sets with [Mean]).
package eeg
