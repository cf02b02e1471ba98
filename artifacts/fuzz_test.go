package artifacts

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// The fuzz targets give the decoders what a digest check would never let through: they
// must return, with values or an error, and without a panic.

func fuzzSeeds(f *testing.F, names ...string) {
	a := makeArtifact(f, filepath.Join(f.TempDir(), "a"), 1, someProvenance)
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(a.Dir(), name))
		must(f, err)
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
}

func FuzzReadTable(f *testing.F) {
	fuzzSeeds(f, "rows.parquet")
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = readTable[row](bytes.NewReader(data), "f.parquet")
	})
}

func FuzzOpenTensor(f *testing.F) {
	fuzzSeeds(f, "features.arrow", "u.tensor.arrow")
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := parseTensor[float32](data, "f.arrow")
		if err != nil {
			return
		}
		n := 1
		for _, d := range x.Shape {
			n *= d
		}
		if n != len(x.Data) {
			t.Errorf("shape %v, %d elements", x.Shape, len(x.Data))
		}
	})
}

func FuzzReadWeights(f *testing.F) {
	fuzzSeeds(f, "weights.arrow")
	f.Fuzz(func(t *testing.T, data []byte) {
		params, err := readWeights(data, "f.arrow")
		if err == nil && checkParams(params) != nil {
			t.Error("parameters that do not fit their shapes")
		}
	})
}

func FuzzManifest(f *testing.F) {
	fuzzSeeds(f, ManifestName)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(data)
		if err != nil {
			return
		}
		text, err := m.encode()
		must(t, err)
		again, err := parseManifest(text)
		if err != nil || again.Digest != m.Digest {
			t.Errorf("written again: %v", err)
		}
	})
}

func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"b":[1.50,2e300,-0],"a":{"x":"\u00e9\n"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := Canonical(data)
		if err != nil {
			return
		}
		again, err := Canonical(text)
		if err != nil || !bytes.Equal(text, again) || !json.Valid(text) {
			t.Errorf("%s is not canonical: %s %v", text, again, err)
		}
	})
}
