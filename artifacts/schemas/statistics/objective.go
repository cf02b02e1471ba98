package statistics

// Kinds of results of contrasts of trainings that differ in one field.
const (
	Objective  = "objective"  // of one object dimension
	Objectives = "objectives" // mean over a group of dimensions
)
