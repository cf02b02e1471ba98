package decoding

import (
	"fmt"
	"runtime"

	"realnet/stages/analysis/internal/magnitude"
)

// Classifier names a two-class classifier.
type Classifier int

// The classifiers.
const (
	LinearSVC Classifier = iota // libsvm's C-SVC with a linear kernel
	LinearLDA                   // linear discriminant analysis
)

// Split says how pseudo-trials become training and test patterns.
type Split int

// The splits.
const (
	KFold     Split = iota // stratified folds of the pseudo-trials
	HalfSplit              // one half grouped for training, the other averaged for test
)

// Recipe is everything that turns Epochs into decoding accuracies.
type Recipe struct {
	Classifier Classifier
	SVC        SVC     // of LinearSVC
	Shrinkage  float64 // of LinearLDA: 0 to 1, or Auto

	Split   Split
	Average int // repetitions averaged to one pseudo-trial
	Folds   int // of KFold
	Repeats int // new groups each time; the accuracies are averaged

	Window int // samples averaged before decoding
	Step   int // samples from one window to the next
	Smooth int // odd width of the centred mean over accuracies; 1: none

	Seed    uint64
	Workers int // goroutines; 0: one a processor. Results do not depend on it.
}

// Lu returns the recipe of the study's EEG RDMs.
func Lu() Recipe {
	return Recipe{
		Classifier: LinearSVC, SVC: DefaultSVC(), Shrinkage: Auto,
		Split: KFold, Average: 5, Folds: 4, Repeats: 5,
		Window: 1, Step: 1, Smooth: 5,
	}
}

// Gifford returns the recipe of the THINGS-EEG2 data descriptor.
func Gifford() Recipe {
	return Recipe{
		Classifier: LinearSVC, SVC: SVC{C: 1, Tol: 1e-3}, Shrinkage: Auto,
		Split: HalfSplit, Average: 4, Repeats: 100,
		Window: 1, Step: 1, Smooth: 1,
	}
}

// Needs is the smallest number of repetitions that the recipe can work with.
func (r Recipe) Needs() int {
	if r.Split == HalfSplit {
		return max(2, 2*r.Average-1)
	}
	return r.Folds * r.Average
}

func (r Recipe) workers() int {
	if r.Workers > 0 {
		return r.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// inUnits scales the epochs where the classifier does not depend on their scale.
func (r Recipe) inUnits(e Epochs) Epochs {
	if r.Classifier == LinearLDA {
		return e.inUnits()
	}
	return e
}

func (r Recipe) check(e Epochs) error {
	if refused != nil {
		return refused
	}
	if err := e.check(); err != nil {
		return err
	}
	switch {
	case r.Classifier != LinearSVC && r.Classifier != LinearLDA:
		return fmt.Errorf("decoding: unknown classifier %d", r.Classifier)
	case r.Split != KFold && r.Split != HalfSplit:
		return fmt.Errorf("decoding: unknown split %d", r.Split)
	case r.Average < 1 || r.Repeats < 1:
		return fmt.Errorf("decoding: average %d and repeats %d must be at least 1", r.Average, r.Repeats)
	case r.Split == KFold && r.Folds < 2:
		return fmt.Errorf("decoding: %d folds; one to test and one to train on make 2", r.Folds)
	case r.Window < 1 || r.Step < 1 || r.Window > e.Times:
		return fmt.Errorf("decoding: a window of %d samples every %d does not fit %d time points", r.Window, r.Step, e.Times)
	case r.Smooth < 1 || r.Smooth%2 == 0:
		return fmt.Errorf("decoding: smoothing takes an odd number of samples, got %d", r.Smooth)
	case e.Repetitions < r.Needs():
		if r.Split == HalfSplit {
			return fmt.Errorf("%w: half of the repetitions in groups of %d need at least %d repetitions, there are %d",
				ErrTooFewRepetitions, r.Average, r.Needs(), e.Repetitions)
		}
		return fmt.Errorf("%w: %d folds of averages over %d need at least %d repetitions, there are %d",
			ErrTooFewRepetitions, r.Folds, r.Average, r.Needs(), e.Repetitions)
	}
	if r.Classifier == LinearSVC {
		if largest := e.largest(); magnitude.ExponentOf(largest) != 0 {
			return fmt.Errorf("decoding: the largest value is %g; a support vector machine depends on the unit of its data: scale them to a standard deviation near 1", largest)
		}
		return r.SVC.check()
	}
	return checkShrinkage(r.Shrinkage)
}
