package main

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
)

// Dagger's command reads each --set as a line of CSV. What it takes apart is put
// together again, whatever the value.
func TestSettings(t *testing.T) {
	for _, flags := range [][]string{
		{"rois=[V1,V4]"},
		{"seed=7"},
		{"seed=7", "rois=[V1, V2,V4]", "subjects=[01]"},
		{"variants=[{name: a, beta: 1},{name: b, beta: [2,3]}]", "train.epochs=2"},
		{"about=a, b and c", "seed=1"},
		{"about=it's, and it's", "seed=1"},
		{"rois=[]", "rois=[LO]"},
		{"about=ends with a comma,", "seed=1"},
		{"report.title=x,y", "variants[0].name=a,b"},
	} {
		var values []string
		for _, f := range flags {
			parts, err := csv.NewReader(strings.NewReader(f)).Read()
			if err != nil {
				t.Fatal(f, err)
			}
			values = append(values, parts...)
		}
		if got := settings(values); !slices.Equal(got, flags) {
			t.Errorf("%q arrives as %q, put together %q", flags, values, got)
		}
	}
	// Several fields in one flag were possible before and are.
	if got, want := settings([]string{"seed=7", "train.epochs=2"}), []string{"seed=7", "train.epochs=2"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPatterns(t *testing.T) {
	got := patterns([]string{"*.csv", "sub-01/*/*_bold.nii.gz", `a\*b.txt`})
	if want := []string{"**/*.csv", "sub-01/*/*_bold.nii.gz", `**/a\*b.txt`}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A stage whose every artifact is reused needs no program.
func TestStagesOfAPlan(t *testing.T) {
	p := plan{Nodes: []node{
		{ID: "a", Stage: "fmri", Made: "/reuse/a"}, {ID: "b", Stage: "rdm"}, {ID: "c", Stage: "rdm"}, {ID: "d", Stage: "report"},
	}}
	if got, want := p.stages(), []string{"rdm", "report"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
