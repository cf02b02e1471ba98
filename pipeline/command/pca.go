package command

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/targets"
	"realnet/pipeline/arrays"
	"realnet/stages/analysis/pca"
	pcastage "realnet/stages/pca"
)

// PCA finds principal components of the user's arrays.
type PCA struct {
	In         string `required:"" help:"Samples x features: .npy, .npz, .mat, .h5, .pt, .csv, NIfTI with --mask, BData with --select, or an artifact." placeholder:"FILE" type:"path"`
	Mask       string `help:"NIfTI image: its voxels above 0 are the features." placeholder:"FILE" type:"path"`
	RowsAxis   int    `help:"The axis that the rows are along, of arrays that do not begin with it: 0, 1, ..., or --rows-axis=-1 for the last." placeholder:"N" default:"0"`
	Select     string `aliases:"array,dataset" help:"The array to take, of a file with several; BData: the columns; of an artifact: the layer or region." placeholder:"NAME"`
	Held       string `help:"More samples of the same features, projected but not fitted: they follow the others in the scores." placeholder:"FILE" type:"path"`
	Components int    `required:"" help:"How many to keep; fewer than samples." placeholder:"K"`
	Scale      string `default:"raw" enum:"raw,zscore" help:"zscore divides each feature by its standard deviation."`
	Workers    int    `help:"Cores to use; 0 means all." default:"0"`
	JSON       bool   `help:"Print a summary as JSON."`
	Out        string `required:"" help:"Folder for the arrays (--format), or of the artifact, which must not exist." placeholder:"DIR" type:"path"`
	Format     string `help:"npy or csv: arrays instead of an artifact." placeholder:"FORMAT"`
}

// Examples of the command.
func (*PCA) Examples() string {
	return `realnet pca --in patterns.npy --components 1024 --format npy --out ./pca
realnet pca --in train.npy --held test.npy --components 50 --scale zscore --out ./targets`
}

// PCASummary is what `realnet pca --json` prints.
type PCASummary struct {
	Samples    int     `json:"samples"`
	Features   int     `json:"features"`
	Components int     `json:"components"`
	Explained  float64 `json:"explained"` // share of the variance of all components together
	Out        string  `json:"out"`
}

// Run fits and writes.
func (c *PCA) Run(ctx context.Context, a *App) error {
	if end := strings.ToLower(filepath.Ext(c.Out)); end == ".npy" || end == ".csv" {
		return usagef("--out %s: several arrays come out: give a folder, with --format npy or csv", c.Out)
	}
	if err := (&output{c.Out, c.Format}).check(true, formatNPY, formatCSV); err != nil {
		return err
	}
	params := pcastage.DefaultParams()
	params.Components, params.Scale = c.Components, pca.Scaling(c.Scale)
	in, err := c.inputs(ctx, a, &params)
	if err != nil {
		return err
	}
	run := func(w *artifacts.Writer) error { return a.runStage(ctx, pcastage.Stage, params, in, c.Workers, w) }
	var made *artifacts.Artifact
	if c.Format == "" {
		made, err = a.writeArtifact(c.Out, targets.Schema, "pca", params, given(c.In, c.Mask, c.Held), run)
	} else if made, err = inMemory(c.Out, targets.Schema, run); err == nil {
		err = c.write(made)
	}
	if errors.Is(err, pca.ErrRank) {
		return usageError{fmt.Errorf("--components: %w", err)}
	}
	if err != nil {
		return inFile(c.In, err)
	}
	if !c.JSON {
		return nil
	}
	return c.summarise(a, made)
}

// inputs reads the files into an artifact of patterns, whose rows are fitted and those of
// --held projected; such an artifact goes to the stage as it is.
func (c *PCA) inputs(ctx context.Context, a *App, p *pcastage.Params) (inputs, error) {
	if art, port := stageInput(c.In); port == "patterns" && c.Held == "" {
		if c.Select != "" {
			p.ROIs = []string{c.Select}
		}
		return inputs{port: {art}}, nil
	}
	x, names, err := c.read(ctx, a, c.In, "sample")
	if err != nil {
		return nil, err
	}
	samples := arrays.Samples(names)
	for i := range samples {
		samples[i].Subset = "train"
	}
	if c.Held != "" {
		held, names, err := c.read(ctx, a, c.Held, "held")
		if err != nil {
			return nil, err
		}
		if held.Shape[1] != x.Shape[1] {
			return nil, fmt.Errorf("%s: %w: %d features, %s has %d", c.Held, arrays.ErrShape, held.Shape[1], c.In, x.Shape[1])
		}
		x = x.Append(held)
		for _, s := range arrays.Samples(names) {
			s.Subset = "test"
			samples = append(samples, s)
		}
	}
	list, err := one(inMemory(c.In, patterns.Schema, func(w *artifacts.Writer) error { return x.WritePatterns(w, samples, "") }))
	return inputs{"patterns": list}, err
}

// read reads samples x features and the names of the samples, each its own: two rows of
// one name would be averaged.
func (c *PCA) read(ctx context.Context, a *App, path, what string) (*arrays.Array, []string, error) {
	x, err := arrays.Read(ctx, path, arrays.Options{Mask: c.Mask, Select: c.Select, Rows: c.RowsAxis, InPlace: c.Held == ""})
	if err != nil {
		return nil, nil, err
	}
	if len(x.Shape) != 2 || x.Len() == 0 {
		return nil, nil, fmt.Errorf("%s: %w: %v, want samples x features", path, arrays.ErrShape, x.Shape)
	}
	if c.RowsAxis == 0 {
		warnReversed(a, x, path)
	}
	if x.Names == nil || repeated(x.Names) {
		return x, numbered(what, x.Shape[0]), nil
	}
	return x, x.Names, nil
}

// write puts the arrays into files.
func (c *PCA) write(made *artifacts.Artifact) error {
	parts, err := artifacts.ReadTable[targets.Component](made, targets.ComponentsTable)
	if err != nil {
		return err
	}
	variance, ratio := make([]float64, len(parts)), make([]float64, len(parts))
	for i, p := range parts {
		variance[i], ratio[i] = p.Variance, p.Ratio
	}
	put := func(name string, shape []int, values []float64) error {
		return output{filepath.Join(c.Out, name+"."+c.Format), c.Format}.writeArray(shape, values)
	}
	for name, tensor := range map[string]string{"scores": targets.Tensor, "components": targets.ComponentsTensor, "mean": targets.MeanTensor, "scale": targets.ScaleTensor} {
		if !made.Has(tensor) {
			continue
		}
		t, err := artifacts.OpenFloats(made, tensor)
		if err != nil {
			return err
		}
		if err := put(name, t.Shape, t.Float64()); err != nil {
			return err
		}
	}
	if err := put("explained", []int{len(parts)}, variance); err != nil { // as scikit-learn's explained_variance_
		return err
	}
	return put("ratio", []int{len(parts)}, ratio)
}

func (c *PCA) summarise(a *App, made *artifacts.Artifact) error {
	samples, err := artifacts.ReadTable[targets.Sample](made, targets.SamplesTable)
	if err != nil {
		return err
	}
	parts, err := artifacts.ReadTable[targets.Component](made, targets.ComponentsTable)
	if err != nil {
		return err
	}
	_, mean, err := artifacts.TensorInfo(made, targets.MeanTensor)
	if err != nil {
		return err
	}
	s := PCASummary{Features: mean[0], Components: len(parts), Out: c.Out}
	for _, row := range samples {
		if row.Subset != "test" {
			s.Samples++
		}
	}
	for _, p := range parts {
		s.Explained += p.Ratio
	}
	return printJSON(a.Stdout, s)
}
