package gifti

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// File is a GIFTI file.
type File struct {
	Meta   map[string]string
	Labels []Label // of the label table, in its order
	Arrays []Array
}

// Label names a value of arrays whose intent is NIFTI_INTENT_LABEL.
type Label struct {
	Key  int
	Name string
}

// Array is one array of the file.
type Array struct {
	Intent string // as in NIFTI_INTENT_TIME_SERIES
	Shape  []int
	DType  string // as numpy names the stored type
	Meta   map[string]string
	Values []float64 // row-major
}

// Structure is the part of the brain that the file says it is of, as in CortexLeft; ""
// when it says none.
func (f *File) Structure() string {
	const key = "AnatomicalStructurePrimary"
	if s := f.Meta[key]; s != "" {
		return s
	}
	for _, a := range f.Arrays {
		if s := a.Meta[key]; s != "" {
			return s
		}
	}
	return ""
}

// Vertices is the number of vertices: the first axis that all arrays share. Arrays of
// different length fail with ErrFormat.
func (f *File) Vertices() (int, error) {
	n := -1
	for i, a := range f.Arrays {
		if len(a.Shape) == 0 || n >= 0 && a.Shape[0] != n {
			return 0, fmt.Errorf("gifti: %w: array %d has shape %v, those before have %d vertices", ErrFormat, i+1, a.Shape, n)
		}
		n = a.Shape[0]
	}
	if n < 1 {
		return 0, fmt.Errorf("gifti: %w: it has no array with vertices", ErrFormat)
	}
	return n, nil
}

// Read reads a file.
func Read(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("gifti: %w", err)
	}
	defer in.Close()
	f, err := Parse(bufio.NewReaderSize(in, 1<<16), filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("gifti: %s: %w", path, err)
	}
	return f, nil
}

// Parse reads a file from r. External data are looked for in folder; "" allows none.
func Parse(r io.Reader, folder string) (*File, error) {
	d := xml.NewDecoder(r)
	d.Strict = true
	f := &File{Meta: map[string]string{}}
	root := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "GIFTI":
			root = true
		case "MetaData":
			err = readMeta(d, start, f.Meta)
		case "LabelTable":
			err = f.readLabels(d, start)
		case "DataArray":
			err = f.readArray(d, start, folder)
		}
		if err != nil {
			return nil, err
		}
	}
	if !root {
		return nil, fmt.Errorf("%w: no element GIFTI", ErrFormat)
	}
	return f, nil
}

func decodeElement(d *xml.Decoder, start xml.StartElement, into any) error {
	if err := d.DecodeElement(into, &start); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrFormat, start.Name.Local, err)
	}
	return nil
}

type metaData struct {
	Entries []struct {
		Name  string `xml:"Name"`
		Value string `xml:"Value"`
	} `xml:"MD"`
}

func (m metaData) put(into map[string]string) {
	for _, e := range m.Entries {
		into[strings.TrimSpace(e.Name)] = strings.TrimSpace(e.Value)
	}
}

func readMeta(d *xml.Decoder, start xml.StartElement, into map[string]string) error {
	var m metaData
	err := decodeElement(d, start, &m)
	m.put(into)
	return err
}

func (f *File) readLabels(d *xml.Decoder, start xml.StartElement) error {
	var table struct {
		Labels []struct {
			Key   string `xml:"Key,attr"`
			Index string `xml:"Index,attr"` // of the first version of the format
			Name  string `xml:",chardata"`
		} `xml:"Label"`
	}
	if err := decodeElement(d, start, &table); err != nil {
		return err
	}
	for _, l := range table.Labels {
		text := l.Key
		if text == "" {
			text = l.Index
		}
		key, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return fmt.Errorf("%w: label %q has key %q", ErrFormat, l.Name, text)
		}
		f.Labels = append(f.Labels, Label{key, strings.TrimSpace(l.Name)})
	}
	return nil
}

func (f *File) readArray(d *xml.Decoder, start xml.StartElement, folder string) error {
	var body struct {
		Meta metaData `xml:"MetaData"`
		Data string   `xml:"Data"`
	}
	attributes := map[string]string{}
	for _, a := range start.Attr {
		attributes[a.Name.Local] = a.Value
	}
	if err := decodeElement(d, start, &body); err != nil {
		return err
	}
	a := Array{Intent: attributes["Intent"], Meta: map[string]string{}}
	body.Meta.put(a.Meta)
	where := func(err error) error { return fmt.Errorf("array %d: %w", len(f.Arrays)+1, err) }
	var err error
	if a.Shape, err = shapeOf(attributes); err != nil {
		return where(err)
	}
	c, err := codingOf(attributes, folder)
	if err != nil {
		return where(err)
	}
	a.DType = strings.ToLower(strings.TrimPrefix(attributes["DataType"], "NIFTI_TYPE_"))
	if a.Values, err = c.decode(body.Data, a.Shape); err != nil {
		return where(err)
	}
	f.Arrays = append(f.Arrays, a)
	return nil
}

// maxValues bounds an array, so that its size in bytes cannot overflow.
const maxValues = 1 << 40

func shapeOf(attributes map[string]string) ([]int, error) {
	n, err := strconv.Atoi(attributes["Dimensionality"])
	if err != nil || n < 1 || n > 6 {
		return nil, fmt.Errorf("%w: Dimensionality is %q", ErrFormat, attributes["Dimensionality"])
	}
	shape := make([]int, n)
	total := 1
	for i := range shape {
		name := "Dim" + strconv.Itoa(i)
		if shape[i], err = strconv.Atoi(attributes[name]); err != nil || shape[i] < 1 || shape[i] > maxValues/total {
			return nil, fmt.Errorf("%w: %s is %q", ErrFormat, name, attributes[name])
		}
		total *= shape[i]
	}
	return shape, nil
}
