package eeg

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"realnet/artifacts/schemas/dataset"
	"realnet/data/arrayset"
	"realnet/data/eeglab"
	"realnet/stages/stage"
)

// openEEGLAB reads the epochs that EEGLAB saved; conditions are the types of the events
// at time 0, or those of a table of rows where arrays.rows names one.
func openEEGLAB(ctx context.Context, env *stage.Env, p Params) (reader, error) {
	root := filepath.Join(env.One("dataset").Dir(), dataset.Root)
	if err := env.One("dataset").Check(func(string) bool { return true }); err != nil {
		return nil, err
	}
	return func(set string) (*recording, error) {
		path, err := arrayset.File(root, p.File, p.Subject, setOf(set))
		if err != nil {
			return nil, err
		}
		e, err := eeglab.Open(path)
		if err != nil {
			return nil, err
		}
		rows, err := rowsOfTrials(root, p, set, filepath.Base(path), e.Conditions)
		if err != nil {
			return nil, err
		}
		values, err := e.Read(ctx)
		if err != nil {
			return nil, err
		}
		return trials{channels: e.Channels, seconds: e.Seconds}.of(rows, values, p, set)
	}, nil
}

// rowsOfTrials says what the trials of a file are: by the table of rows, where there is
// one, else by the names of their events.
func rowsOfTrials(root string, p Params, set, file string, names []string) ([]arrayset.Row, error) {
	if p.Arrays.Rows != "" {
		rows, err := p.Arrays.RowsOf(root, p.Subject)
		if err == nil && len(rows) != len(names) {
			err = fmt.Errorf("%s has %d epochs, %s has %d rows", file, len(names), p.Arrays.Rows, len(rows))
		}
		return rows, err
	}
	subset := ""
	if strings.Contains(p.File, "{subset}") {
		subset = setOf(set)
	}
	rows := make([]arrayset.Row, len(names))
	for i, name := range names {
		rows[i] = arrayset.Row{Condition: arrayset.ConditionName(name), Subset: subset}
	}
	return rows, nil
}
