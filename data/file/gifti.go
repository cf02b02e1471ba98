package file

import (
	"slices"
	"strconv"

	"realnet/data/gifti"
)

// openGIFTI gives an array "data" of volumes x vertices for a time series, else the
// arrays of the file by their number from 0.
func (f *File) openGIFTI() error {
	g, err := gifti.Read(f.Path)
	if err != nil {
		return err
	}
	series := len(g.Arrays) > 1
	for _, a := range g.Arrays {
		series = series && a.Intent == "NIFTI_INTENT_TIME_SERIES" && slices.Equal(a.Shape, g.Arrays[0].Shape)
	}
	if series {
		var all []float64
		for _, a := range g.Arrays {
			all = append(all, a.Values...)
		}
		a := memory("data", append([]int{len(g.Arrays)}, g.Arrays[0].Shape...), all)
		a.DType = g.Arrays[0].DType
		if len(a.Shape) == 2 {
			a.Axes = []string{"time", "vertex"}
		}
		f.Arrays = append(f.Arrays, a)
		return nil
	}
	for i, a := range g.Arrays {
		m := memory(strconv.Itoa(i), a.Shape, a.Values)
		m.DType = a.DType
		f.Arrays = append(f.Arrays, m)
	}
	return nil
}
