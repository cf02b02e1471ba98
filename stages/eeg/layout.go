package eeg

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"realnet/stages/analysis/eeg"
	"realnet/stages/stage"
)

// reader reads one set of a subject, test or training.
type reader func(set string) (*recording, error)

// layout is a way in which datasets keep the epochs of a subject. To add one, write
// layout_NAME.go with its open, put it into layouts and name it in the doc of
// Params.Layout.
type layout struct {
	name  string
	check func(p Params) error
	open  func(ctx context.Context, env *stage.Env, p Params) (reader, error)
}

// layouts are all there are: a function, since they check parameters that name them.
func layouts() []layout {
	return []layout{
		{"things", func(Params) error { return nil }, openThings},
		{"arrays", checkArrays, openArrays},
		{"mne", checkFile, openEpochs(openFIFF)},
		{"eeglab", checkFile, openEpochs(openSet)},
	}
}

func findLayout(name string) (layout, error) {
	all := layouts()
	if i := slices.IndexFunc(all, func(l layout) bool { return l.name == name }); i >= 0 {
		return all[i], nil
	}
	var names []string
	for _, l := range all {
		names = append(names, l.name)
	}
	return layout{}, fmt.Errorf("layout: %q is none of %s", name, strings.Join(names, ", "))
}

// baselined subtracts the baseline of every set that is read.
func baselined(p Params, read reader) reader {
	return func(set string) (*recording, error) {
		r, err := read(set)
		if err != nil || len(p.Baseline) != 2 {
			return r, err
		}
		from, to, err := eeg.Window(r.seconds, p.Baseline[0], p.Baseline[1])
		if err != nil {
			return nil, fmt.Errorf("%s set: baseline: %w", set, err)
		}
		if err := eeg.Baseline(r.Epochs, from, to); err != nil {
			return nil, fmt.Errorf("%s set: %w", set, err)
		}
		return r, nil
	}
}
