package fmri_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"realnet/artifacts/schemas/patterns"
	"realnet/stages/fmri"
	"realnet/stages/stage/stagetest"
)

// Patterns that another layout made, exported as arrays, come back to the bit: values,
// rows and regions. What follows the stage cannot tell the two apart. (The whole demo
// exported so gives every number of its results again: docs/own-arrays.md.)
func TestArraysGiveTheSamePatterns(t *testing.T) {
	bids := bidsForm(t)
	bids.params.Standardise = "train" // values with all their digits
	want := read(t, stagetest.Run(t, fmri.Stage, bids.params, inputs(t, bids.files)))

	rows, of := "condition,subset,session,run,repetition\n", make([][]string, len(want.Voxels))
	for _, s := range want.Samples {
		rows += fmt.Sprintf("%s,%s,%s,%d,%d\n", s.Condition, s.Subset, s.Session, s.Run, s.Repetition)
	}
	for _, m := range want.Members {
		of[m.Voxel] = append(of[m.Voxel], m.ROI)
	}
	regions := "voxel,roi\n"
	for i, names := range of {
		regions += fmt.Sprintf("%d,%s\n", i, strings.Join(names, " "))
	}
	p := fmri.DefaultParams()
	p.Layout, p.Subject, p.ROIs = "arrays", "1", []string{"V1", "V4"}
	p.Arrays.File, p.Arrays.Rows, p.Arrays.Regions = "{subject}.npy", "rows.csv", "regions.csv"
	got := read(t, stagetest.Run(t, fmri.Stage, p, inputs(t, map[string][]byte{
		"1.npy": npyOf(t, []int{len(want.Samples), len(want.Voxels)}, want.Values), "rows.csv": []byte(rows), "regions.csv": []byte(regions),
	})))
	if !slices.Equal(got.Values, want.Values) || !slices.Equal(got.Members, want.Members) {
		t.Errorf("values %v, members %v, want %v, %v", got.Values, got.Members, want.Values, want.Members)
	}
	if !slices.EqualFunc(got.Samples, want.Samples, func(a, b patterns.Sample) bool {
		a.Onset, b.Onset = 0, 0 // arrays have none
		return a == b
	}) {
		t.Errorf("samples\n%+v, want\n%+v", got.Samples, want.Samples)
	}
}
