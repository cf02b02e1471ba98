package command

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dimensions"
	"realnet/artifacts/schemas/epochs"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/precision"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/targets"
	"realnet/artifacts/schemas/weights"
	"realnet/data/file"
	"realnet/pipeline/arrays"
	"realnet/stages/checkpoint"
	"realnet/stages/network"
)

// ArtifactsImport makes an artifact of the user's arrays.
type ArtifactsImport struct {
	In      string `required:"" help:"Array (.npy, .csv), table (.csv with a header), checkpoint (.pth, .safetensors), or a folder that artifacts export wrote." placeholder:"FILE" type:"path"`
	Schema  string `required:"" help:"patterns, rdms, features, epochs, targets, stimuli, dimensions, precision, weights, or one that is a table: similarities, statistics, profiles, accuracies." placeholder:"NAME"`
	Out     string `required:"" help:"Folder of the artifact; must not exist." placeholder:"DIR" type:"path"`
	Names   string `help:"Text file with the names of the rows (of RDMs: of the conditions), one per line." placeholder:"FILE" type:"path"`
	Columns string `help:"Text file with the names of the columns (dimensions) or channels (epochs)." placeholder:"FILE" type:"path"`
	Rows    string `help:"CSV with a header that describes each row further, such as condition,subject,run of patterns, or kind,subject,roi of RDMs." placeholder:"FILE" type:"path"`
	Times   string `help:"Seconds of each sample from stimulus onset (epochs)." placeholder:"FILE" type:"path"`
	Subject string `help:"Subject (patterns, rdms)."`
	Subset  string `help:"train, test or empty (patterns, features, targets, stimuli)."`
	ROI     string `name:"roi" help:"Region that all columns belong to (patterns, rdms)."`
	Layer   string `help:"Layer (features, rdms); without it, a file of several arrays gives a layer each."`
	Kind    string `help:"model, fmri, eeg, behaviour or dimension (rdms)."`
	Model   string `help:"Network (rdms)."`
	Metric  string `help:"Metric (rdms)."`
	Select  string `aliases:"array,dataset" help:"The array to take, of a file with several (features with --layer)." placeholder:"NAME"`
	Side    int    `default:"224" help:"Side of the input in pixels, of weights without an encoder."`

	images int // of the features that were read
}

// Examples of the command.
func (*ArtifactsImport) Examples() string {
	return `realnet artifacts import --in betas.npy --schema patterns --names conditions.txt --subject S1 --roi VT --out ./patterns
realnet artifacts import --in betas.npy --schema patterns --rows trials.csv --out ./patterns
realnet artifacts import --in rdms.npy --schema rdms --names images.txt --kind fmri --out ./rdms
realnet artifacts import --in realnet.pth --schema weights --out ./weights
realnet artifacts import --in ./exported --schema features --out ./features`
}

// Run reads, checks and writes.
func (c *ArtifactsImport) Run(ctx context.Context, a *App) error {
	schema, ok := artifacts.Lookup(c.Schema)
	if _, movable := tables[c.Schema]; !ok || !movable || c.Schema == "dataset" {
		return usagef("--schema %s: want patterns, rdms, features, epochs, targets, stimuli, dimensions, precision, weights, similarities, statistics, profiles or accuracies", c.Schema)
	}
	info, err := os.Stat(c.In)
	if err != nil {
		return err
	}
	write := builders[c.Schema]
	switch {
	case info.IsDir():
		write = func(c *ArtifactsImport, ctx context.Context, w *artifacts.Writer) error {
			return c.folder(ctx, w, schema)
		}
	case write == nil:
		write = func(c *ArtifactsImport, _ context.Context, w *artifacts.Writer) error { return c.table(w, schema) }
	}
	inputs := []string{}
	for _, f := range []string{c.In, c.Names, c.Columns, c.Rows, c.Times} {
		if f != "" && (f != c.In || !info.IsDir()) {
			inputs = append(inputs, f)
		}
	}
	params := map[string]any{
		"schema": c.Schema, "subject": c.Subject, "subset": c.Subset, "roi": c.ROI, "layer": c.Layer, "kind": c.Kind, "model": c.Model, "metric": c.Metric,
	}
	art, err := a.writeArtifact(c.Out, schema, "artifacts import", params, inputs, func(w *artifacts.Writer) error { return write(c, ctx, w) })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, "%s  %s\n", art.Digest().Short(), c.Out)
	return err
}

// builders make artifacts of one array (or checkpoint); other schemas are a
// table.
var builders = map[string]func(*ArtifactsImport, context.Context, *artifacts.Writer) error{
	patterns.Schema.Name:   (*ArtifactsImport).patterns,
	rdms.Schema.Name:       (*ArtifactsImport).rdms,
	features.Schema.Name:   (*ArtifactsImport).features,
	epochs.Schema.Name:     (*ArtifactsImport).epochs,
	targets.Schema.Name:    (*ArtifactsImport).targets,
	stimuli.Schema.Name:    (*ArtifactsImport).stimuli,
	dimensions.Schema.Name: (*ArtifactsImport).dimensions,
	precision.Schema.Name:  (*ArtifactsImport).precision,
	weights.Schema.Name:    (*ArtifactsImport).weights,
}

// open opens the array, checks its axes and has it used; its values stay in their file.
func (c *ArtifactsImport) open(ctx context.Context, axes int, want string, use func(*arrays.Array) error) error {
	in, err := arrays.Open(ctx, c.In, arrays.Options{})
	if err != nil {
		return err
	}
	err = in.Axes(axes, want)
	for i, v := range in.Shape {
		if v == 0 && err == nil {
			err = fmt.Errorf("%w: axis %d of %v is empty", arrays.ErrShape, i, in.Shape)
		}
	}
	if err == nil {
		err = use(in)
	}
	return errors.Join(inFile(c.In, err), in.Close())
}

// rowsOf describes n rows: by name, then by the columns of --rows.
func rowsOf[T any](ctx context.Context, c *ArtifactsImport, in *arrays.Array, what string, fill func(i int, name string) T) ([]T, error) {
	n := in.Shape[0]
	names, err := labels(ctx, c.Names, n, "names")
	if err != nil {
		return nil, err
	}
	if names, err = in.Named(names); err != nil {
		return nil, err
	}
	if names == nil {
		names = numbered(what, n)
	}
	if c.Rows == "" {
		rows := make([]T, n)
		for i := range rows {
			rows[i] = fill(i, names[i])
		}
		return rows, nil
	}
	rows, err := arrays.ReadTable(c.Rows, func(i int) T { return fill(i, names[min(i, n-1)]) })
	if err == nil && len(rows) != n {
		err = fmt.Errorf("%s: %w: %d lines for %d rows", c.Rows, arrays.ErrLabels, len(rows), n)
	}
	return rows, err
}

func (c *ArtifactsImport) patterns(ctx context.Context, w *artifacts.Writer) error {
	return c.open(ctx, 2, "samples x voxels", func(in *arrays.Array) error {
		samples, err := rowsOf(ctx, c, in, "condition", func(_ int, name string) patterns.Sample {
			return patterns.Sample{Subject: c.Subject, Condition: name, Subset: c.Subset, Averaged: 1, Onset: math.NaN()}
		})
		if err != nil {
			return err
		}
		conditions := make([]string, len(samples))
		for i, s := range samples {
			conditions[i] = s.Condition
		}
		if own, err := in.Named(conditions); err != nil || !slices.Equal(own, conditions) { // of the same names, the table is of other rows
			return fmt.Errorf("%s: %w: the array names its rows itself, in another order: its first is %q, that of the table %q: put the lines in the order of the rows", c.Rows, arrays.ErrLabels, in.Names[0], conditions[0])
		}
		if err := in.Copy(ctx, w, patterns.Tensor, artifacts.Float32); err != nil {
			return err
		}
		return arrays.WriteSamples(w, samples, in.Shape[1], c.ROI)
	})
}

func (c *ArtifactsImport) rdms(ctx context.Context, w *artifacts.Writer) error {
	names, err := labels(ctx, c.Names, -1, "")
	if err != nil {
		return err
	}
	list, err := arrays.ReadRDMs(ctx, c.In, "", names)
	if err != nil {
		return err
	}
	set := rdms.Set{Conditions: list[0].Names}
	if set.Conditions == nil {
		set.Conditions = numbered("condition", list[0].N)
	}
	unnamed := *c
	unnamed.Names = "" // they are those of the conditions
	set.Rows, err = rowsOf(ctx, &unnamed, &arrays.Array{Shape: []int{len(list)}}, "", func(int, string) rdms.Row {
		return rdms.Row{Kind: c.Kind, Model: c.Model, Layer: c.Layer, Subject: c.Subject, ROI: c.ROI, Time: math.NaN(), Metric: c.Metric}
	})
	if err != nil {
		return err
	}
	return rdms.WriteEach(w, set, func(yield func([]float64) bool) {
		for _, r := range list {
			if !yield(r.Values) {
				return
			}
		}
	})
}

// features are those of one layer, or of a file of several, one array each. Axes after the
// first are flattened.
func (c *ArtifactsImport) features(ctx context.Context, w *artifacts.Writer) error {
	layers, err := c.layers(ctx)
	if err != nil {
		return err
	}
	for _, name := range layers {
		if err := c.layer(ctx, w, name); err != nil {
			return err
		}
	}
	return nil
}

// layer writes the features of one layer, and with the first what the images are.
func (c *ArtifactsImport) layer(ctx context.Context, w *artifacts.Writer, name string) (err error) {
	array := name
	if c.Layer != "" {
		array = c.Select
	}
	in, err := arrays.Open(ctx, c.In, arrays.Options{Select: array})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if len(in.Shape) < 2 || in.Len() == 0 {
		return fmt.Errorf("%s: %s: %w: %v, want images x features", c.In, name, arrays.ErrShape, in.Shape)
	}
	if c.images == 0 {
		rows, err := rowsOf(ctx, c, in, "image", func(_ int, name string) features.Image { return features.Image{Name: name, Subset: c.Subset} })
		if err != nil {
			return err
		}
		if err := artifacts.WriteTable(w, features.ImagesTable, rows); err != nil {
			return err
		}
		c.images = len(rows)
	}
	if in.Shape[0] != c.images {
		return fmt.Errorf("%s: %s: %w: %d images, the layers before it have %d", c.In, name, arrays.ErrShape, in.Shape[0], c.images)
	}
	in.Shape = []int{in.Shape[0], in.Len() / in.Shape[0]}
	return inFile(c.In, in.Copy(ctx, w, features.File(name), artifacts.Float32))
}

// layers are the names of the layers: --layer, or those of the file's arrays.
func (c *ArtifactsImport) layers(ctx context.Context) ([]string, error) {
	if c.Layer != "" {
		return []string{c.Layer}, nil
	}
	f, err := file.Open(ctx, c.In)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var names []string
	for _, a := range f.Arrays {
		if a.Numeric() && len(a.Shape) > 1 {
			names = append(names, a.Name)
		}
	}
	if len(names) == 0 || len(f.Arrays) == 1 && names[0] == "data" {
		return nil, usagef("--schema features: give --layer, the name of the layer")
	}
	return names, nil
}

func (c *ArtifactsImport) epochs(ctx context.Context, w *artifacts.Writer) error {
	return c.open(ctx, 4, "conditions x repetitions x channels x time", func(in *arrays.Array) error {
		if c.Times != "" {
			t, err := arrays.Read(ctx, c.Times, arrays.Options{})
			if err != nil {
				return err
			}
			in.Times = t.Float64()
		}
		if len(in.Times) != in.Shape[3] {
			return fmt.Errorf("%w: %d times for %d samples: give --times, the seconds of each", arrays.ErrLabels, len(in.Times), in.Shape[3])
		}
		rows, err := rowsOf(ctx, c, in, "condition", func(_ int, name string) epochs.Condition { return epochs.Condition{Name: name} })
		if err != nil {
			return err
		}
		names, err := columnsOf(ctx, c, "channel", in.Shape[2], "channels")
		if err != nil {
			return err
		}
		channels, times := make([]epochs.Channel, len(names)), make([]epochs.Time, len(in.Times))
		for i, n := range names {
			channels[i].Name = n
		}
		for i, t := range in.Times {
			times[i].Seconds = t
		}
		return errors.Join(
			in.Copy(ctx, w, epochs.Tensor, artifacts.Float32),
			artifacts.WriteTable(w, epochs.ConditionsTable, rows),
			artifacts.WriteTable(w, epochs.ChannelsTable, channels),
			artifacts.WriteTable(w, epochs.TimesTable, times),
		)
	})
}

// columnsOf are the names of n columns: those of --columns, or numbers.
func columnsOf(ctx context.Context, c *ArtifactsImport, prefix string, n int, what string) ([]string, error) {
	names, err := labels(ctx, c.Columns, n, what)
	if err == nil && names == nil {
		names = numbered(prefix, n)
	}
	return names, err
}

// targets that come from elsewhere are their own components.
func (c *ArtifactsImport) targets(ctx context.Context, w *artifacts.Writer) error {
	return c.open(ctx, 2, "samples x components", func(in *arrays.Array) error {
		k := in.Shape[1]
		rows, err := rowsOf(ctx, c, in, "image", func(_ int, name string) targets.Sample {
			subset := c.Subset
			if subset == "" {
				subset = "train"
			}
			return targets.Sample{Condition: name, Subset: subset}
		})
		if err != nil {
			return err
		}
		components, err := variances(ctx, in, rows)
		if err != nil {
			return err
		}
		identity := make([]float32, k*k)
		for j := range k {
			identity[j*k+j] = 1
		}
		return errors.Join(
			in.Copy(ctx, w, targets.Tensor, artifacts.Float32),
			artifacts.WriteTable(w, targets.SamplesTable, rows),
			artifacts.WriteTable(w, targets.ComponentsTable, components),
			artifacts.WriteTensor(w, targets.ComponentsTensor, []int{k, k}, identity),
			artifacts.WriteTensor(w, targets.MeanTensor, []int{k}, make([]float32, k)),
		)
	})
}

// variances describes the columns of samples x components by their variance over the
// training samples.
func variances(ctx context.Context, in *arrays.Array, samples []targets.Sample) ([]targets.Component, error) {
	k := in.Shape[1]
	train := func(use func(j int, v float64)) error {
		return in.Rows(ctx, func(from int, values []float64) error {
			for i, v := range values {
				if samples[from+i/k].Subset == "train" {
					use(i%k, v)
				}
			}
			return nil
		})
	}
	count := 0.0
	for _, s := range samples {
		if s.Subset == "train" {
			count++
		}
	}
	mean, squares := make([]float64, k), make([]float64, k)
	if err := train(func(j int, v float64) { mean[j] += v }); err != nil {
		return nil, err
	}
	for j := range mean {
		mean[j] /= count
	}
	if err := train(func(j int, v float64) { squares[j] += (v - mean[j]) * (v - mean[j]) }); err != nil {
		return nil, err
	}
	components, total := make([]targets.Component, k), 0.0
	for j := range components {
		components[j] = targets.Component{Index: int32(j), Variance: squares[j] / (count - 1)}
		total += components[j].Variance
	}
	for j := range components {
		components[j].Ratio = components[j].Variance / total
	}
	return components, nil
}

func (c *ArtifactsImport) stimuli(ctx context.Context, w *artifacts.Writer) error {
	return c.open(ctx, 4, "images x height x width x RGB, 0 to 255", func(in *arrays.Array) error {
		if in.Shape[3] != 3 {
			return fmt.Errorf("%w: %v, want images x height x width x 3", arrays.ErrShape, in.Shape)
		}
		rows, err := rowsOf(ctx, c, in, "image", func(_ int, name string) stimuli.Image {
			return stimuli.Image{Name: name, Subset: c.Subset, Label: -1}
		})
		if err != nil {
			return err
		}
		return errors.Join(in.Copy(ctx, w, stimuli.Tensor, artifacts.Uint8), artifacts.WriteTable(w, stimuli.ImagesTable, rows))
	})
}

func (c *ArtifactsImport) dimensions(ctx context.Context, w *artifacts.Writer) error {
	return c.open(ctx, 2, "objects x dimensions", func(in *arrays.Array) error {
		rows, err := rowsOf(ctx, c, in, "object", func(_ int, name string) dimensions.Object { return dimensions.Object{Name: name} })
		if err != nil {
			return err
		}
		names, err := columnsOf(ctx, c, "dimension", in.Shape[1], "columns")
		if err != nil {
			return err
		}
		columns := make([]dimensions.Label, len(names))
		for i, n := range names {
			columns[i].Name = n
		}
		return errors.Join(
			in.Copy(ctx, w, dimensions.Tensor, artifacts.Float32),
			artifacts.WriteTable(w, dimensions.ObjectsTable, rows),
			artifacts.WriteTable(w, dimensions.LabelsTable, columns),
		)
	})
}

func (c *ArtifactsImport) precision(ctx context.Context, w *artifacts.Writer) error {
	return c.open(ctx, 2, "features x features", func(in *arrays.Array) error {
		if in.Shape[0] != in.Shape[1] {
			return fmt.Errorf("%w: %v, want features x features", arrays.ErrShape, in.Shape)
		}
		return in.Copy(ctx, w, precision.Tensor, artifacts.Float64)
	})
}

func (c *ArtifactsImport) weights(ctx context.Context, w *artifacts.Writer) error {
	net, _, err := checkpoint.Network(ctx, c.In, c.Side)
	if err != nil {
		return err
	}
	return network.Write(w, net, nil, nil)
}
