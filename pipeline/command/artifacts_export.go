package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"realnet/artifacts"
	"realnet/data/array"
	"realnet/data/safetensors"
	"realnet/data/torch"
	"realnet/pipeline/arrays"
)

// ArtifactsExport turns an artifact into files for other programs.
type ArtifactsExport struct {
	Artifact string `arg:"" help:"A digest (or its first digits) in the store, or a folder."`
	Out      string `required:"" help:"Folder; missing ones are made." placeholder:"DIR" type:"path"`
	Format   string `default:"npy" help:"npy (tensors .npy, tables .csv), csv (all .csv), or parquet (tensors .npy, tables .parquet)." placeholder:"FORMAT"`
	JSON     bool   `help:"Print the files as JSON."`
}

// Examples of the command.
func (*ArtifactsExport) Examples() string {
	return `realnet artifacts export 3fa2c1 --out ./files
realnet artifacts export ./rdms --format csv --out ./files
realnet artifacts export ./weights --out ./files          # weights.pth and weights.safetensors`
}

// Run writes every file of the artifact, and names.txt.
func (c *ArtifactsExport) Run(a *App) error {
	if !slices.Contains([]string{formatNPY, formatCSV, formatParquet}, c.Format) {
		return usagef("--format %s: want npy, csv or parquet", c.Format)
	}
	art, err := a.find(c.Artifact)
	if err != nil {
		return err
	}
	ref := art.Manifest().Schema
	schema, ok := artifacts.LookupRef(ref)
	if !ok {
		return fmt.Errorf("%s: schema %s is not known to this version", art.Dir(), ref)
	}
	var written []string
	for _, f := range art.Manifest().Files {
		spec, ok := schema.Spec(f.Name)
		if !ok {
			return fmt.Errorf("%s: %s belongs to no file of schema %s", art.Dir(), f.Name, ref)
		}
		names, err := c.export(art, spec, f.Name)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		written = append(written, names...)
	}
	for file, t := range tables[ref.Name] {
		if t.names == nil {
			continue
		}
		list, err := t.names(art, file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(c.Out, "names.txt"), []byte(strings.Join(list, "\n")+"\n"), 0o666); err != nil {
			return err
		}
		written = append(written, "names.txt")
	}
	slices.Sort(written)
	if c.JSON {
		return printJSON(a.Stdout, map[string]any{"schema": ref.Name, "digest": art.Digest(), "out": c.Out, "files": written})
	}
	_, err = fmt.Fprintf(a.Stdout, "%s: %s\n", c.Out, strings.Join(written, ", "))
	return err
}

// export writes one file in its new form and returns the names that it got.
func (c *ArtifactsExport) export(art *artifacts.Artifact, spec artifacts.FileSpec, name string) ([]string, error) {
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	path := func(file string) string { return filepath.Join(c.Out, filepath.FromSlash(file)) }
	switch spec.Kind {
	case artifacts.KindTable:
		if c.Format == formatParquet {
			return []string{name}, copyFile(art, name, path(name))
		}
		t, ok := tables[art.Manifest().Schema.Name][name]
		if !ok { // a report's, which has its CSV beside it
			return []string{name}, copyFile(art, name, path(name))
		}
		return []string{stem + ".csv"}, t.toCSV(art, name, path(stem+".csv"))
	case artifacts.KindTensor:
		file := stem + ".npy"
		if c.Format == formatCSV {
			file = stem + ".csv"
		}
		return []string{file}, exportTensor(art, name, path(file))
	case artifacts.KindWeights:
		return []string{stem + ".pth", stem + ".safetensors"}, exportWeights(art, name, path(stem))
	}
	return []string{name}, copyFile(art, name, path(name))
}

func copyFile(art *artifacts.Artifact, name, path string) error {
	from, err := art.Path(name)
	if err != nil {
		return err
	}
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return arrays.WriteFile(path, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

func exportTensor(art *artifacts.Artifact, name, path string) error {
	dtype, _, err := artifacts.TensorInfo(art, name)
	if err != nil {
		return err
	}
	switch dtype {
	case artifacts.Uint8:
		return tensorTo[uint8](art, name, path)
	case artifacts.Int32:
		return tensorTo[int32](art, name, path)
	case artifacts.Int64:
		return tensorTo[int64](art, name, path)
	case artifacts.Float32:
		return tensorTo[float32](art, name, path)
	case artifacts.Float64:
		return tensorTo[float64](art, name, path)
	}
	return fmt.Errorf("tensor of type %s", dtype)
}

func tensorTo[E artifacts.Element](art *artifacts.Artifact, name, path string) (err error) {
	t, err := artifacts.OpenTensor[E](art, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	if filepath.Ext(path) == ".npy" {
		return arrays.WriteNPY(path, t.Shape, t.Data)
	}
	if len(t.Shape) > 2 {
		return fmt.Errorf("%w: %v has more than two axes: export it with --format npy", arrays.ErrShape, t.Shape)
	}
	return arrays.WriteCSV(path, t.Shape, t.Data)
}

// exportWeights writes STEM.pth and STEM.safetensors. PyTorch counts batches in
// int64.
func exportWeights(art *artifacts.Artifact, name, stem string) error {
	params, err := artifacts.ReadWeights(art, name)
	if err != nil {
		return err
	}
	tensors := make([]array.Named, len(params))
	for i, p := range params {
		tensors[i] = array.Named{Name: p.Name, Array: array.Of(p.Shape, p.Values)}
		if strings.HasSuffix(p.Name, ".num_batches_tracked") {
			count := make([]int64, len(p.Values))
			for k, v := range p.Values {
				count[k] = int64(v)
			}
			tensors[i].Array = array.Of(p.Shape, count)
		}
	}
	if err := arrays.WriteFile(stem+".pth", func(w io.Writer) error { return torch.Write(w, tensors) }); err != nil {
		return err
	}
	return arrays.WriteFile(stem+".safetensors", func(w io.Writer) error { return safetensors.Write(w, tensors, nil) })
}
