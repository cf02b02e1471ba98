package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"realnet/artifacts"
	"realnet/artifacts/schemas/targets"
	"realnet/pipeline/arrays"
	"realnet/stages/analysis/pca"
)

// PCA finds principal components of people's own arrays.
type PCA struct {
	In         string `required:"" help:"Samples x features: .npy, .csv, NIfTI with --mask, BData with --select, or an artifact." placeholder:"FILE" type:"path"`
	Mask       string `help:"NIfTI image: its voxels above 0 are the features." placeholder:"FILE" type:"path"`
	Select     string `help:"BData: the columns to take; of an artifact: the layer or region." placeholder:"EXPR"`
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
	if err := (output{c.Out, c.Format}).check(true, formatNPY, formatCSV); err != nil {
		return err
	}
	in, err := c.read(ctx, c.In)
	if err != nil {
		return err
	}
	n, d := in.Shape[0], in.Shape[1]
	cfg := pca.Config{Components: c.Components, Scaling: pca.Scaling(c.Scale), Workers: c.Workers}
	var m *pca.Model
	var scores []float64
	if in.Single != nil {
		m, scores, err = pca.Fit(ctx, in.Single, n, d, cfg)
	} else {
		m, scores, err = pca.Fit(ctx, in.Double, n, d, cfg)
	}
	if errors.Is(err, pca.ErrRank) {
		return usageError{fmt.Errorf("--components: %w", err)}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.In, err)
	}
	names := in.Names
	if names == nil {
		names = numbered("sample", n)
	}
	samples := make([]targets.Sample, 0, n)
	for _, name := range names {
		samples = append(samples, targets.Sample{Condition: name, Subset: "train"})
	}
	if c.Held != "" {
		held, err := c.read(ctx, c.Held)
		if err != nil {
			return err
		}
		more, err := pca.Transform(ctx, m, held.Double, held.Shape[0], c.Workers)
		if held.Single != nil {
			more, err = pca.Transform(ctx, m, held.Single, held.Shape[0], c.Workers)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Held, err)
		}
		scores = append(scores, more...)
		if names = held.Names; names == nil {
			names = numbered("held", held.Shape[0])
		}
		for _, name := range names {
			samples = append(samples, targets.Sample{Condition: name, Subset: "test"})
		}
	}
	if err := c.write(a, m, samples, scores); err != nil || !c.JSON {
		return err
	}
	s := PCASummary{Samples: n, Features: d, Components: m.K(), Out: c.Out}
	for _, r := range m.Ratio {
		s.Explained += r
	}
	return printJSON(a.Stdout, s)
}

func (c *PCA) read(ctx context.Context, path string) (*arrays.Array, error) {
	in, err := arrays.Read(ctx, path, arrays.Options{Mask: c.Mask, Select: c.Select})
	if err != nil {
		return nil, err
	}
	return in, in.Axes(2, "samples x features")
}

// write puts the arrays into files, or all into an artifact.
func (c *PCA) write(a *App, m *pca.Model, samples []targets.Sample, scores []float64) error {
	k := m.K()
	if c.Format == "" {
		t := targets.Targets{Samples: samples, Values: single(scores), Loadings: m.Components, Mean: single(m.Mean), Scale: single(m.Scale)}
		for i := range k {
			t.Components = append(t.Components, targets.Component{Index: int32(i), Variance: m.Variance[i], Ratio: m.Ratio[i]})
		}
		inputs := []string{c.In}
		for _, path := range []string{c.Mask, c.Held} {
			if path != "" {
				inputs = append(inputs, path)
			}
		}
		params := map[string]any{"components": c.Components, "scale": c.Scale, "select": c.Select}
		_, err := a.writeArtifact(c.Out, targets.Schema, "pca", params, inputs, func(w *artifacts.Writer) error { return targets.Write(w, t) })
		return err
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	loadings := make([]float64, len(m.Components))
	for i, v := range m.Components {
		loadings[i] = float64(v)
	}
	files := []struct {
		name   string
		shape  []int
		values []float64
	}{
		{"scores", []int{len(samples), k}, scores},
		{"components", []int{k, m.Features}, loadings},
		{"mean", []int{m.Features}, m.Mean},
		{"explained", []int{k}, m.Variance}, // as scikit-learn's explained_variance_
		{"ratio", []int{k}, m.Ratio},
		{"scale", []int{len(m.Scale)}, m.Scale},
	}
	for _, f := range files {
		if f.values == nil {
			continue
		}
		if err := (output{filepath.Join(c.Out, f.name+"."+c.Format), c.Format}).writeArray(f.shape, f.values); err != nil {
			return err
		}
	}
	return nil
}

func single(x []float64) []float32 {
	if x == nil {
		return nil
	}
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}
