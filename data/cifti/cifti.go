package cifti

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"

	"realnet/data/nifti"
)

// extensionCode of the XML in a NIfTI header.
const extensionCode = 32

// File is a CIFTI-2 file whose headers have been read.
type File struct {
	Path  string
	Rows  int
	Brain []Grayordinate // of each column
	Sizes map[string]int // vertices of the surface of each structure
	Step  float64        // s between rows of a time series; 0 for maps
	Maps  []Map          // of each row; none for a time series

	image *nifti.Image
}

// Grayordinate is a vertex or a voxel.
type Grayordinate struct {
	Structure string   // as in CIFTI_STRUCTURE_CORTEX_LEFT
	Vertex    int      // of the structure's surface; -1 for a voxel
	Voxel     [3]int32 // -1 for a vertex
}

// Map is a row that is no time point.
type Map struct {
	Name   string
	Labels []Label // of a label file
}

// Label names a value of a map.
type Label struct {
	Key  int
	Name string
}

// document is the XML of the format.
type document struct {
	Version string `xml:"Version,attr"`
	Matrix  struct {
		Indices []indices `xml:"MatrixIndicesMap"`
	} `xml:"Matrix"`
}

type indices struct {
	Dimension string `xml:"AppliesToMatrixDimension,attr"`
	Kind      string `xml:"IndicesMapToDataType,attr"`
	Points    string `xml:"NumberOfSeriesPoints,attr"`
	Exponent  string `xml:"SeriesExponent,attr"`
	Step      string `xml:"SeriesStep,attr"`
	Unit      string `xml:"SeriesUnit,attr"`
	Maps      []struct {
		Name   string `xml:"MapName"`
		Labels []struct {
			Key  string `xml:"Key,attr"`
			Name string `xml:",chardata"`
		} `xml:"LabelTable>Label"`
	} `xml:"NamedMap"`
	Models []model `xml:"BrainModel"`
}

type model struct {
	Offset    string `xml:"IndexOffset,attr"`
	Count     string `xml:"IndexCount,attr"`
	Kind      string `xml:"ModelType,attr"`
	Structure string `xml:"BrainStructure,attr"`
	Size      string `xml:"SurfaceNumberOfVertices,attr"`
	Vertices  string `xml:"VertexIndices"`
	Voxels    string `xml:"VoxelIndicesIJK"`
}

// Open reads the headers of a file.
func Open(path string) (*File, error) {
	im, err := nifti.Open(path)
	if err != nil {
		return nil, err
	}
	f, err := parse(im)
	if err != nil {
		return nil, fmt.Errorf("cifti: %s: %w", path, err)
	}
	f.Path = path
	return f, nil
}

func parse(im *nifti.Image) (*File, error) {
	var text []byte
	for _, e := range im.Extensions {
		if e.Code == extensionCode {
			text = bytes.TrimRight(e.Data, "\x00")
		}
	}
	if text == nil {
		return nil, fmt.Errorf("%w: no XML in its header (intent %d)", ErrFormat, im.IntentCode)
	}
	var doc document
	if err := xml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("%w: XML: %w", ErrFormat, err)
	}
	if major, _, _ := strings.Cut(doc.Version, "."); major != "2" {
		return nil, fmt.Errorf("%w: CIFTI version %q", ErrKind, doc.Version)
	}
	if len(im.Shape) != 6 || im.Shape[0]*im.Shape[1]*im.Shape[2]*im.Shape[3] != 1 {
		return nil, fmt.Errorf("%w: shape %v, want 1 x 1 x 1 x 1 x rows x columns", ErrFormat, im.Shape)
	}
	f := &File{image: im, Rows: im.Shape[4], Sizes: map[string]int{}}
	brain := false
	for _, m := range doc.Matrix.Indices {
		for _, dimension := range strings.Split(m.Dimension, ",") {
			var err error
			switch {
			case dimension == "1" && m.Kind == "CIFTI_INDEX_TYPE_BRAIN_MODELS":
				brain = true
				err = f.readBrain(m.Models, im.Shape[5])
			case dimension == "0" && m.Kind == "CIFTI_INDEX_TYPE_SERIES":
				err = f.readSeries(m)
			case dimension == "0" && (m.Kind == "CIFTI_INDEX_TYPE_SCALARS" || m.Kind == "CIFTI_INDEX_TYPE_LABELS"):
				err = f.readMaps(m)
			default:
				err = fmt.Errorf("%w: dimension %s is of %s", ErrKind, dimension, m.Kind)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if !brain || f.Step == 0 && f.Maps == nil {
		return nil, fmt.Errorf("%w: the XML does not describe both rows and columns", ErrFormat)
	}
	return f, nil
}

// readSeries reads the time between rows.
func (f *File) readSeries(m indices) error {
	step, err1 := strconv.ParseFloat(m.Step, 64)
	exponent, err2 := strconv.Atoi(m.Exponent)
	points, err3 := strconv.Atoi(m.Points)
	if err1 != nil || err2 != nil || err3 != nil || !(step > 0) || math.IsInf(step, 0) || exponent < -300 || exponent > 300 {
		return fmt.Errorf("%w: a series of %q points with step %q and exponent %q", ErrFormat, m.Points, m.Step, m.Exponent)
	}
	if m.Unit != "SECOND" {
		return fmt.Errorf("%w: a series in %s", ErrKind, m.Unit)
	}
	if points != f.Rows {
		return fmt.Errorf("%w: a series of %d points in a matrix of %d rows", ErrFormat, points, f.Rows)
	}
	f.Step = step * math.Pow(10, float64(exponent))
	return nil
}

func (f *File) readMaps(m indices) error {
	if len(m.Maps) != f.Rows {
		return fmt.Errorf("%w: %d maps in a matrix of %d rows", ErrFormat, len(m.Maps), f.Rows)
	}
	for _, named := range m.Maps {
		out := Map{Name: strings.TrimSpace(named.Name)}
		for _, l := range named.Labels {
			key, err := strconv.Atoi(l.Key)
			if err != nil {
				return fmt.Errorf("%w: label %q has key %q", ErrFormat, l.Name, l.Key)
			}
			out.Labels = append(out.Labels, Label{key, strings.TrimSpace(l.Name)})
		}
		f.Maps = append(f.Maps, out)
	}
	return nil
}

// readBrain places the columns.
func (f *File) readBrain(models []model, columns int) error {
	places := map[int]model{}
	for _, m := range models {
		offset, err := strconv.Atoi(m.Offset)
		if _, twice := places[offset]; err != nil || twice {
			return fmt.Errorf("%w: brain model of %s begins at %q", ErrFormat, m.Structure, m.Offset)
		}
		places[offset] = m
	}
	for len(f.Brain) < columns {
		m, ok := places[len(f.Brain)]
		if !ok {
			return fmt.Errorf("%w: no brain model begins at column %d of %d", ErrFormat, len(f.Brain), columns)
		}
		count, err := strconv.Atoi(m.Count)
		if err != nil || count < 1 || count > columns-len(f.Brain) {
			return fmt.Errorf("%w: brain model of %s has %q columns", ErrFormat, m.Structure, m.Count)
		}
		if err := f.readModel(m, count); err != nil {
			return fmt.Errorf("brain model of %s: %w", m.Structure, err)
		}
	}
	if len(places) > 0 && len(f.Brain) != columns {
		return fmt.Errorf("%w: brain models of %d columns in a matrix of %d", ErrFormat, len(f.Brain), columns)
	}
	return nil
}

func (f *File) readModel(m model, count int) error {
	switch m.Kind {
	case "CIFTI_MODEL_TYPE_SURFACE":
		size, err := strconv.Atoi(m.Size)
		if err != nil || size < 1 {
			return fmt.Errorf("%w: SurfaceNumberOfVertices is %q", ErrFormat, m.Size)
		}
		f.Sizes[m.Structure] = size
		vertices, err := wholeNumbers(m.Vertices, count)
		if err != nil {
			return err
		}
		for _, v := range vertices {
			if v < 0 || v >= size {
				return fmt.Errorf("%w: vertex %d of a surface of %d", ErrFormat, v, size)
			}
			f.Brain = append(f.Brain, Grayordinate{m.Structure, v, [3]int32{-1, -1, -1}})
		}
	case "CIFTI_MODEL_TYPE_VOXELS":
		ijk, err := wholeNumbers(m.Voxels, 3*count)
		if err != nil {
			return err
		}
		for i := 0; i < len(ijk); i += 3 {
			f.Brain = append(f.Brain, Grayordinate{m.Structure, -1, [3]int32{int32(ijk[i]), int32(ijk[i+1]), int32(ijk[i+2])}})
		}
	default:
		return fmt.Errorf("%w: ModelType is %q", ErrKind, m.Kind)
	}
	return nil
}

func wholeNumbers(text string, n int) ([]int, error) {
	cells := strings.Fields(text)
	if len(cells) != n {
		return nil, fmt.Errorf("%w: %d indices, want %d", ErrFormat, len(cells), n)
	}
	out := make([]int, n)
	for i, cell := range cells {
		v, err := strconv.ParseInt(cell, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%w: index %q", ErrFormat, cell)
		}
		out[i] = int(v)
	}
	return out, nil
}

// Columns returns the values of chosen columns, strictly ascending: a row-major matrix of
// Rows rows.
func (f *File) Columns(columns []int) ([]float32, error) {
	for i, c := range columns {
		if c < 0 || c >= len(f.Brain) || i > 0 && c <= columns[i-1] {
			return nil, fmt.Errorf("cifti: %s: column %d (number %d of the selection) is out of order or not among the %d", f.Path, c, i, len(f.Brain))
		}
	}
	// The values of a column are stored together: each is a volume of one axis.
	series := *f.image
	series.Shape = []int{f.Rows, 1, 1, len(f.Brain)}
	out := make([]float32, f.Rows*len(columns))
	at, next := 0, 0
	for values, err := range nifti.Volumes[float32](&series) {
		if err != nil {
			return nil, err
		}
		if next < len(columns) && columns[next] == at {
			for row, v := range values {
				out[row*len(columns)+next] = v
			}
			next++
		}
		at++
	}
	return out, nil
}
