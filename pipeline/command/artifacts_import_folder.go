package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"realnet/artifacts"
	"realnet/pipeline/arrays"
	"realnet/stages/checkpoint"
)

// table imports a schema that is one table.
func (c *ArtifactsImport) table(w *artifacts.Writer, schema artifacts.Schema) error {
	file := schema.Files[0].Name
	t, err := tableIn(schema.Name, file)
	if err != nil {
		return err
	}
	return t.fromCSV(w, file, c.In)
}

// folder imports what artifacts export wrote: every file of the schema in one of
// its forms.
func (c *ArtifactsImport) folder(ctx context.Context, w *artifacts.Writer, schema artifacts.Schema) error {
	for _, spec := range schema.Files {
		stem := strings.TrimSuffix(spec.Name, filepath.Ext(spec.Name))
		var ends []string
		switch spec.Kind {
		case artifacts.KindTable:
			ends = []string{".csv"}
		case artifacts.KindTensor:
			ends = []string{".npy", ".csv"}
		case artifacts.KindWeights:
			ends = []string{".safetensors", ".pth"}
		default:
			ends = []string{filepath.Ext(spec.Name)}
		}
		found := false
		for _, end := range ends {
			names, err := fs.Glob(os.DirFS(c.In), stem+end) // the folder's own name is no pattern
			if err != nil {
				return err
			}
			slices.Sort(names)
			for _, f := range names {
				f = filepath.Join(c.In, filepath.FromSlash(f))
				name := strings.TrimSuffix(filepath.Base(f), end) + filepath.Ext(spec.Name)
				if own, _ := schema.Spec(name); own.Name != spec.Name || end == ".csv" && spec.Kind == artifacts.KindTensor && isTable(schema, f) {
					continue // a file of another spec that the pattern matches too
				}
				if err := c.file(ctx, w, schema, spec, name, f); err != nil {
					return fmt.Errorf("%s: %w", f, err)
				}
				found = true
			}
			if found {
				break
			}
		}
		if !found && !spec.Optional {
			return fmt.Errorf("%s: no %s%s, which schema %s needs: %w", c.In, stem, strings.Join(ends, " or "), schema.Name, fs.ErrNotExist)
		}
	}
	return nil
}

// isTable says that a .csv is one of the schema's tables.
func isTable(schema artifacts.Schema, csv string) bool {
	name := strings.TrimSuffix(filepath.Base(csv), ".csv") + ".parquet"
	spec, ok := schema.Spec(name)
	return ok && spec.Kind == artifacts.KindTable
}

// file imports one file of a folder.
func (c *ArtifactsImport) file(ctx context.Context, w *artifacts.Writer, schema artifacts.Schema, spec artifacts.FileSpec, name, path string) error {
	switch spec.Kind {
	case artifacts.KindTable:
		t, err := tableIn(schema.Name, name)
		if err != nil {
			return err
		}
		return t.fromCSV(w, name, path)
	case artifacts.KindTensor:
		return importTensor(ctx, w, spec, name, path)
	case artifacts.KindWeights:
		return importWeights(ctx, w, name, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f, err := w.File(name)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Close()
}

func importTensor(ctx context.Context, w *artifacts.Writer, spec artifacts.FileSpec, name, path string) (err error) {
	in, err := arrays.Open(ctx, path, arrays.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if spec.Rank == 2 && len(in.Shape) == 1 { // text of one column
		in.Shape = []int{in.Shape[0], 1}
	}
	return in.Copy(ctx, w, name, spec.DType)
}

func importWeights(ctx context.Context, w *artifacts.Writer, name, path string) error {
	params, err := checkpoint.Load(ctx, path)
	if err != nil {
		return err
	}
	list := make([]artifacts.Param, len(params))
	for i, p := range params {
		list[i] = artifacts.Param{Name: p.Name, Shape: p.Shape, Values: p.Values}
	}
	return artifacts.WriteWeights(w, name, list)
}
