package gifti

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"realnet/data/array"
)

// coding is how the values of an array are stored.
type coding struct {
	kind        string // ASCII, Base64Binary, GZipBase64Binary, ExternalFileBinary
	value       valueType
	order       binary.ByteOrder
	single      bool // float32, also as text
	columnMajor bool
	file        string // of external data
	offset      int64
}

type valueType struct {
	size int
	read func(raw []byte, order binary.ByteOrder) float64
}

var valueTypes = map[string]valueType{
	"NIFTI_TYPE_UINT8":   {1, func(b []byte, _ binary.ByteOrder) float64 { return float64(b[0]) }},
	"NIFTI_TYPE_INT8":    {1, func(b []byte, _ binary.ByteOrder) float64 { return float64(int8(b[0])) }},
	"NIFTI_TYPE_INT16":   {2, func(b []byte, o binary.ByteOrder) float64 { return float64(int16(o.Uint16(b))) }},
	"NIFTI_TYPE_UINT16":  {2, func(b []byte, o binary.ByteOrder) float64 { return float64(o.Uint16(b)) }},
	"NIFTI_TYPE_INT32":   {4, func(b []byte, o binary.ByteOrder) float64 { return float64(int32(o.Uint32(b))) }},
	"NIFTI_TYPE_UINT32":  {4, func(b []byte, o binary.ByteOrder) float64 { return float64(o.Uint32(b)) }},
	"NIFTI_TYPE_INT64":   {8, func(b []byte, o binary.ByteOrder) float64 { return float64(int64(o.Uint64(b))) }},
	"NIFTI_TYPE_UINT64":  {8, func(b []byte, o binary.ByteOrder) float64 { return float64(o.Uint64(b)) }},
	"NIFTI_TYPE_FLOAT32": {4, func(b []byte, o binary.ByteOrder) float64 { return float64(math.Float32frombits(o.Uint32(b))) }},
	"NIFTI_TYPE_FLOAT64": {8, func(b []byte, o binary.ByteOrder) float64 { return math.Float64frombits(o.Uint64(b)) }},
}

func codingOf(attributes map[string]string, folder string) (coding, error) {
	c := coding{kind: attributes["Encoding"], order: binary.LittleEndian}
	var ok bool
	if c.value, ok = valueTypes[attributes["DataType"]]; !ok {
		return c, fmt.Errorf("%w: DataType is %q", ErrType, attributes["DataType"])
	}
	c.single = attributes["DataType"] == "NIFTI_TYPE_FLOAT32"
	switch attributes["Endian"] {
	case "LittleEndian", "":
	case "BigEndian":
		c.order = binary.BigEndian
	default:
		return c, fmt.Errorf("%w: Endian is %q", ErrFormat, attributes["Endian"])
	}
	switch attributes["ArrayIndexingOrder"] {
	case "RowMajorOrder", "":
	case "ColumnMajorOrder":
		c.columnMajor = true
	default:
		return c, fmt.Errorf("%w: ArrayIndexingOrder is %q", ErrFormat, attributes["ArrayIndexingOrder"])
	}
	if c.kind != "ExternalFileBinary" {
		return c, nil
	}
	name := filepath.Base(filepath.FromSlash(attributes["ExternalFileName"]))
	if folder == "" || attributes["ExternalFileName"] == "" {
		return c, fmt.Errorf("%w: its values are in an external file %q", ErrFormat, attributes["ExternalFileName"])
	}
	c.file = filepath.Join(folder, name)
	var err error
	if c.offset, err = strconv.ParseInt(attributes["ExternalFileOffset"], 10, 64); attributes["ExternalFileOffset"] != "" && (err != nil || c.offset < 0) {
		return c, fmt.Errorf("%w: ExternalFileOffset is %q", ErrFormat, attributes["ExternalFileOffset"])
	}
	return c, nil
}

// decode returns the values in row-major order.
func (c coding) decode(text string, shape []int) ([]float64, error) {
	n := 1
	for _, d := range shape {
		n *= d
	}
	var values []float64
	var err error
	if c.kind == "ASCII" {
		if values, err = numbers(text, n); err == nil && c.single {
			for i, v := range values {
				values[i] = float64(float32(v))
			}
		}
	} else {
		values, err = c.binary(text, n)
	}
	if err != nil {
		return nil, err
	}
	if c.columnMajor {
		values = array.RowMajor(values, shape)
	}
	return values, nil
}

func wrongLength(found, wanted int) error {
	return fmt.Errorf("%w: %d values, its dimensions want %d", ErrFormat, found, wanted)
}

func numbers(text string, n int) ([]float64, error) {
	cells := strings.Fields(text)
	if len(cells) != n {
		return nil, wrongLength(len(cells), n)
	}
	values := make([]float64, n)
	for i, cell := range cells {
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: value %d is %q", ErrFormat, i+1, cell)
		}
		values[i] = v
	}
	return values, nil
}

func (c coding) binary(text string, n int) ([]float64, error) {
	want := int64(n) * int64(c.value.size)
	var in io.Reader
	switch c.kind {
	case "Base64Binary", "GZipBase64Binary":
		in = base64.NewDecoder(base64.StdEncoding, strings.NewReader(strings.Join(strings.Fields(text), "")))
		if c.kind == "GZipBase64Binary" {
			z, err := zlib.NewReader(in)
			if err != nil {
				return nil, fmt.Errorf("%w: compressed values: %w", ErrFormat, err)
			}
			defer z.Close()
			in = z
		}
	case "ExternalFileBinary":
		file, err := os.Open(c.file)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if _, err := file.Seek(c.offset, io.SeekStart); err != nil {
			return nil, err
		}
		in = io.LimitReader(file, want) // arrays share such files
	default:
		return nil, fmt.Errorf("%w: Encoding is %q", ErrFormat, c.kind)
	}
	var raw bytes.Buffer // grows as bytes come, whatever the dimensions claim
	if _, err := io.Copy(&raw, io.LimitReader(in, want+1)); err != nil {
		return nil, fmt.Errorf("%w: values: %w", ErrFormat, err)
	}
	if int64(raw.Len()) != want {
		return nil, wrongLength(raw.Len()/c.value.size, n)
	}
	values := make([]float64, n)
	for i := range values {
		values[i] = c.value.read(raw.Bytes()[i*c.value.size:], c.order)
	}
	return values, nil
}
