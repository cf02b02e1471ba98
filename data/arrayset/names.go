package arrayset

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"realnet/data/file"
)

// usualChannels and usualTimes are what arrays beside the data are called.
var (
	usualChannels = []string{"ch_names", "channels", "channel_names", "chan_names", "chanlocs", "labels"}
	usualTimes    = []string{"times", "time", "t", "seconds"}
)

// ChannelNames names n channels of a set: from the spec's file or array, from an array
// beside the data, else by their numbers from 1.
func (s *Set) ChannelNames(ctx context.Context, n int) ([]string, error) {
	if s.spec.Channels != "" && strings.Contains(s.spec.Channels, ".") {
		path, err := s.file(s.spec.Channels)
		if err != nil {
			return nil, fmt.Errorf("channels: %w", err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		names := strings.FieldsFunc(strings.TrimPrefix(string(text), "\ufeff"), func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == '\t' })
		return names, s.checkLength("channels", len(names), n)
	}
	usual := usualChannels
	if s.spec.Channels != "" {
		usual = []string{s.spec.Channels}
	}
	in, a, err := s.beside(ctx, usual)
	if err != nil {
		return nil, err
	}
	if a != nil {
		defer in.Close()
		names, err := a.Strings()
		if err == nil {
			return names, s.checkLength("channels", len(names), n)
		}
		if s.spec.Channels != "" {
			return nil, fmt.Errorf("channels: %w", err)
		}
	}
	if s.spec.Channels != "" {
		return nil, fmt.Errorf("%w: channels: no array %q in the file of the data", ErrFormat, s.spec.Channels)
	}
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i + 1)
	}
	return names, nil
}

// Seconds are the times of n samples: from the spec's file or array, from an array
// beside the data, or from start and rate.
func (s *Set) Seconds(ctx context.Context, n int) ([]float64, error) {
	if s.spec.Rate > 0 {
		out := make([]float64, n)
		for i := range out {
			out[i] = s.spec.Start + float64(i)/s.spec.Rate
		}
		return out, nil
	}
	var in *file.File
	var a *file.Array
	var err error
	if s.spec.Times != "" && strings.Contains(s.spec.Times, ".") {
		path, err := s.file(s.spec.Times)
		if err != nil {
			return nil, fmt.Errorf("times: %w", err)
		}
		if in, err = file.Open(ctx, path); err == nil {
			a, err = in.Array("")
		}
		if err != nil {
			return nil, fmt.Errorf("times: %w", err)
		}
	} else {
		usual := usualTimes
		if s.spec.Times != "" {
			usual = []string{s.spec.Times}
		}
		if in, a, err = s.beside(ctx, usual); err != nil {
			return nil, err
		}
	}
	if a == nil {
		return nil, fmt.Errorf("%w: nothing says the times: set start and rate (seconds, samples per second), or times: a file or an array of seconds", ErrFormat)
	}
	defer in.Close()
	v, err := a.Float64(ctx)
	if err != nil {
		return nil, fmt.Errorf("times: %w", err)
	}
	for i := range v {
		if math.IsNaN(v[i]) || i > 0 && v[i] <= v[i-1] {
			return nil, fmt.Errorf("%w: times do not rise at sample %d", ErrFormat, i)
		}
	}
	return v, s.checkLength("times", len(v), n)
}

func (s *Set) checkLength(what string, have, want int) error {
	if have != want {
		return fmt.Errorf("%w: %d %s for an axis of %d", ErrFormat, have, what, want)
	}
	return nil
}

func (s *Set) file(pattern string) (string, error) {
	return File(s.root, pattern, s.subject, "")
}

// beside looks for an array in the file of the first data.
func (s *Set) beside(ctx context.Context, names []string) (*file.File, *file.Array, error) {
	first := s.groups[0].at[s.units()[0]]
	in, err := file.Open(ctx, filepath.Join(s.root, filepath.FromSlash(first.file)))
	if err != nil {
		return nil, nil, err
	}
	for _, a := range in.Arrays {
		if slices.Contains(names, a.Name) {
			return in, a, nil
		}
	}
	return nil, nil, in.Close()
}
