package arrays

import (
	"math"

	"realnet/artifacts"
	"realnet/artifacts/schemas/epochs"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/patterns"
)

// put writes the values as a tensor of that shape: float32, or what they are where the
// artifact is in memory.
func (a *Array) put(w *artifacts.Writer, name string, shape ...int) error {
	switch {
	case a.Section != nil && a.Section.Single:
		return artifacts.LinkTensor[float32](w, name, shape, a.Section.Path, a.Section.Offset)
	case a.Section != nil:
		return artifacts.LinkTensor[float64](w, name, shape, a.Section.Path, a.Section.Offset)
	case a.Single != nil:
		return artifacts.WriteTensor(w, name, shape, a.Single)
	}
	return artifacts.WriteFloats(w, name, shape, a.Double)
}

// WriteFeatures writes features of one layer, images x all other axes.
func (a *Array) WriteFeatures(w *artifacts.Writer, layer string, images []features.Image) error {
	if err := artifacts.WriteTable(w, features.ImagesTable, images); err != nil {
		return err
	}
	return a.put(w, features.File(layer), a.Shape[0], a.Len()/a.Shape[0])
}

// WritePatterns writes patterns, samples x all other axes, whose columns belong to the
// region roi ("": to none).
func (a *Array) WritePatterns(w *artifacts.Writer, samples []patterns.Sample, roi string) error {
	n := a.Len() / a.Shape[0]
	if err := a.put(w, patterns.Tensor, a.Shape[0], n); err != nil {
		return err
	}
	return WriteSamples(w, samples, n, roi)
}

// WriteSamples writes what the rows and the n columns of patterns are.
func WriteSamples(w *artifacts.Writer, samples []patterns.Sample, n int, roi string) error {
	voxels := make([]patterns.Voxel, n)
	var members []patterns.Member
	for v := range voxels {
		voxels[v] = patterns.Voxel{Index: int32(v), I: -1, J: -1, K: -1}
		if roi != "" {
			members = append(members, patterns.Member{ROI: roi, Voxel: int32(v)})
		}
	}
	if err := artifacts.WriteTable(w, patterns.SamplesTable, samples); err != nil {
		return err
	}
	if err := artifacts.WriteTable(w, patterns.VoxelsTable, voxels); err != nil {
		return err
	}
	return artifacts.WriteTable(w, patterns.ROITable, members)
}

// Samples are rows of patterns with these conditions.
func Samples(conditions []string) []patterns.Sample {
	rows := make([]patterns.Sample, len(conditions))
	for i, c := range conditions {
		rows[i] = patterns.Sample{Condition: c, Averaged: 1, Onset: math.NaN()}
	}
	return rows
}

// WriteEpochs writes epochs, conditions x repetitions x channels x times.
func (a *Array) WriteEpochs(w *artifacts.Writer, conditions []epochs.Condition, channels []epochs.Channel) error {
	if err := a.put(w, epochs.Tensor, a.Shape...); err != nil {
		return err
	}
	if err := artifacts.WriteTable(w, epochs.ConditionsTable, conditions); err != nil {
		return err
	}
	if err := artifacts.WriteTable(w, epochs.ChannelsTable, channels); err != nil {
		return err
	}
	times := make([]epochs.Time, len(a.Times))
	for i, t := range a.Times {
		times[i].Seconds = t
	}
	return artifacts.WriteTable(w, epochs.TimesTable, times)
}
