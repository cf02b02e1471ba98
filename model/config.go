package model

import (
	"errors"
	"fmt"
	"slices"
)

// The areas of CORnet-S, in the order of the ventral stream, and the two read-outs behind them.
const (
	V1      = "V1"
	V2      = "V2"
	V4      = "V4"
	IT      = "IT"
	AvgPool = "avgpool"
	Logits  = "logits"
)

// Areas are the four areas of CORnet-S, early to late.
var Areas = []string{V1, V2, V4, IT}

// times is how often each recurrent area is run (Kubilius et al. 2019).
var times = map[string]int{V2: 2, V4: 4, IT: 2}

// ErrConfig is returned when a Config describes no network.
var ErrConfig = errors.New("model: invalid configuration")

// Config describes a network: its size, and the encoder that makes it a ReAlnet.
type Config struct {
	Width   int      // channels of V1; V2, V4 and IT have 2, 4 and 8 times as many
	Input   int      // side of the square input in pixels, at least 32
	Classes int      // outputs of the decoder
	Outputs int      // K, outputs of the brain head; 0 leaves the encoders out: plain CORnet-S
	Hidden  int      // units of each layer encoder
	Layers  []string // areas that feed the brain head, early to late; the others have no encoder
}

// DefaultConfig is ReAlnet-fMRI as described: CORnet-S at 224 x 224 and an
// encoder of all four areas that predicts 1024 principal components.
func DefaultConfig() Config {
	return Config{Width: 64, Input: 224, Classes: 1000, Outputs: 1024, Hidden: 128, Layers: slices.Clone(Areas)}
}

// CORnetS is the plain network at its published size, without encoders.
func CORnetS() Config {
	c := DefaultConfig()
	c.Outputs, c.Layers = 0, nil
	return c
}

// Narrow is the network of the in-silico studies: the same topology at an
// eighth of the width, for 64 x 64 images. outputs is K; 0 leaves the encoders out.
func Narrow(classes, outputs int) Config {
	c := Config{Width: 8, Input: 64, Classes: classes, Outputs: outputs, Hidden: 128}
	if outputs > 0 {
		c.Layers = slices.Clone(Areas)
	}
	return c
}

// Validate says whether c describes a network.
func (c Config) Validate() error {
	switch {
	case c.Width < 1:
		return fmt.Errorf("%w: width %d, want at least 1", ErrConfig, c.Width)
	case c.Input < 32:
		return fmt.Errorf("%w: input %d, want at least 32 pixels: IT is a 32nd of it", ErrConfig, c.Input)
	case c.Classes < 1:
		return fmt.Errorf("%w: %d classes, want at least 1", ErrConfig, c.Classes)
	case c.Outputs < 0:
		return fmt.Errorf("%w: %d outputs, want 0 (no encoder) or more", ErrConfig, c.Outputs)
	case c.Outputs == 0:
		if len(c.Layers) > 0 {
			return fmt.Errorf("%w: layers %v without outputs: set outputs to the targets' dimensions", ErrConfig, c.Layers)
		}
		return nil
	case c.Hidden < 1:
		return fmt.Errorf("%w: %d hidden units, want at least 1", ErrConfig, c.Hidden)
	case len(c.Layers) == 0:
		return fmt.Errorf("%w: %d outputs but no layers to predict them from", ErrConfig, c.Outputs)
	}
	last := -1
	for _, l := range c.Layers {
		i := slices.Index(Areas, l)
		if i < 0 {
			return fmt.Errorf("%w: layer %q, want some of %v", ErrConfig, l, Areas)
		}
		if i <= last {
			return fmt.Errorf("%w: layers %v, want each once and in the order %v", ErrConfig, c.Layers, Areas)
		}
		last = i
	}
	return nil
}

// Feature is the size of one layer's output for one image: C x Side x Side.
type Feature struct{ C, Side int }

// Len is the number of values of a feature, flattened.
func (f Feature) Len() int { return f.C * f.Side * f.Side }

// Feature returns the size of a layer's output.
func (c Config) Feature(layer string) (Feature, error) {
	half := func(n int) int { return (n + 1) / 2 }
	v1 := half(half(c.Input))
	switch layer {
	case V1:
		return Feature{c.Width, v1}, nil
	case V2:
		return Feature{2 * c.Width, half(v1)}, nil
	case V4:
		return Feature{4 * c.Width, half(half(v1))}, nil
	case IT:
		return Feature{8 * c.Width, half(half(half(v1)))}, nil
	case AvgPool:
		return Feature{8 * c.Width, 1}, nil
	case Logits:
		return Feature{c.Classes, 1}, nil
	}
	return Feature{}, fmt.Errorf("%w: layer %q, want V1, V2, V4, IT, avgpool or logits", ErrConfig, layer)
}

// feature is Feature for the names of this package.
func (c Config) feature(layer string) Feature {
	f, err := c.Feature(layer)
	if err != nil {
		panic(err)
	}
	return f
}
