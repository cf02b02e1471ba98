package tvsd

import (
	"errors"
	"fmt"

	"realnet/data/hdf5"
)

// ErrShape is returned for responses of other shapes than the dataset's.
var ErrShape = errors.New("shape of responses")

// Responses is an open file of responses.
type Responses struct {
	Electrodes  int
	Train, Test int // images
	Repetitions int // of each test image; 1 where the file has their mean alone

	f           *hdf5.File
	train, test *hdf5.Dataset
}

// Open opens THINGS_normMUA.mat and checks its shapes.
func Open(file string) (*Responses, error) {
	f, err := hdf5.Open(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (the dataset's files are MATLAB 7.3, which is HDF5)", file, err)
	}
	r := &Responses{f: f}
	if err := r.find(); err != nil {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

func (r *Responses) find() error {
	var err error
	if r.train, err = r.f.Dataset("train_MUA"); err != nil {
		return err
	}
	s := r.train.Shape()
	if len(s) != 2 || s[0] == 0 || s[1] == 0 {
		return fmt.Errorf("%w: train_MUA is %v, want images x electrodes", ErrShape, s)
	}
	r.Train, r.Electrodes = s[0], s[1]
	r.test, err = r.f.Dataset("test_MUA_reps")
	if errors.Is(err, hdf5.ErrNotFound) {
		if r.test, err = r.f.Dataset("test_MUA"); err != nil {
			return err
		}
		s = append([]int{1}, r.test.Shape()...)
	} else if err == nil {
		s = r.test.Shape()
	}
	if err != nil {
		return err
	}
	if len(s) != 3 || s[0] == 0 || s[1] == 0 || s[2] != r.Electrodes {
		return fmt.Errorf("%w: %s is %v, want (repetitions x) images x the %d electrodes of train_MUA %v, as HDF5 orders axes", ErrShape, r.test.Name(), r.test.Shape(), r.Electrodes, r.train.Shape())
	}
	r.Repetitions, r.Test = s[0], s[1]
	return nil
}

// Close closes the file.
func (r *Responses) Close() error { return r.f.Close() }

// Fits reports a list of images that is not that of the responses.
func (r *Responses) Fits(l List) error {
	if len(l.Train) != r.Train || len(l.Test) != r.Test {
		return fmt.Errorf("%w: %d training and %d test images in the list, %d and %d in the responses", ErrShape, len(l.Train), len(l.Test), r.Train, r.Test)
	}
	return nil
}

// ReadTrain gives training images x the electrodes given (from 0, ascending).
func (r *Responses) ReadTrain(electrodes []int) ([]float32, error) {
	return columns(r.train, electrodes)
}

// ReadTest gives repetitions x test images x the electrodes given.
func (r *Responses) ReadTest(electrodes []int) ([]float32, error) {
	return columns(r.test, electrodes)
}

func columns(d *hdf5.Dataset, electrodes []int) ([]float32, error) {
	s, err := d.All().Take(len(d.Shape())-1, electrodes)
	if err != nil {
		return nil, err
	}
	return s.ReadFloat32()
}
