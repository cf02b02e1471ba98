// Package bold turns BOLD time series into patterns: one vector of voxels for each
// event or condition.
//
// # Model
//
// A [Run] is a matrix volumes x voxels with the events that happened during it; a
// [Recipe] says what is done to it; [Process] returns [Patterns], a matrix
// patterns x voxels with a [Label] for each row. Voxels never mix, so each voxel's
// series y goes alone through the steps, in float64:
//
//  1. Drop the first volumes. Event times count from the first volume of the file.
//  2. Remove nuisance: y - QQ'y, where the columns of Q are an orthonormal basis of
//     the polynomials up to the chosen order and the motion regressors. Trend and motion
//     are removed together, in one least-squares projection per run. The constant is
//     among the polynomials; the mean is put back when the recipe keeps it.
//  3. Normalise over the time of the run: z-score, or percent of the mean of the run or
//     of its rest.
//  4. Clip values beyond k standard deviations from the mean to that bound, repeatedly.
//  5. Estimate each pattern: the mean over the volumes of an event, shifted by the
//     haemodynamic lag; or the coefficient of a general linear model (GLM), for each
//     condition or for each trial (least squares - all, LSA).
//
// Clipping commutes with normalising (both follow mean and standard deviation), so the
// order of 3 and 4 is free. Shifting moves the window over a series that is left whole;
// toolboxes that shift the samples before regressing lose the run's last volumes from
// the regression, which differs slightly.
//
// [Concat] joins runs, [AverageBy] averages repetitions, and [Scaler] standardises by
// mean and deviation of chosen rows, such as the training set alone.
//
// # Bad voxels
//
// A value that is not finite is an error that names voxel and volume. A voxel that
// does not vary (or whose baseline is not positive, when percent is asked) has no
// normalised signal: its patterns are 0 and it is listed in Patterns.Unusable, or it is
// an error, as the recipe says.
//
// # Cost
//
// Time grows with volumes x voxels x (regressors + patterns), memory with the
// patterns plus 16 series a worker. Results are bit-identical for any number of workers.
//
// # Not done
//
// No realignment, coregistration, slice timing or smoothing: those come before. No
// model of serial correlation: estimates are ordinary least squares.
package bold

import "errors"

var (
	// ErrRecipe is returned when a field of a recipe is out of its range, or two
	// fields exclude each other.
	ErrRecipe = errors.New("invalid recipe")

	// ErrShape is returned when the matrices of a run do not fit each other.
	ErrShape = errors.New("shapes differ")

	// ErrEvents is returned when an event is outside its run or cannot be estimated.
	ErrEvents = errors.New("invalid events")

	// ErrNotFinite is returned when data or regressors hold NaN or an infinity.
	ErrNotFinite = errors.New("value is not finite")

	// ErrUnusable is returned when a voxel has no signal to normalise and the recipe
	// asks for an error.
	ErrUnusable = errors.New("voxel has no usable signal")
)
