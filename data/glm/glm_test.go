package glm

import (
	"errors"
	"slices"
	"testing"
)

// Names as SPM12 writes them (spm_fMRI_design.m).
func TestParseRegressor(t *testing.T) {
	for name, want := range map[string]Regressor{
		"Sn(1) faces*bf(1)":            {1, "faces", 1},
		"Sn(12) faces x emotion*bf(3)": {12, "faces x emotion", 3},
		"Sn(2) facexmod^1*bf(1)":       {2, "facexmod^1", 1},
		"Sn(1) R1":                     {},
		"Sn(2) constant":               {},
		"faces":                        {},
	} {
		if got := ParseRegressor(name); got != want {
			t.Errorf("%q: %+v, want %+v", name, got, want)
		}
	}
	for text, want := range map[string]string{
		"spm_spm:beta (0001) - Sn(1) faces*bf(1)": "Sn(1) faces*bf(1)", "SPM{T_[100]} - contrast 1": "", "": "",
	} {
		if got := SPMDescription(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestFSLNames(t *testing.T) {
	got, err := fslNames([]byte("/ContrastName1\tface\n/ContrastName2 face > house \n/NumWaves\t4\n/Matrix\n1 0\n"))
	if err != nil || !slices.Equal(got, []string{"face", "face > house"}) {
		t.Errorf("%q, %v", got, err)
	}
	for _, text := range []string{"", "/NumWaves 4\n", "/ContrastName2 x\n"} {
		if got, err := fslNames([]byte(text)); !errors.Is(err, ErrNames) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
