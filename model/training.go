package model

import (
	"errors"
	"fmt"
	"hash/crc64"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Contrastive says what the contrastive term does.
type Contrastive string

// The contrastive term with its gradient; with its value alone, as the released
// training really behaves; or not at all (its value is logged all the same).
const (
	Live     Contrastive = "live"
	Detached Contrastive = "detached"
	None     Contrastive = "none"
)

// Teacher says where the labels of the classification loss come from.
type Teacher string

// Argmax takes the class that the network gave each image before training;
// Labels takes the labels of the data.
const (
	Argmax Teacher = "argmax"
	Labels Teacher = "labels"
)

var (
	// ErrTraining is returned when a TrainConfig or PretrainConfig makes no sense.
	ErrTraining = errors.New("model: invalid training")
	// ErrDiverged is returned when a loss or a weight is no longer finite, or a
	// loss has grown a thousandfold; the error says which, and where.
	ErrDiverged = errors.New("model: training diverged")
	// ErrResume is returned when a State is of another training.
	ErrResume = errors.New("model: cannot resume")
)

// TrainConfig is the alignment with a brain: LA = LC + Beta (MSE + contrastive).
type TrainConfig struct {
	Epochs       int
	Batch        int
	LearningRate float64
	Beta         float64 // 0 is the control: classification alone
	Square       bool    // MSE is part of the loss
	Contrastive  Contrastive
	Teacher      Teacher
	Frozen       bool    // train the encoders alone, on the trunk in evaluation mode
	BNUpdates    int     // updates of the running statistics a batch: 1, or 2 as released
	Shuffled     bool    // pair every image with the target of another, of its own group if the data have groups
	Validation   float64 // share of the images that is held out, at least 0, below 1
	Seed         uint64  // order of images, held-out images, shuffled pairs
	Compute      Compute
}

// DefaultTraining is the training as the paper describes it, at its lowest beta.
func DefaultTraining() TrainConfig {
	return TrainConfig{
		Epochs: 5, Batch: 16, LearningRate: 2e-5, Beta: 10, Square: true,
		Contrastive: Live, Teacher: Argmax, BNUpdates: 1,
	}
}

// Validate says whether c describes a training.
func (c TrainConfig) Validate() error {
	bad := func(format string, a ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrTraining}, a...)...)
	}
	switch {
	case c.Epochs < 1:
		return bad("%d epochs, want at least 1", c.Epochs)
	case c.Batch < 2:
		return bad("batch %d, want at least 2: the contrastive term and BatchNorm compare images", c.Batch)
	case !(c.LearningRate > 0) || math.IsInf(c.LearningRate, 0):
		return bad("learning rate %v, want above 0", c.LearningRate)
	case !(c.Beta >= 0) || math.IsInf(c.Beta, 0):
		return bad("beta %v, want 0 or above", c.Beta)
	case c.Contrastive != Live && c.Contrastive != Detached && c.Contrastive != None:
		return bad("contrastive %q, want live, detached or none", c.Contrastive)
	case c.Teacher != Argmax && c.Teacher != Labels:
		return bad("teacher %q, want argmax or labels", c.Teacher)
	case c.BNUpdates != 1 && c.BNUpdates != 2:
		return bad("%d updates of BatchNorm, want 1 or 2", c.BNUpdates)
	case !(c.Validation >= 0 && c.Validation < 1):
		return bad("validation share %v, want at least 0 and below 1", c.Validation)
	}
	return nil
}

// Data is what a training learns from: n images and, row by row, their targets
// and labels.
type Data struct {
	Images  Images
	Targets []float32 // n x K
	Labels  []int32   // n, each below Classes; nil with Argmax
	Groups  []int32   // n: shuffled pairs stay within a group of images, each of at least 2; nil: one group
}

// check compares the data with the network.
func (d Data) check(c Config, brain, labels bool) error {
	if err := d.Images.check(c); err != nil {
		return err
	}
	n := d.Images.Len()
	if brain {
		if len(d.Targets) != n*c.Outputs {
			return fmt.Errorf("%w: %d target values for %d images, want %d each", ErrData, len(d.Targets), n, c.Outputs)
		}
		for i, v := range d.Targets {
			if v != v || math.IsInf(float64(v), 0) {
				return fmt.Errorf("%w: target %d of image %d is %v", ErrData, i%c.Outputs, i/c.Outputs, v)
			}
		}
	}
	if !labels {
		return nil
	}
	if len(d.Labels) != n {
		return fmt.Errorf("%w: %d labels for %d images", ErrData, len(d.Labels), n)
	}
	for i, l := range d.Labels {
		if l < 0 || int(l) >= c.Classes {
			return fmt.Errorf("%w: label %d of image %d, the network has %d classes", ErrData, l, i, c.Classes)
		}
	}
	return nil
}

// digest tells one training set from another.
func (d Data) digest() uint64 {
	h := crc64.New(stateTable)
	h.Write(d.Images.Pixels)
	var buf [4]byte
	put := func(v uint32) {
		buf = [4]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)}
		h.Write(buf[:])
	}
	for _, v := range d.Targets {
		put(math.Float32bits(v))
	}
	for _, v := range d.Labels {
		put(uint32(v))
	}
	for _, v := range d.Groups {
		put(uint32(v))
	}
	return h.Sum64()
}

// Losses of one batch, or means over images. Class, Square and Contrastive are
// unweighted; Total is what is minimised.
type Losses struct{ Total, Class, Square, Contrastive float64 }

// add adds o, weighted by its number of images.
func (l *Losses) add(o Losses, n float64) {
	l.Total += n * o.Total
	l.Class += n * o.Class
	l.Square += n * o.Square
	l.Contrastive += n * o.Contrastive
}

// Step is the loss of one step. Epoch and Step count from 1, Step over the
// whole training.
type Step struct {
	Epoch, Step int
	Losses      Losses
}

// Epoch is the mean loss over the images of one epoch, during it on the
// training images and after it, in evaluation mode, on those held out.
type Epoch struct {
	Epoch      int
	Train      Losses
	Validation *Losses // nil without held-out images
}

// History is the course of a training.
type History struct {
	Steps  []Step
	Epochs []Epoch
}

// Progress is where a training stands after a step.
type Progress struct {
	Epoch, Epochs int // the epoch that runs, from 1
	Step, Steps   int // of the whole training
	Losses        Losses
	Elapsed, Left time.Duration // of this process; Left is an estimate
}

// Hooks are called during a training; each may be nil.
type Hooks struct {
	// Step is called after every step.
	Step func(Progress)
	// Epoch is called after every epoch with all that is needed to resume from
	// there. The state is the running one: it must be written before returning.
	Epoch func(*State) error
	// Resume continues a training that was stopped after an epoch. The result
	// is bit-identical to that of a training that was not. It is used up.
	Resume *State
}

// streams of random numbers that one seed gives.
const (
	streamOrder uint64 = iota << 32 // plus the epoch
	streamHeldOut
	streamPairs
)

// heldOut splits 0..n-1 into training and validation images, both ascending.
func heldOut(n int, share float64, seed uint64) (train, validation []int) {
	out := make([]bool, n)
	for _, i := range rand.New(rand.NewPCG(seed, streamHeldOut)).Perm(n)[:int(math.Round(share*float64(n)))] {
		out[i] = true
	}
	for i := range n {
		if out[i] {
			validation = append(validation, i)
		} else {
			train = append(train, i)
		}
	}
	return train, validation
}

// shufflePairs gives every image the target of another of its group: a random cycle
// in each group, in ascending order of the groups, so that none keeps its own. Without
// groups all n images are one.
func shufflePairs(targets []float32, n int, groups []int32, seed uint64) ([]float32, error) {
	if groups == nil {
		groups = make([]int32, n)
	}
	if len(groups) != n {
		return nil, fmt.Errorf("%w: groups of %d images for %d images", ErrData, len(groups), n)
	}
	members := map[int32][]int{}
	for i, g := range groups {
		members[g] = append(members[g], i)
	}
	k := len(targets) / n
	shuffled := make([]float32, len(targets))
	random := rand.New(rand.NewPCG(seed, streamPairs))
	for _, g := range slices.Sorted(maps.Keys(members)) {
		images := members[g]
		if len(images) < 2 {
			return nil, fmt.Errorf("%w: image %d is alone in group %d: there is no other target to give it", ErrData, images[0], g)
		}
		order := random.Perm(len(images))
		for i, from := range order {
			to := order[(i+1)%len(order)]
			copy(shuffled[images[to]*k:][:k], targets[images[from]*k:][:k])
		}
	}
	return shuffled, nil
}

// batches is the order of one epoch: a permutation that depends on seed and
// epoch alone, cut into batches. The last may be smaller; a single image that
// is left over is left out of this epoch, since BatchNorm and the contrastive
// term compare images.
func batches(train []int, batch int, seed uint64, epoch int) [][]int {
	order := make([]int, len(train))
	for i, p := range rand.New(rand.NewPCG(seed, streamOrder+uint64(epoch))).Perm(len(train)) {
		order[i] = train[p]
	}
	var bs [][]int
	for len(order) > 1 {
		n := min(batch, len(order))
		bs = append(bs, order[:n])
		order = order[n:]
	}
	return bs
}
