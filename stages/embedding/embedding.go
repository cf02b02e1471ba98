package embedding

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	dims "realnet/artifacts/schemas/dimensions"
	"realnet/artifacts/schemas/stimuli"
	"realnet/stages/analysis/dimensions"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Layout string `json:"layout" doc:"table: tab-separated with a header, names in the first column; spose: numbers alone, as spose_embedding_49d_sorted.txt"`
	Values string `json:"values" doc:"the file with the values"`
	Labels string `json:"labels" doc:"table: optional file of dimension and planted (true or false), tab-separated with a header"`
	Names  string `json:"names" doc:"spose: the file with one object name a line, as unique_id.txt"`
	Subset string `json:"subset" doc:"of the images of port stimuli; empty: all"`
}

// DefaultParams read a table.
func DefaultParams() Params {
	return Params{Layout: "table", Values: "dimensions.tsv", Labels: "dimension-labels.tsv"}
}

// Validate checks the layout.
func (p Params) Validate() error {
	if p.Layout != "table" && p.Layout != "spose" {
		return fmt.Errorf("layout: %q is neither table nor spose", p.Layout)
	}
	return nil
}

// Stage is the embedding stage.
var Stage = stage.New(stage.Spec{
	Name: "embedding",
	Doc:  "Reads the dimensions of objects.",
	In: []stage.Port{
		{Name: "dataset", Schemas: []string{dataset.Schema.Name}, Doc: "files with the dimensions"},
		{Name: "stimuli", Schemas: []string{stimuli.Schema.Name}, Optional: true, Doc: "images of objects: each gets the values of the object that its class names"},
	},
	Out: dims.Schema,
}, DefaultParams(), run)

func run(_ context.Context, env *stage.Env, p Params) error {
	a := env.One("dataset")
	e, err := read(a, p)
	if err != nil {
		return err
	}
	if len(e.objects) == 0 || len(e.labels) == 0 {
		return fmt.Errorf("%s: %d objects and %d dimensions", p.Values, len(e.objects), len(e.labels))
	}
	seen := map[string]bool{}
	for _, o := range e.objects {
		if seen[o.Name] {
			return fmt.Errorf("%s: object %q appears twice", p.Values, o.Name)
		}
		seen[o.Name] = true
	}
	if images := env.Maybe("stimuli"); images != nil {
		if e, err = e.ofImages(images, p.Subset); err != nil {
			return err
		}
	}
	if err := artifacts.WriteTensor(env.Out, dims.Tensor, []int{len(e.objects), len(e.labels)}, e.values); err != nil {
		return err
	}
	if err := artifacts.WriteTable(env.Out, dims.ObjectsTable, e.objects); err != nil {
		return err
	}
	return artifacts.WriteTable(env.Out, dims.LabelsTable, e.labels)
}

type embedding struct {
	objects []dims.Object
	labels  []dims.Label
	values  []float32
}

// open opens a verified file of the dataset.
func open(a *artifacts.Artifact, name string) (*os.File, error) {
	file, err := a.Path(path.Join(dataset.Root, name))
	if err != nil {
		return nil, err
	}
	return os.Open(file)
}

func read(a *artifacts.Artifact, p Params) (embedding, error) {
	f, err := open(a, p.Values)
	if err != nil {
		return embedding{}, err
	}
	defer f.Close()
	if p.Layout == "spose" {
		names, err := lines(a, p.Names)
		if err != nil {
			return embedding{}, err
		}
		return readSPoSE(f, p.Values, names)
	}
	e, err := readTable(f, p.Values)
	if err != nil || p.Labels == "" {
		return e, err
	}
	return e, e.plant(a, p.Labels)
}

func readTable(r io.Reader, file string) (embedding, error) {
	var e embedding
	in := csv.NewReader(r)
	in.Comma, in.ReuseRecord = '\t', true
	head, err := in.Read()
	if err != nil {
		return e, fmt.Errorf("%s: %w", file, err)
	}
	for _, name := range head[1:] {
		e.labels = append(e.labels, dims.Label{Name: strings.Clone(name)})
	}
	for {
		cells, err := in.Read()
		if err == io.EOF {
			return e, nil
		}
		if err != nil {
			return e, fmt.Errorf("%s: %w", file, err)
		}
		e.objects = append(e.objects, dims.Object{Name: strings.Clone(cells[0])})
		for i, cell := range cells[1:] {
			v, err := number(cell)
			if err != nil {
				line, column := in.FieldPos(i + 1)
				return e, fmt.Errorf("%s:%d:%d: %w", file, line, column, err)
			}
			e.values = append(e.values, v)
		}
	}
}

func number(cell string) (float32, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(cell), 32)
	if err != nil || v != v || v > 1e30 || v < -1e30 {
		return 0, fmt.Errorf("%q is no finite number", cell)
	}
	return float32(v), nil
}

// plant marks the dimensions that a synthetic world put into its brains.
func (e *embedding) plant(a *artifacts.Artifact, file string) error {
	f, err := open(a, file)
	if err != nil {
		return err
	}
	defer f.Close()
	in := csv.NewReader(f)
	in.Comma = '\t'
	rows, err := in.ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	at := map[string]int{}
	for i, l := range e.labels {
		at[l.Name] = i
	}
	for n, row := range rows[min(1, len(rows)):] {
		if len(row) != 2 {
			return fmt.Errorf("%s:%d: want dimension and planted", file, n+2)
		}
		i, ok := at[row[0]]
		planted, err := strconv.ParseBool(row[1])
		if !ok || err != nil {
			return fmt.Errorf("%s:%d: %q, %q: want a dimension of the table, and true or false", file, n+2, row[0], row[1])
		}
		e.labels[i].Planted = planted
	}
	return nil
}

// readSPoSE reads rows of numbers, one object each; lines may end in a space.
func readSPoSE(r io.Reader, file string, names []string) (embedding, error) {
	var e embedding
	for _, l := range dimensions.Labels {
		e.labels = append(e.labels, dims.Label{Name: l})
	}
	scan := bufio.NewScanner(r)
	for n := 1; scan.Scan(); n++ {
		cells := strings.Fields(scan.Text())
		if len(cells) == 0 {
			continue
		}
		if len(cells) != len(e.labels) {
			return e, fmt.Errorf("%s:%d: %d values, want %d (not the 66-dimensional version)", file, n, len(cells), len(e.labels))
		}
		if len(e.objects) == len(names) {
			return e, fmt.Errorf("%s:%d: more rows than the %d names", file, n, len(names))
		}
		e.objects = append(e.objects, dims.Object{Name: names[len(e.objects)]})
		for _, cell := range cells {
			v, err := number(cell)
			if err != nil {
				return e, fmt.Errorf("%s:%d: %w", file, n, err)
			}
			e.values = append(e.values, v)
		}
	}
	if err := scan.Err(); err != nil {
		return e, fmt.Errorf("%s: %w", file, err)
	}
	if len(e.objects) != len(names) {
		return e, fmt.Errorf("%s: %d rows for %d names", file, len(e.objects), len(names))
	}
	return e, nil
}

// lines reads a file of one name per line.
func lines(a *artifacts.Artifact, file string) ([]string, error) {
	f, err := open(a, file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []string
	scan := bufio.NewScanner(f)
	for scan.Scan() {
		if name := strings.TrimSpace(scan.Text()); name != "" {
			out = append(out, name)
		}
	}
	return out, scan.Err()
}
