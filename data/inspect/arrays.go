package inspect

import (
	"fmt"

	"realnet/data/array"
	"realnet/data/images"
	"realnet/data/npy"
	"realnet/data/pickle"
	"realnet/data/safetensors"
	"realnet/data/torch"
)

// describe reads the figures of an array.
func describe(name string, a *array.Array) (Array, error) {
	out := blank(name, a.Shape, a.DType.String())
	if !a.DType.Numeric() {
		return out, nil
	}
	var t tally
	if err := a.Chunks(func(v []float64) error { t.add(v); return nil }); err != nil {
		return out, fmt.Errorf("array %q: %w", name, err)
	}
	t.put(&out)
	first, last := endIndices(a.Len())
	for k := range first {
		f, err := a.At(first[k])
		if err != nil {
			return out, fmt.Errorf("array %q: %w", name, err)
		}
		l, err := a.At(last[k])
		if err != nil {
			return out, fmt.Errorf("array %q: %w", name, err)
		}
		out.First, out.Last = append(out.First, Float(f)), append(out.Last, Float(l))
	}
	return out, nil
}

func describeAll(named []array.Named) ([]Array, error) {
	var out []Array
	for _, n := range named {
		a, err := describe(n.Name, n.Array)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// npyFile reports one array named "data", or the entries of a pickled dict.
func npyFile(path string) ([]Array, error) {
	f, err := npy.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, err := npy.AsDict(f.Array)
	if err != nil { // not a dict
		a, err := describe("data", f.Array)
		return []Array{a}, err
	}
	var out []Array
	for _, key := range d.Keys {
		a, err := describeValue(key, d)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// describeValue reports an entry of a dict: arrays and numbers by their values, lists
// of str as strings, all else by its type alone.
func describeValue(key string, d *npy.Dict) (Array, error) {
	switch v := d.Value(key).(type) {
	case *array.Array:
		return describe(key, v)
	case error:
		a := blank(key, nil, "object")
		a.Error = v.Error()
		return a, nil
	case string:
		return blank(key, nil, "string"), nil
	case bool:
		a, err := describe(key, array.Of(nil, []uint8{map[bool]uint8{true: 1}[v]}))
		a.DType = array.Bool8.String()
		return a, err
	case int64:
		return describe(key, array.Of(nil, []int64{v}))
	case float64:
		return describe(key, array.Of(nil, []float64{v}))
	case *pickle.List:
		if s, ok := pickle.Strings(v); ok {
			return blank(key, []int{len(s)}, "string"), nil
		}
		return blank(key, []int{len(v.Items)}, "object"), nil
	}
	return blank(key, nil, "object"), nil
}

func npzFile(path string) ([]Array, error) {
	z, err := npy.OpenArchive(path)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var out []Array
	for _, name := range z.Names {
		a, err := z.Array(name)
		if err != nil {
			return nil, err
		}
		described, err := describe(name, a)
		if err != nil {
			return nil, err
		}
		out = append(out, described)
	}
	return out, nil
}

func torchFile(path string) ([]Array, error) {
	f, err := torch.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	named, skipped, err := f.Arrays()
	if err != nil {
		return nil, err
	}
	out, err := describeAll(named)
	for _, s := range skipped {
		out = append(out, failed(s.Name, nil, s.Err))
	}
	return out, err
}

func safetensorsFile(path string) ([]Array, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return describeAll(f.Tensors)
}

// imageFile reports the RGB pixels, height x width x 3.
func imageFile(path string) ([]Array, error) {
	m, err := images.DecodeFile(path)
	if err != nil {
		return nil, err
	}
	a, err := describe("pixels", array.Of([]int{m.Height, m.Width, 3}, m.Pix))
	return []Array{a}, err
}
