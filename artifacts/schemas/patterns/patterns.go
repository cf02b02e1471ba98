// Package patterns is the artifact of a subject's response patterns: one row a
// trial, a condition or a condition and run, one column per voxel.
package patterns

import (
	"fmt"
	"slices"

	"realnet/artifacts"
)

// Sample is one row of the patterns.
type Sample struct {
	Subject    string  `col:"subject"`
	Condition  string  `col:"condition" doc:"stimulus or condition name; the key that joins brains and models"`
	Subset     string  `col:"subset" doc:"train, test, or empty"`
	Session    string  `col:"session"`
	Run        int32   `col:"run" doc:"from 1 within the subject; 0 when averaged over runs"`
	Repetition int32   `col:"repetition" doc:"from 1 within condition; 0 when averaged over repetitions"`
	Averaged   int32   `col:"averaged" doc:"number of trials in the mean"`
	Onset      float64 `col:"onset" doc:"seconds from the start of the run; NaN when averaged"`
}

// Voxel is one column of the patterns.
type Voxel struct {
	Index int32 `col:"index" doc:"column of the tensor"`
	I     int32 `col:"i" doc:"voxel index along x, or the vertex of a surface or the number of an electrode (j and k are -1); -1 when not known"`
	J     int32 `col:"j"`
	K     int32 `col:"k"`
}

// Member says that a voxel belongs to a region of interest. A voxel may belong
// to several.
type Member struct {
	ROI   string `col:"roi"`
	Voxel int32  `col:"voxel" doc:"column of the tensor"`
}

// File names within the artifact.
const (
	Tensor       = "patterns.arrow"
	SamplesTable = "samples.parquet"
	VoxelsTable  = "voxels.parquet"
	ROITable     = "rois.parquet"
)

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "patterns", Version: 1, Doc: "response patterns of one subject: samples x voxels",
	Files: []artifacts.FileSpec{
		{Name: Tensor, Kind: artifacts.KindTensor, DType: artifacts.Float32, Rank: 2, Doc: "samples x voxels"},
		artifacts.TableOf[Sample](SamplesTable),
		artifacts.TableOf[Voxel](VoxelsTable),
		artifacts.TableOf[Member](ROITable),
	},
})

// Patterns is the whole artifact in memory.
type Patterns struct {
	Samples []Sample
	Voxels  []Voxel
	Members []Member
	Values  []float32 // len(Samples) x len(Voxels)
}

// Write puts p into w.
func Write(w *artifacts.Writer, p Patterns) error {
	if len(p.Values) != len(p.Samples)*len(p.Voxels) {
		return fmt.Errorf("patterns: %d values for %d samples x %d voxels", len(p.Values), len(p.Samples), len(p.Voxels))
	}
	if err := artifacts.WriteTensor(w, Tensor, []int{len(p.Samples), len(p.Voxels)}, p.Values); err != nil {
		return err
	}
	if err := artifacts.WriteTable(w, SamplesTable, p.Samples); err != nil {
		return err
	}
	if err := artifacts.WriteTable(w, VoxelsTable, p.Voxels); err != nil {
		return err
	}
	return artifacts.WriteTable(w, ROITable, p.Members)
}

// Read reads the whole artifact.
func Read(a *artifacts.Artifact) (Patterns, error) {
	p, err := ReadTables(a)
	if err != nil {
		return p, err
	}
	t, err := OpenValues(a, p)
	if err != nil {
		return p, err
	}
	defer func() { _ = t.Close() }() // nothing was written
	if t.Single != nil {
		p.Values = slices.Clone(t.Single.Data)
		return p, nil
	}
	p.Values = make([]float32, len(t.Double.Data))
	for i, v := range t.Double.Data {
		p.Values[i] = float32(v)
	}
	return p, nil
}

// ReadTables reads all but the values.
func ReadTables(a *artifacts.Artifact) (Patterns, error) {
	var p Patterns
	var err error
	if p.Samples, err = artifacts.ReadTable[Sample](a, SamplesTable); err != nil {
		return p, err
	}
	if p.Voxels, err = artifacts.ReadTable[Voxel](a, VoxelsTable); err != nil {
		return p, err
	}
	p.Members, err = artifacts.ReadTable[Member](a, ROITable)
	return p, err
}

// OpenValues maps the values, samples x voxels, of an artifact whose tables were read.
func OpenValues(a *artifacts.Artifact, p Patterns) (*artifacts.Floats, error) {
	t, err := artifacts.OpenFloats(a, Tensor)
	if err != nil {
		return nil, err
	}
	if len(t.Shape) != 2 || t.Shape[0] != len(p.Samples) || t.Shape[1] != len(p.Voxels) {
		_ = t.Close() // the shape is what counts
		return nil, fmt.Errorf("%s: %s has shape %v, its tables say %d x %d", a.Dir(), Tensor, t.Shape, len(p.Samples), len(p.Voxels))
	}
	return t, nil
}

// ROI returns the columns of a region, in order; every column for an empty
// name. An unknown region is an error that lists those there are.
func (p Patterns) ROI(name string) ([]int, error) {
	var columns []int
	if name == "" {
		for i := range p.Voxels {
			columns = append(columns, i)
		}
		return columns, nil
	}
	known := map[string]bool{}
	var names []string
	for _, m := range p.Members {
		if m.ROI == name {
			columns = append(columns, int(m.Voxel))
		}
		if !known[m.ROI] {
			known[m.ROI] = true
			names = append(names, m.ROI)
		}
	}
	if len(columns) == 0 {
		return nil, fmt.Errorf("no ROI %q in the patterns (ROIs: %v)", name, names)
	}
	return columns, nil
}
