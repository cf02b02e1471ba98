package eeg

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"realnet/artifacts/schemas/dataset"
	"realnet/data/arrayset"
	"realnet/data/fiff"
	"realnet/stages/stage"
)

func checkFile(p Params) error {
	if p.File == "" {
		return errors.New(`file: name the files of epochs, as in "{subject}-epo.fif" or "{subject}.set"`)
	}
	return nil
}

// openMNE reads the epochs that MNE saved: channels that hold brain signals and are not
// bad; conditions by the names of the events, or by a table of rows where arrays.rows
// names one.
func openMNE(ctx context.Context, env *stage.Env, p Params) (reader, error) {
	root := filepath.Join(env.One("dataset").Dir(), dataset.Root)
	if err := env.One("dataset").Check(func(string) bool { return true }); err != nil {
		return nil, err
	}
	return func(set string) (*recording, error) {
		path, err := arrayset.File(root, p.File, p.Subject, setOf(set))
		if err != nil {
			return nil, err
		}
		e, err := fiff.Open(path)
		if err != nil {
			return nil, err
		}
		defer func() { _ = e.Close() }() // nothing was written
		if e.Projections > 0 {
			return nil, fmt.Errorf("%s: %d projections are in the file and not applied: save the epochs after epochs.apply_proj()", filepath.Base(path), e.Projections)
		}
		channels := e.Data()
		if len(channels) == 0 {
			return nil, fmt.Errorf("%s: no EEG, MEG or intracranial channel that is not bad", filepath.Base(path))
		}
		t := trials{seconds: e.Times()}
		for _, c := range channels {
			t.channels = append(t.channels, e.Channels[c].Name)
		}
		rows, err := rowsOfTrials(root, p, set, filepath.Base(path), e.Names())
		if err != nil {
			return nil, err
		}
		values, err := e.Read(ctx, channels, 0, len(e.Events))
		if err != nil {
			return nil, err
		}
		return t.of(rows, values, p, set)
	}, nil
}
