package arrays

import (
	"fmt"
	"strconv"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dimensions"
	"realnet/artifacts/schemas/epochs"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/targets"
)

// ofArtifact reads the main tensor of an artifact and the names of its rows.
func ofArtifact(art *artifacts.Artifact, o Options) (*Array, error) {
	switch kind := art.Manifest().Schema.Name; kind {
	case patterns.Schema.Name:
		return ofPatterns(art, o.Select)
	case features.Schema.Name:
		return ofFeatures(art, o.Select)
	case epochs.Schema.Name:
		return ofEpochs(art)
	case targets.Schema.Name:
		return named(art, targets.Tensor, targets.SamplesTable, func(s targets.Sample) string { return s.Condition })
	case dimensions.Schema.Name:
		return named(art, dimensions.Tensor, dimensions.ObjectsTable, func(o dimensions.Object) string { return o.Name })
	default:
		return nil, fmt.Errorf("%w: an artifact of schema %s is no array here", ErrFormat, kind)
	}
}

// named reads a float32 tensor and the names of its rows.
func named[T any](art *artifacts.Artifact, tensor, table string, name func(T) string) (*Array, error) {
	rows, err := artifacts.ReadTable[T](art, table)
	if err != nil {
		return nil, err
	}
	shape, values, err := artifacts.ReadTensor[float32](art, tensor)
	if err != nil {
		return nil, err
	}
	a := &Array{Shape: shape, Single: values}
	for _, r := range rows {
		a.Names = append(a.Names, name(r))
	}
	return a, Check(a.Names, shape[0], "names")
}

func ofPatterns(art *artifacts.Artifact, region string) (*Array, error) {
	p, err := patterns.Read(art)
	if err != nil {
		return nil, err
	}
	columns, err := p.ROI(region)
	if err != nil {
		return nil, err
	}
	a := &Array{Shape: []int{len(p.Samples), len(columns)}, Single: make([]float32, 0, len(p.Samples)*len(columns))}
	for i, s := range p.Samples {
		a.Names = append(a.Names, s.Condition)
		a.Folds = append(a.Folds, s.Session+"/"+strconv.Itoa(int(s.Run)))
		row := p.Values[i*len(p.Voxels) : (i+1)*len(p.Voxels)]
		for _, c := range columns {
			a.Single = append(a.Single, row[c])
		}
	}
	return a, nil
}

func ofFeatures(art *artifacts.Artifact, layer string) (*Array, error) {
	if layer == "" || !art.Has(features.File(layer)) {
		var layers []string
		for _, f := range art.Files("*.arrow") {
			layers = append(layers, strings.TrimSuffix(f, ".arrow"))
		}
		return nil, fmt.Errorf("%w: no layer %q: choose with --select one of %v", ErrShape, layer, layers)
	}
	return named(art, features.File(layer), features.ImagesTable, func(im features.Image) string { return im.Name })
}

func ofEpochs(art *artifacts.Artifact) (*Array, error) {
	a, err := named(art, epochs.Tensor, epochs.ConditionsTable, func(c epochs.Condition) string { return c.Name })
	if err != nil {
		return nil, err
	}
	times, err := artifacts.ReadTable[epochs.Time](art, epochs.TimesTable)
	if err != nil {
		return nil, err
	}
	for _, t := range times {
		a.Times = append(a.Times, t.Seconds)
	}
	return a, nil
}
