package eeg

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"realnet/artifacts/schemas/dataset"
	"realnet/data/arrayset"
	"realnet/data/eeglab"
	"realnet/data/fiff"
	"realnet/stages/stage"
)

func checkFile(p Params) error {
	if p.File == "" {
		return errors.New(`file: name the files of epochs, as in "{subject}-epo.fif" or "{subject}.set"`)
	}
	if len(p.Cut) != 0 && (len(p.Cut) != 2 || !(p.Cut[0] < p.Cut[1])) {
		return fmt.Errorf("cut: %v is not a first and a last second", p.Cut)
	}
	if p.Marked != Refuse && p.Marked != Drop && p.Marked != Keep {
		return fmt.Errorf("marked: %q is none of refuse, drop, keep", p.Marked)
	}
	return nil
}

// epochFile is a file of epochs, or of a continuous recording.
type epochFile struct {
	path       string
	channels   []string
	seconds    []float64
	continuous bool
	names      []string // of each epoch's event; none of a continuous recording
	bad        []bool   // epochs that are marked and not removed; nil for none
	read       func(ctx context.Context) ([]float32, error)
	close      func() error
}

// openEpochs reads the files that a program saved: conditions by the names of the events,
// by the events of BIDS beside a file, or by a table of rows where arrays.rows names one.
func openEpochs(open func(path string) (*epochFile, error)) func(context.Context, *stage.Env, Params) (reader, error) {
	return func(ctx context.Context, env *stage.Env, p Params) (reader, error) {
		root := filepath.Join(env.One("dataset").Dir(), dataset.Root)
		if err := env.One("dataset").Check(func(string) bool { return true }); err != nil {
			return nil, err
		}
		return func(set string) (*recording, error) {
			path, err := arrayset.File(root, p.File, p.Subject, setOf(set))
			if err != nil {
				return nil, err
			}
			f, err := open(path)
			if err != nil {
				return nil, err
			}
			f.path = path
			defer func() { _ = f.close() }() // nothing was written
			return f.recording(ctx, root, p, set, env.Log)
		}, nil
	}
}

func (f *epochFile) recording(ctx context.Context, root string, p Params, set string, log zerolog.Logger) (*recording, error) {
	values, err := f.read(ctx)
	if err != nil {
		return nil, err
	}
	events, err := f.events(p)
	if err != nil {
		return nil, err
	}
	t := trials{channels: f.channels, seconds: f.seconds, values: values}
	if f.continuous {
		if t, err = f.cut(values, events, p); err != nil {
			return nil, err
		}
		f.names, f.bad = events.conditions, nil
	}
	rows, err := f.rows(root, p, set, events, log)
	if err != nil {
		return nil, err
	}
	if rows, t.values, err = f.withoutMarked(rows, t, p, log); err != nil {
		return nil, err
	}
	if t.channels, t.values, err = f.goodChannels(t, len(rows), log); err != nil {
		return nil, err
	}
	return t.of(rows, t.values, p, set)
}

// rows says what the epochs are: by the table of rows, by the events beside the file, or
// by the names of their own events.
func (f *epochFile) rows(root string, p Params, set string, events *sidecar, log zerolog.Logger) ([]arrayset.Row, error) {
	name := filepath.Base(f.path)
	if p.Arrays.Rows != "" {
		rows, err := p.Arrays.RowsOf(root, p.Subject)
		if err == nil && len(rows) != len(f.names) {
			err = fmt.Errorf("%s has %d epochs, %s has %d rows", name, len(f.names), p.Arrays.Rows, len(rows))
		}
		return rows, err
	}
	names := f.names
	switch {
	case events == nil || f.continuous:
	case len(events.conditions) == len(names):
		names = events.conditions
	case p.Condition != "":
		return nil, fmt.Errorf("%s has %d epochs, %s has %d events: without eeg.condition the names in the file are taken, and arrays.rows names a table with a row for each epoch", name, len(names), filepath.Base(events.path), len(events.conditions))
	default:
		log.Warn().Str("file", name).Int("epochs", len(names)).Int("events", len(events.conditions)).Msg("events.tsv has other events than the file has epochs: the names in the file are taken")
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

// withoutMarked leaves out the epochs that are marked as bad, if the parameters say so.
func (f *epochFile) withoutMarked(rows []arrayset.Row, t trials, p Params, log zerolog.Logger) ([]arrayset.Row, []float32, error) {
	n := 0
	for _, bad := range f.bad {
		if bad {
			n++
		}
	}
	switch {
	case n == 0 || p.Marked == Keep:
		return rows, t.values, nil
	case p.Marked == Refuse:
		return nil, nil, fmt.Errorf("%s: %d of %d epochs are marked as bad and not removed: remove them in EEGLAB (Tools, Reject data epochs, Reject marked epochs), or set eeg.marked to drop or keep", filepath.Base(f.path), n, len(f.bad))
	}
	size := len(t.channels) * len(t.seconds)
	var kept []arrayset.Row
	values := t.values[:0]
	for i, bad := range f.bad {
		if !bad {
			kept, values = append(kept, rows[i]), append(values, t.values[i*size:(i+1)*size]...)
		}
	}
	log.Warn().Str("file", filepath.Base(f.path)).Int("dropped", n).Int("kept", len(kept)).Msg("epochs that are marked as bad are left out")
	return kept, values, nil
}

// openFIFF reads the epochs that MNE saved: channels that hold brain signals and are not
// bad.
func openFIFF(path string) (*epochFile, error) {
	e, err := fiff.Open(path)
	if err != nil {
		return nil, err
	}
	f := &epochFile{seconds: e.Times(), names: e.Names(), close: e.Close}
	channels := e.Data()
	switch {
	case e.Projections > 0:
		err = fmt.Errorf("%s: %d projections are in the file and not applied: save the epochs after epochs.apply_proj()", filepath.Base(path), e.Projections)
	case len(channels) == 0:
		err = fmt.Errorf("%s: no EEG, MEG or intracranial channel that is not bad", filepath.Base(path))
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	for _, c := range channels {
		f.channels = append(f.channels, e.Channels[c].Name)
	}
	f.read = func(ctx context.Context) ([]float32, error) { return e.Read(ctx, channels, 0, len(e.Events)) }
	return f, nil
}

// openSet reads the epochs, or the continuous recording, that EEGLAB saved.
func openSet(path string) (*epochFile, error) {
	e, err := eeglab.Open(path)
	if err != nil {
		return nil, err
	}
	return &epochFile{
		channels: slices.Clone(e.Channels), seconds: e.Seconds, continuous: e.Continuous, names: e.Conditions, bad: e.Bad,
		read: e.Read, close: func() error { return nil },
	}, nil
}
