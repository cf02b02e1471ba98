package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	"realnet/data/catalogue"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Dataset string   `json:"dataset" doc:"name in the catalogue"`
	Files   []string `json:"files" doc:"patterns (path.Match) of the files to take; none: all; a pattern without a slash matches at any depth"`
}

// Stage is the fetch stage.
var Stage = stage.New(stage.Spec{
	Name: "fetch",
	Doc:  "Brings a dataset's files into the store, verified.",
	In: []stage.Port{{
		Name: "source", Schemas: []string{stage.Folder}, Optional: true,
		Doc: "a folder that has the files already; without it they are downloaded",
	}},
	Out:     dataset.Schema,
	Network: true,
}, Params{}, run)

// ErrNoFiles is returned when nothing in the source matches the patterns.
var ErrNoFiles = errors.New("no file matches")

func run(ctx context.Context, env *stage.Env, p Params) error {
	known, _ := catalogue.Find(p.Dataset) // a user's own dataset is in no catalogue
	source, local := env.Folders["source"]
	if !local {
		dir, err := env.ScratchDir()
		if err != nil {
			return err
		}
		files := known.Select(p.Files)
		if len(files) == 0 {
			return fmt.Errorf("%s\n%w", HowToGet(p.Dataset), ErrNoFiles)
		}
		if err := catalogue.Fetch(ctx, known, files, dir, catalogue.Options{Progress: env.Progress}); err != nil {
			if !errors.Is(err, catalogue.ErrRequest) && ctx.Err() == nil { // which says it itself
				err = fmt.Errorf("%w\n%s", err, HowToGet(p.Dataset))
			}
			return fmt.Errorf("dataset %s: %w", p.Dataset, err)
		}
		source = dir
	}
	names, err := catalogue.List(source, p.Files)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%s: %w %s\n%s", source, ErrNoFiles, strings.Join(p.Files, ", "), HowToGet(p.Dataset))
	}
	rows := make([]dataset.File, len(names))
	for i, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		want, listed := known.File(name)
		sum, err := take(ctx, env.Out, source, name)
		if err != nil {
			return err
		}
		rows[i] = dataset.File{Path: name, Size: sum.Size, SHA256: sum.SHA256, Source: dataset.Local}
		if !local {
			rows[i].Source = want.URL
		}
		if err := want.Check(sum); listed && err != nil {
			if !local {
				return fmt.Errorf("%s: %w: it is damaged or another version", filepath.Join(source, name), err)
			}
			// A user's folder may hold what the user wants; the artifact says so.
			rows[i].Source = dataset.Changed
			env.Log.Warn().Err(err).Str("file", filepath.Join(source, name)).Msg("not the published file: damaged, another version, or your own")
		}
		env.Progress(int64(i+1), int64(len(names)), name)
	}
	return artifacts.WriteTable(env.Out, dataset.FilesTable, rows)
}

// take copies one file into the artifact and hashes it on the way.
func take(ctx context.Context, w *artifacts.Writer, source, name string) (catalogue.Sum, error) {
	in, err := os.Open(filepath.Join(source, filepath.FromSlash(name)))
	if err != nil {
		return catalogue.Sum{}, err
	}
	defer in.Close()
	out, err := w.File(path.Join(dataset.Root, name))
	if err != nil {
		return catalogue.Sum{}, err
	}
	h := catalogue.NewHash()
	_, err = io.Copy(io.MultiWriter(out, h), catalogue.Interruptible(ctx, in))
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return catalogue.Sum{}, fmt.Errorf("%s: %w", in.Name(), err)
	}
	return h.Sum(), nil
}

// HowToGet says in words how a dataset is obtained and where its files go.
func HowToGet(name string) string {
	d, ok := catalogue.Find(name)
	if !ok {
		return fmt.Sprintf("dataset %q is not in the catalogue: give its folder with --data DIR (see realnet data list)", name)
	}
	return d.HowToGet()
}
