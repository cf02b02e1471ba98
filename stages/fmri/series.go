package fmri

import (
	"fmt"
	"path/filepath"
	"strings"

	"realnet/data/cifti"
	"realnet/data/gifti"
	"realnet/data/nifti"
)

// series is the image of a run: values over time at the places of a mask.
type series interface {
	volumes() int
	repetitionTime() float64 // s that the image's header says; 0 when it says nothing
	read(mask *nifti.Mask) ([]float32, error)
}

// openSeries opens the files of one run: an image, or the hemispheres of a surface.
func openSeries(files []string) (series, error) {
	switch {
	case strings.HasSuffix(files[0], giftiSeries):
		return openHemispheres(files)
	case strings.HasSuffix(files[0], ciftiSeries):
		f, err := cifti.Open(files[0])
		if err != nil {
			return nil, err
		}
		if f.Step == 0 {
			return nil, fmt.Errorf("%s: holds maps, no time series", files[0])
		}
		return grayordinates{f}, nil
	}
	im, err := nifti.Open(files[0])
	if err != nil {
		return nil, err
	}
	return volumeSeries{im}, nil
}

type volumeSeries struct{ *nifti.Image }

func (v volumeSeries) volumes() int            { return v.NumVolumes() }
func (v volumeSeries) repetitionTime() float64 { return v.RepetitionTime() }
func (v volumeSeries) read(mask *nifti.Mask) ([]float32, error) {
	return nifti.ReadMasked[float32](v.Image, mask)
}

type grayordinates struct{ *cifti.File }

func (g grayordinates) volumes() int            { return g.Rows }
func (g grayordinates) repetitionTime() float64 { return g.Step }
func (g grayordinates) read(mask *nifti.Mask) ([]float32, error) {
	if mask.Grid[0] != len(g.Brain) {
		return nil, fmt.Errorf("%s has %d grayordinates, %s has %d", g.Path, len(g.Brain), mask.Path, mask.Grid[0])
	}
	return g.Columns(mask.Voxels)
}

// hemispheres are the surfaces of one run, one behind the other.
type hemispheres struct {
	paths      []string
	structures []string
	sizes      []int
	values     [][][]float32 // of each hemisphere, volume and vertex
}

func openHemispheres(paths []string) (*hemispheres, error) {
	h := &hemispheres{paths: paths}
	for i, path := range paths {
		f, err := gifti.Read(path)
		if err != nil {
			return nil, err
		}
		n, err := f.Vertices()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		var values [][]float32
		for _, a := range f.Arrays {
			if len(a.Shape) != 1 {
				return nil, fmt.Errorf("%s: an array of shape %v; a time series has one array a volume", path, a.Shape)
			}
			volume := make([]float32, n)
			for v, x := range a.Values {
				volume[v] = float32(x)
			}
			values = append(values, volume)
		}
		structure, err := structureOf(path, f)
		if err != nil {
			return nil, err
		}
		if i > 0 && len(values) != len(h.values[0]) {
			return nil, fmt.Errorf("%s has %d volumes, %s has %d", path, len(values), paths[0], len(h.values[0]))
		}
		h.structures, h.sizes, h.values = append(h.structures, structure), append(h.sizes, n), append(h.values, values)
	}
	return h, nil
}

func (h *hemispheres) volumes() int          { return len(h.values[0]) }
func (*hemispheres) repetitionTime() float64 { return 0 }

func (h *hemispheres) read(mask *nifti.Mask) ([]float32, error) {
	total := 0
	for _, n := range h.sizes {
		total += n
	}
	if mask.Grid[0] != total {
		return nil, fmt.Errorf("%s: %d vertices, %s has %d", strings.Join(h.paths, " and "), total, mask.Path, mask.Grid[0])
	}
	out := make([]float32, 0, h.volumes()*len(mask.Voxels))
	for t := range h.volumes() {
		for _, at := range mask.Voxels {
			half := 0
			for at >= h.sizes[half] {
				at -= h.sizes[half]
				half++
			}
			out = append(out, h.values[half][t][at])
		}
	}
	return out, nil
}

// structureOf says which part of the brain a surface file is of: what it says of itself,
// else its name.
func structureOf(path string, f *gifti.File) (string, error) {
	switch f.Structure() {
	case "CortexLeft":
		return cortexLeft, nil
	case "CortexRight":
		return cortexRight, nil
	}
	name := strings.ToLower(filepath.Base(path))
	for _, side := range []struct{ structure, entity, prefix, middle string }{
		{cortexLeft, "hemi-l", "lh.", ".l."}, {cortexRight, "hemi-r", "rh.", ".r."},
	} {
		if strings.Contains(name, side.entity) || strings.HasPrefix(name, side.prefix) || strings.Contains(name, side.middle) {
			return side.structure, nil
		}
	}
	return "", fmt.Errorf("%s: neither its metadata (AnatomicalStructurePrimary) nor its name (hemi-L, lh., .L.) says which hemisphere it is of", path)
}
