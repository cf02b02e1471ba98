package pipeline

import (
	"slices"
	"testing"
)

func TestRegionNames(t *testing.T) {
	got := regionNames([]string{"V1", "early: ctx-lh-V1 + ctx-rh-V1", "HVC:ROI_LOC"})
	if !slices.Equal(got, []string{"V1", "early", "HVC"}) {
		t.Errorf("%q", got)
	}
	if regionNames(nil) != nil {
		t.Error("no regions became some")
	}
}
