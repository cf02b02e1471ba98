package inspect

import (
	"encoding/json"
	"math"
	"slices"
)

// Report is what is in a file.
type Report struct {
	File   string  `json:"file"`
	Format string  `json:"format"` // npy, npz, torch, safetensors, nifti, fiff, gifti, hdf5, matlab, parquet, text, jpeg, png, gif, bmp, webp
	Arrays []Array `json:"arrays"`
}

// Array is what is known of one array. Sum, Min and Max are over the values that are
// not NaN; Min and Max are nil when there are none, and all three for strings.
type Array struct {
	Name  string  `json:"name"`
	Shape []int   `json:"shape"`
	DType string  `json:"dtype"`
	Sum   *Float  `json:"sum"`
	Min   *Float  `json:"min"`
	Max   *Float  `json:"max"`
	NaN   int     `json:"nan"`
	First []Float `json:"first"` // up to 4, in C order of Shape
	Last  []Float `json:"last"`
	Error string  `json:"error,omitempty"` // why the values could not be read
}

// Float is a float64 that JSON takes: what is not finite becomes the string "NaN",
// "Infinity" or "-Infinity", which Python's float() reads.
type Float float64

// MarshalJSON implements json.Marshaler.
func (f Float) MarshalJSON() ([]byte, error) {
	switch v := float64(f); {
	case math.IsNaN(v):
		return []byte(`"NaN"`), nil
	case math.IsInf(v, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-Infinity"`), nil
	}
	return json.Marshal(float64(f))
}

// ends is how many values First and Last hold at most.
const ends = 4

// tally gathers the figures of an array.
type tally struct {
	sum, lost, plain, min, max float64
	n, nan                     int
}

// add counts values that are there n times.
func (t *tally) add(values []float64, times int) {
	for _, v := range values {
		if v != v {
			t.nan += times
			continue
		}
		if t.n == 0 {
			t.min, t.max = v, v
		}
		t.n += times
		t.min, t.max = min(t.min, v), max(t.max, v)
		v *= float64(times)
		s := t.sum + v
		if math.Abs(t.sum) >= math.Abs(v) {
			t.lost += (t.sum - s) + v
		} else {
			t.lost += (v - s) + t.sum
		}
		t.sum = s
		t.plain += v
	}
}

// put writes the figures into a.
func (t *tally) put(a *Array) {
	sum := t.sum + t.lost
	if math.IsNaN(sum) || math.IsInf(sum, 0) { // infinite values leave nothing to compensate
		sum = t.plain
	}
	a.Sum, a.NaN = ref(sum), t.nan
	if t.n > 0 {
		a.Min, a.Max = ref(t.min), ref(t.max)
	}
}

func ref(v float64) *Float {
	f := Float(v)
	return &f
}

func floats(v []float64) []Float {
	out := make([]Float, len(v))
	for i, x := range v {
		out[i] = Float(x)
	}
	return out
}

// endIndices returns the positions of the first and the last values of n.
func endIndices(n int) (first, last []int) {
	for i := range min(n, ends) {
		first = append(first, i)
		last = append(last, n-min(n, ends)+i)
	}
	return first, last
}

// blank returns an array without values, whose JSON has lists and not nulls.
func blank(name string, shape []int, dtype string) Array {
	return Array{Name: name, Shape: append([]int{}, slices.Clone(shape)...), DType: dtype, First: []Float{}, Last: []Float{}}
}
