package eeg

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"realnet/artifacts/schemas/dataset"
	"realnet/data/arrayset"
	"realnet/stages/stage"
)

func checkArrays(p Params) error {
	if err := p.Arrays.Validate(); err != nil {
		return fmt.Errorf("arrays.%w", err)
	}
	return nil
}

// openArrays reads trials x channels x times from arrays with a table of their trials
// (package arrayset).
func openArrays(ctx context.Context, env *stage.Env, p Params) (reader, error) {
	root := filepath.Join(env.One("dataset").Dir(), dataset.Root)
	if err := env.One("dataset").Check(p.Arrays.Reads(p.Subject)); err != nil {
		return nil, err
	}
	return func(set string) (*recording, error) {
		s, err := p.Arrays.Open(ctx, root, p.Subject, nil, []string{"channel", "time"})
		if err != nil {
			return nil, err
		}
		t := trials{}
		if len(s.Shape) != 2 {
			return nil, fmt.Errorf("arrays: several arrays of a trial: epochs are one array of axes trial, channel, time")
		}
		if t.channels, err = s.ChannelNames(ctx, s.Shape[0]); err != nil {
			return nil, err
		}
		if t.seconds, err = s.Seconds(ctx, s.Shape[1]); err != nil {
			return nil, err
		}
		values, dropped, err := s.Read(ctx, nil)
		if err != nil {
			return nil, err
		}
		if dropped > 0 {
			return nil, fmt.Errorf("arrays.nan: channels and times cannot be dropped one by one: leave out the trials with NaN")
		}
		return t.of(s.Rows, values, p, set)
	}, nil
}

// of takes the rows of a set; rows without subsets are the test set.
func (t trials) of(rows []arrayset.Row, values []float32, p Params, set string) (*recording, error) {
	split := slices.ContainsFunc(rows, func(r arrayset.Row) bool { return r.Subset != "" })
	size := len(t.channels) * len(t.seconds)
	for i, r := range rows {
		if split && r.Subset != setOf(set) || !split && set != Test {
			continue
		}
		t.conditions = append(t.conditions, r.Condition)
		t.values = append(t.values, values[i*size:(i+1)*size]...)
	}
	if len(t.conditions) == 0 {
		return nil, fmt.Errorf("no trial is of the %s set: the table of rows has a column subset with train and test", set)
	}
	if err := t.keepChannels(p.Channels); err != nil {
		return nil, err
	}
	return t.recording(p)
}
