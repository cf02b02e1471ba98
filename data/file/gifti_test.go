package file

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const giftiSeries = `<?xml version="1.0" encoding="UTF-8"?>
<GIFTI Version="1.0" NumberOfDataArrays="2"><MetaData/>
<DataArray Intent="INTENT" DataType="NIFTI_TYPE_INT16" ArrayIndexingOrder="RowMajorOrder" Dimensionality="1" Dim0="3" Encoding="ASCII" Endian="LittleEndian"><Data>1 2 3</Data></DataArray>
<DataArray Intent="INTENT" DataType="NIFTI_TYPE_INT16" ArrayIndexingOrder="RowMajorOrder" Dimensionality="1" Dim0="3" Encoding="ASCII" Endian="LittleEndian"><Data>4 5 -6</Data></DataArray>
</GIFTI>`

// A time series is one array of volumes x vertices; other arrays stand by number.
func TestGIFTI(t *testing.T) {
	for intent, want := range map[string][]string{"NIFTI_INTENT_TIME_SERIES": {"data"}, "NIFTI_INTENT_NONE": {"0", "1"}} {
		path := filepath.Join(t.TempDir(), "s.gii")
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(giftiSeries, `"INTENT"`, `"`+intent+`"`)), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if f.Format != GIFTI || !slices.Equal(f.Names(), want) || f.Arrays[0].DType != "int16" {
			t.Errorf("%s: %s with %v of %s", intent, f.Format, f.Names(), f.Arrays[0].DType)
		}
		last := f.Arrays[len(f.Arrays)-1]
		values, err := last.Float32(t.Context())
		if err != nil || values[len(values)-1] != -6 {
			t.Errorf("%s: %v, %v", intent, values, err)
		}
	}
}
