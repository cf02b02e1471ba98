package fmri

import (
	"fmt"
	"slices"
	"strings"

	"realnet/data/cifti"
	"realnet/data/gifti"
	"realnet/data/labels"
	"realnet/data/nifti"
)

// Structures as CIFTI names them, and what its names begin with.
const (
	structurePrefix = "CIFTI_STRUCTURE_"
	cortexLeft      = structurePrefix + "CORTEX_LEFT"
	cortexRight     = structurePrefix + "CORTEX_RIGHT"
)

// Ends of the names of time series on surfaces.
const (
	giftiSeries = ".func.gii"
	ciftiSeries = ".dtseries.nii"
)

// surface is where the values of runs on surfaces are. Its masks have the grid
// len(places) x 1 x 1.
type surface struct {
	path   string
	places []cifti.Grayordinate
	sizes  map[string]int // vertices of each structure
}

// readSurface finds the places of a run.
func readSurface(files []string) (*surface, error) {
	s := &surface{path: files[0], sizes: map[string]int{}}
	if strings.HasSuffix(files[0], ciftiSeries) {
		f, err := cifti.Open(files[0])
		if err != nil {
			return nil, err
		}
		s.places, s.sizes = f.Brain, f.Sizes
		return s, nil
	}
	h, err := openHemispheres(files)
	if err != nil {
		return nil, err
	}
	for i, structure := range h.structures {
		if s.sizes[structure] > 0 {
			return nil, fmt.Errorf("%s and %s are of one hemisphere", files[0], files[i])
		}
		s.sizes[structure] = h.sizes[i]
		for v := range h.sizes[i] {
			s.places = append(s.places, cifti.Grayordinate{Structure: structure, Vertex: v, Voxel: [3]int32{-1, -1, -1}})
		}
	}
	return s, nil
}

// locate is the place of a voxel of the mask in the artifact: the vertex, or the indices
// of a voxel.
func (s *surface) locate(at int) (i, j, k int32) {
	if p := s.places[at]; p.Vertex < 0 {
		return p.Voxel[0], p.Voxel[1], p.Voxel[2]
	}
	return int32(s.places[at].Vertex), -1, -1
}

func (s *surface) mask(path string, chosen func(cifti.Grayordinate) bool) (*nifti.Mask, error) {
	m := &nifti.Mask{Path: path, Grid: [3]int{len(s.places), 1, 1}}
	for i := range 4 {
		m.Affine[i][i] = 1
	}
	for i, p := range s.places {
		if chosen(p) {
			m.Voxels = append(m.Voxels, i)
		}
	}
	if len(m.Voxels) == 0 {
		return nil, fmt.Errorf("%s: %w of %s", path, nifti.ErrEmptyMask, s.path)
	}
	return m, nil
}

// whole is the region of all places.
func (s *surface) whole(name string) region {
	return region{name, func() (*nifti.Mask, error) {
		return s.mask(s.path, func(cifti.Grayordinate) bool { return true })
	}}
}

// surfaceMap is a map over a surface: a file, of which GIFTI has one a hemisphere.
type surfaceMap struct {
	path   string
	values map[cifti.Grayordinate]float64
	table  labels.Table // of labels
	names  map[float64][]string
}

// setNames takes the names of the map's values from a table.
func (m *surfaceMap) setNames(table labels.Table) {
	m.names = map[float64][]string{}
	for _, l := range table {
		m.names[float64(l.Value)] = append(m.names[float64(l.Value)], l.Name)
	}
}

// readMap reads the first map of a file, which must be of the surface of the runs.
func (s *surface) readMap(path string) (*surfaceMap, error) {
	m := &surfaceMap{path: path, values: map[cifti.Grayordinate]float64{}}
	sizes := map[string]int{}
	if strings.HasSuffix(path, ".gii") {
		f, err := gifti.Read(path)
		if err != nil {
			return nil, err
		}
		n, err := f.Vertices()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		structure, err := structureOf(path, f)
		if err != nil {
			return nil, err
		}
		sizes[structure] = n
		for v, value := range f.Arrays[0].Values[:n] {
			m.values[cifti.Grayordinate{Structure: structure, Vertex: v, Voxel: [3]int32{-1, -1, -1}}] = value
		}
		for _, l := range f.Labels {
			m.table = append(m.table, labels.Label{Value: l.Key, Name: l.Name})
		}
	} else {
		f, err := cifti.Open(path)
		if err != nil {
			return nil, err
		}
		if len(f.Maps) == 0 {
			return nil, fmt.Errorf("%s: a time series; regions are maps (.dlabel.nii, .dscalar.nii, .label.gii, .shape.gii)", path)
		}
		columns := make([]int, len(f.Brain))
		for c := range columns {
			columns[c] = c
		}
		values, err := f.Columns(columns)
		if err != nil {
			return nil, err
		}
		sizes = f.Sizes
		for c, place := range f.Brain {
			m.values[place] = float64(values[c])
		}
		for _, l := range f.Maps[0].Labels {
			m.table = append(m.table, labels.Label{Value: l.Key, Name: l.Name})
		}
	}
	for structure, n := range sizes {
		if of, there := s.sizes[structure]; there && of != n {
			return nil, fmt.Errorf("%s has %d vertices of %s, %s has %d; resample one onto the other", path, n, strings.TrimPrefix(structure, structurePrefix), s.path, of)
		}
	}
	return m, nil
}

// regions are those that the parameters name, or the whole surface.
func (s *surface) regions(root string, p Params) ([]region, error) {
	switch {
	case len(p.Masks) > 0:
		return s.namedMasks(root, p)
	case p.Atlas != "":
		return s.atlasRegions(root, p)
	case len(p.ROIs) > 1:
		return nil, fmt.Errorf("fmri.rois names %s: say where they are, with fmri.masks (files of maps) or fmri.atlas (.label.gii, .dlabel.nii)", strings.Join(p.ROIs, ", "))
	case len(p.ROIs) == 1:
		return []region{s.whole(p.ROIs[0])}, nil
	}
	return []region{s.whole("brain")}, nil
}

// namedMasks are the places above 0 in any of a region's files.
func (s *surface) namedMasks(root string, p Params) ([]region, error) {
	return eachMask(root, p, func(name string, files []string) region {
		return region{name, func() (*nifti.Mask, error) {
			var maps []*surfaceMap
			for _, file := range files {
				m, err := s.readMap(file)
				if err != nil {
					return nil, err
				}
				maps = append(maps, m)
			}
			return s.mask(strings.Join(files, ", "), func(at cifti.Grayordinate) bool {
				return slices.ContainsFunc(maps, func(m *surfaceMap) bool { return m.values[at] > 0 })
			})
		}}
	})
}

// atlasRegions are regions of label files, by the names that they have in them or by a
// table. The hemispheres' labels of one name are one region.
func (s *surface) atlasRegions(root string, p Params) ([]region, error) {
	files, err := p.files(root, p.Atlas)
	if err != nil {
		return nil, fmt.Errorf("fmri.atlas: %w", err)
	}
	var table labels.Table
	if p.AtlasLabels != "" {
		path, err := p.only(root, "atlas_labels", p.AtlasLabels)
		if err != nil {
			return nil, err
		}
		if table, err = labels.Read(path); err != nil {
			return nil, err
		}
	}
	var maps []*surfaceMap
	var all labels.Table
	for _, file := range files {
		m, err := s.readMap(file)
		if err != nil {
			return nil, err
		}
		if table != nil {
			m.table = table
		}
		if len(m.table) == 0 {
			return nil, fmt.Errorf("%s: it names no labels; give a table with fmri.atlas_labels", file)
		}
		m.setNames(m.table)
		maps = append(maps, m)
		all = append(all, m.table...)
	}
	wanted := p.ROIs
	if len(wanted) == 0 {
		there := map[string]bool{}
		for _, at := range s.places {
			for _, m := range maps {
				if value := m.values[at]; value != 0 {
					for _, name := range m.names[value] {
						there[name] = true
					}
				}
			}
		}
		for _, name := range all.Names() {
			if there[name] {
				wanted = append(wanted, name)
			}
		}
	}
	var list []region
	for _, roi := range wanted {
		name, parts, err := namesOf(all, roi)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.Join(files, ", "), err)
		}
		list = append(list, region{name, func() (*nifti.Mask, error) {
			return s.mask(strings.Join(files, ", "), func(at cifti.Grayordinate) bool { return hasLabel(maps, at, parts) })
		}})
	}
	return list, nil
}

// hasLabel says whether a place has a label of one of the names in any of the maps.
func hasLabel(maps []*surfaceMap, at cifti.Grayordinate, names []string) bool {
	for _, m := range maps {
		if value, there := m.values[at]; there {
			for _, name := range m.names[value] {
				if slices.Contains(names, name) {
					return true
				}
			}
		}
	}
	return false
}
